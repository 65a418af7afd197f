import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far. */
export interface ProcessUsage {
  readonly cpuMicroseconds: number;
  readonly rssBytes: number;
}

const PAGE_BYTES = 4_096;
/** USER_HZ, which Linux fixes at 100 for everything in /proc. */
const MICROSECONDS_PER_TICK = 10_000;

/**
 * CPU time and resident memory of a process, from /proc: all its threads, user and system. CPU time comes from the
 * threads' `schedstat` (nanoseconds) where the kernel keeps it, else from `stat` (hundredths of a second).
 * @throws Error when the process is gone or there is no /proc.
 */
export function readProcessUsage(pid: number): ProcessUsage {
  const rssPages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
  return { cpuMicroseconds: scheduledMicroseconds(pid) ?? tickedMicroseconds(pid), rssBytes: rssPages * PAGE_BYTES };
}

/** Shares of this machine's cores since it started: `busy` and all time, in ticks. */
export function readMachineTicks(): { busy: number; total: number } {
  const fields = readFileSync('/proc/stat', 'latin1').split('\n')[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = fields.reduce((sum, value) => sum + value, 0);
  return { busy: total - fields[3]! - fields[4]!, total };
}

function scheduledMicroseconds(pid: number): number | undefined {
  try {
    let nanoseconds = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      // A thread may end between the two readings.
      const line = readIfThere(`/proc/${pid}/task/${thread}/schedstat`);
      if (line !== undefined) nanoseconds += Number(line.split(' ')[0]);
    }
    return nanoseconds > 0 ? nanoseconds / 1_000 : undefined;
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

function tickedMicroseconds(pid: number): number {
  // The second field is the name in brackets, which may hold blanks.
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
}
