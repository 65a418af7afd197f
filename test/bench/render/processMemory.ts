import { readdir, readFile } from 'node:fs/promises';

/** Megabytes (2^20) in the proportional share of this process's descendants: the browser with all its parts. Linux; 0 elsewhere. */
export async function descendantMegabytes(): Promise<number> {
  const parents = new Map<number, number>();
  const names = await readdir('/proc').catch(() => []);
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent > 0) parents.set(Number(name), parent);
  }
  let kilobytes = 0;
  for (const id of parents.keys()) {
    let at: number | undefined = parents.get(id);
    while (at !== undefined && at !== process.pid) at = parents.get(at);
    if (at === undefined) continue;
    const rollup = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return kilobytes / 1024;
}
