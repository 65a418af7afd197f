import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder } from '../../server/setup/paths.mjs';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { encodeAvatar } from '../../shared/splat/codec/avatarEncoder.ts';
import { splatBounds } from '../../shared/splat/splatBounds.ts';
import { FaceFrames } from '../../shared/splat/splatFrame.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const runRender = (...commandLine: string[]): Promise<Outcome> => runCommand('render.ts', commandLine);

function runCommand(entry: string, commandLine: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [`client/render/cli/${entry}`, ...commandLine], { cwd: projectFolder }, (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe('npm run render', () => {
  let folder: string;
  let avatar: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stipple-render-'));
    avatar = join(folder, 'head.stipple');
    const rig = decodeRig(await readFile(join(projectFolder, 'models', 'rig', 'head.rig')));
    const splats = syntheticSplats(rig, { count: 12_000, scaleMeters: 0.004 });
    await writeFile(avatar, encodeAvatar(splats, { rigFaceCount: rig.faceCount, neutralBounds: splatBounds(splats, new FaceFrames(rig, rig.positions)) }));
    await writeFile(`${avatar}.fit.json`, JSON.stringify({
      identityCoefficients: [], blendshapeWeights: new Array(BLENDSHAPE_COUNT).fill(0), headRotation: [0, 0, 0, 1],
      cameraFromRigRotation: [0, 0, 0, 1], cameraFromRigTranslation: [0, 0, -0.8], focalPixels: 500, principalPoint: [150, 100], imageWidth: 300, imageHeight: 200,
    }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('writes a picture and one JSON object', async () => {
    const out = join(folder, 'new', 'view.png');
    const { status, stdout } = await runRender(avatar, '--out', out, '--size', '128', '--yaw', '30', '--shape', 'jawOpen=0.6', 'mouthSmileLeft=1', '--background', 'none', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ out, width: 128, height: 128, splats: 12_000 });
    const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([128, 128, 4]);
    expect(data[3]).toBe(0);
    expect(data[(64 * 128 + 64) * 4 + 3]).toBeGreaterThan(200);
  });

  it('--portrait takes the size and camera of the portrait', async () => {
    const out = join(folder, 'portrait.png');
    const { stdout } = await runRender(avatar, '--out', out, '--portrait', '--size', '100', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ width: 150, height: 100 });
  });

  it.each([
    ['a file that is not there', ['no/such/file', '--out', 'x.png', '--json'], /ENOENT/],
    ['a file that is no avatar', [join(projectFolder, 'package.json'), '--out', 'x.png', '--json'], /AVATAR_INVALID: avatar file: magic/],
    ['a blendshape that is none', ['FILE', '--out', 'x.png', '--shape', 'jawOpne=1'], /no blendshape "jawOpne"/],
    ['a weight beyond 1', ['FILE', '--out', 'x.png', '--shape', 'jawOpen=1.5'], /weight from 0 to 1/],
    ['a picture too large', ['FILE', '--out', 'x.png', '--size', '100000'], /from 16 to 4096/],
  ])('says what is wrong with %s', async (_, commandLine, message) => {
    const { status, stdout, stderr } = await runRender(...commandLine.map((word) => (word === 'FILE' ? avatar : word)));
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    if (commandLine.includes('--json')) expect(JSON.parse(stdout)).toHaveProperty('error.code');
  });

  it('render:sheet lays 38 pictures, the portrait and its view among them, on one labelled sheet', async () => {
    const out = join(folder, 'sheet.webp');
    const portrait = join(folder, 'face.png');
    await sharp({ create: { width: 60, height: 40, channels: 3, background: '#ff0000' } }).png().toFile(portrait);
    const { status, stdout } = await runCommand('sheet.ts', [avatar, '--out', out, '--portrait', portrait, '--size', '64', '--json']);
    expect(status).toBe(0);
    const summary = JSON.parse(stdout) as { width: number; height: number; bytes: number; pictures: number };
    expect(summary.pictures).toBe(38);
    const { data, info } = await sharp(out).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([summary.width, summary.height]);
    const at = (x: number, y: number): number[] => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
    // The portrait lies whole in the square at the top left.
    const [red, green] = at(66, 66);
    expect(red).toBeGreaterThan(200);
    expect(green).toBeLessThan(60);
    expect(Math.max(...at(66, 12))).toBeLessThan(90);
  });

  it('render:sheet refuses a name whose ending says no format', async () => {
    const { status, stderr } = await runCommand('sheet.ts', [avatar, '--out', 'x.gif']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/expected a name that ends in \.webp/);
  });
});
