import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { failureOf } from '../../shared/protocol/failure.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import type { Rig } from '../../shared/rig/rig.ts';

const RIG_FILE = new URL('../../models/rig/head.rig', import.meta.url);

/** What `avatar:export` and `avatar:import` say at the end. */
export interface ExchangeSummary {
  readonly out: string;
  readonly format: string;
  readonly splats: number;
  readonly bytes: number;
}

/** Runs a command; what goes wrong is said in one line, or as JSON where that was asked for. */
export async function runExchange(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    const { code, message } = failureOf(error);
    process.stderr.write(`${code}: ${message}\n`);
    if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
    process.exitCode = 1;
  }
}

export async function loadRig(): Promise<Rig> {
  return decodeRig(await readFile(RIG_FILE));
}

export async function writeResult(bytes: Uint8Array, summary: Omit<ExchangeSummary, 'bytes'>, json: boolean | undefined): Promise<void> {
  const { out, format, splats } = summary;
  await mkdir(dirname(resolve(out)), { recursive: true });
  await writeFile(out, bytes);
  const bytesPerSplat = Math.round((100 * bytes.length) / splats) / 100;
  process.stdout.write(json ? `${JSON.stringify({ out, format, splats, bytes: bytes.length, bytesPerSplat })}\n`
    : `${out}: ${format}, ${splats} splats, ${bytes.length} bytes (${bytesPerSplat} a splat)\n`);
}
