import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Command, Option } from 'commander';
import { HEAD_FILE_FORMATS, type HeadFileFormat, readHead, writeHead } from '../../shared/formats/headFiles.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import { loadRig, runExchange, writeResult } from './exchange.ts';
import { nodeZstd } from './nodeZstd.ts';

const FORMAT_OF_EXTENSION: Readonly<Record<string, HeadFileFormat>> = { '.ply': 'ply', '.spz': 'spz', '.glb': 'glb' };

await runExchange(new Command('avatar:export')
  .description('Writes an avatar at rest for other programs. The binding goes with it, so that avatar:import can read it back.')
  .argument('<file>', 'a .stipple, or any other file that avatar:import reads')
  .requiredOption('--out <file>', 'where to write; the ending tells the format: .ply, .spz or .glb')
  .addOption(new Option('--format <name>', 'the format, whatever the ending says (spz3: SPZ version 3, without the binding)').choices(HEAD_FILE_FORMATS))
  .option('--json', 'one JSON object on standard output')
  .action(exportHead));

async function exportHead(file: string, options: { readonly out: string; readonly format?: HeadFileFormat; readonly json?: boolean }): Promise<void> {
  const { out, json } = options;
  const format = options.format ?? FORMAT_OF_EXTENSION[extname(out).toLowerCase()];
  if (format === undefined) {
    const expected = Object.keys(FORMAT_OF_EXTENSION).join(', ');
    throw new StippleError('INVALID_REQUEST', { message: `--out: expected a name ending in ${expected}, got ${extname(out) || 'no ending'}` });
  }
  const [rig, bytes] = await Promise.all([loadRig(), readFile(file)]);
  const { splats } = readHead(rig, bytes, nodeZstd);
  await writeResult(writeHead(rig, splats, format, nodeZstd), { out, format, splats: splats.count }, json);
}
