import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { encodeHead, readHead } from '../../shared/formats/headFiles.ts';
import { loadRig, runExchange, writeResult } from './exchange.ts';
import { nodeZstd } from './nodeZstd.ts';

await runExchange(new Command('avatar:import')
  .description('Makes an avatar of a file that avatar:export wrote, or of LAM\'s avatar zip.')
  .argument('<file>', 'PLY, SPZ 4 or binary glTF of a Stipple head, or LAM\'s zip')
  .requiredOption('--out <file>', 'where to write the .stipple')
  .option('--json', 'one JSON object on standard output')
  .action(importHead));

async function importHead(file: string, { out, json }: { readonly out: string; readonly json?: boolean }): Promise<void> {
  const [rig, bytes] = await Promise.all([loadRig(), readFile(file)]);
  const { splats, format } = readHead(rig, bytes, nodeZstd);
  await writeResult(encodeHead(rig, splats), { out, format, splats: splats.count }, json);
}
