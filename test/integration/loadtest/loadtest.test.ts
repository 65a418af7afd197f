import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectFolder } from '../../../server/setup/paths.mjs';

const run = promisify(execFile);
/** Five processes start, on a machine that may have other work. */
const LIMIT_MS = 240_000;
const number = z.number().finite();
const quantiles = z.object({ p50: number, p95: number, p99: number });
const figures = z.object({
  participants: number, seconds: number, deliveryMilliseconds: quantiles, ageAtPlayoutMilliseconds: quantiles.omit({ p99: true }),
  lossPercent: number, downlinkKbpsPerViewer: z.object({ mean: number, p95: number }), sfuCpuMicrosecondsPerDeliveredPose: number.positive(),
  serverRssMegabytes: number.positive(), workerRssMegabytes: number.positive(), served: number, disconnected: number, unreadable: number,
});

describe('loadtest', () => {
  it('measures a room of 4', async () => {
    const report = join(projectFolder, 'dist', 'loadtest', 'test.html');
    const { stdout } = await run(process.execPath, [
      join(projectFolder, 'loadtest', 'main.ts'), '--scenario', 'room-4', '--seconds', '3', '--json', '--report', report,
    ], { cwd: projectFolder });
    const result = figures.extend({ scenario: z.literal('room-4') }).parse(JSON.parse(stdout));
    expect(result).toMatchObject({ participants: 4, seconds: 3, served: 4, disconnected: 0, unreadable: 0 });
    expect(result.downlinkKbpsPerViewer.mean).toBeGreaterThan(0);
    expect(await readFile(report, 'utf8')).toContain('Age at playout');
  }, LIMIT_MS);
});
