import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { failureOf } from '../../../shared/protocol/failure.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import { neutralHead } from '../../../shared/rig/skinning.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { cameraOfFit, type FitRecord, poseOfFit } from '../../../shared/splat/fitRecord.ts';
import { AvatarRenderer } from '../headless/avatarRenderer.ts';
import { readFit, RIG_FILE } from './avatarFiles.ts';
import { scaledTo } from './renderViews.ts';
import { parseSheetOptions, type SheetOptions } from './sheetOptions.ts';
import { type SheetTile, writeSheet } from './sheetPicture.ts';
import { sheetShots, type SheetShot } from './sheetShots.ts';

const BACKGROUND = [223, 227, 232] as const;
/** Eyes as wet as on the stage. */
const EYE_GLINT = 0.8;
const GAP = 4;
/** Columns of pictures beside the portrait, which is two wide; close-ups come four a row over the whole width. */
const COLUMNS = 5;
const PORTRAIT_COLUMNS = 2;
const CLOSE_UPS = 4;

const options = parseSheetOptions(process.argv.slice(2));
try {
  await drawSheet(options);
} catch (error) {
  const { code, message } = failureOf(error);
  process.stderr.write(`${code}: ${message}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.exitCode = 1;
}

async function drawSheet({ file, out, portrait, cellPixels: cell, splatBudget, json }: SheetOptions): Promise<void> {
  const startMs = performance.now();
  const [rigBytes, avatarBytes, picture, fit] = await Promise.all([readFile(RIG_FILE), readFile(file), readPortrait(file, portrait), readFitIfThere(file)]);
  const rig = decodeRig(rigBytes);
  const splats = decodeAvatar(avatarBytes, { faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount });
  const columns = picture || fit ? COLUMNS + PORTRAIT_COLUMNS : COLUMNS;
  const width = columns * (cell + GAP) + GAP;
  const closeUp = Math.floor((width - GAP * (CLOSE_UPS + 1)) / CLOSE_UPS);
  const eyesHeight = Math.round(closeUp * 0.42), mouthHeight = Math.round(closeUp * 0.62);
  const shots = sheetShots(rig, neutralHead(rig, splats.header.identityCoefficients), {
    cell: [cell, cell], eyes: [closeUp, eyesHeight], mouth: [closeUp, mouthHeight],
  }, BACKGROUND);

  const renderer = new AvatarRenderer(rig);
  renderer.setSplats(splats);
  renderer.setSplatBudget(splatBudget);
  renderer.setEyeGlint(EYE_GLINT);
  const tiles: SheetTile[] = [];
  const draw = ({ label, view }: SheetShot, left: number, top: number): void => {
    tiles.push({ label, image: renderer.render(view), left, top, width: view.camera.width, height: view.camera.height });
  };
  const lay = (row: readonly SheetShot[], perRow: number, left: number, top: number): number => {
    row.forEach((shot, index) => {
      const { width: wide, height: high } = shot.view.camera;
      draw(shot, left + (index % perRow) * (wide + GAP), top + Math.floor(index / perRow) * (high + GAP));
    });
    return top + Math.ceil(row.length / perRow) * (row[0].view.camera.height + GAP);
  };
  const side = PORTRAIT_COLUMNS * cell + GAP * (PORTRAIT_COLUMNS - 1);
  const grid = columns > COLUMNS ? GAP + side + GAP : GAP;
  let top = lay([...shots.angles, ...shots.expressions], COLUMNS, grid, GAP);
  if (picture) tiles.push({ label: 'portrait', image: picture, left: GAP, top: GAP, width: side, height: side });
  if (fit) draw({ label: 'avatar, as the portrait sees it', view: viewOfFit(fit, side) }, GAP, picture ? GAP + side + GAP : GAP);
  top = lay(shots.eyes, CLOSE_UPS, GAP, top);
  top = lay(shots.mouths, CLOSE_UPS, GAP, top);
  renderer.dispose();

  await mkdir(dirname(resolve(out)), { recursive: true });
  const bytes = await writeSheet(out, tiles, width, top);
  const milliseconds = Math.round(performance.now() - startMs);
  const summary = { out, width, height: top, bytes, pictures: tiles.length, splats: splats.count, milliseconds };
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `${out}: ${tiles.length} pictures, ${width} × ${top}, ${bytes} bytes, ${milliseconds} ms\n`);
}

/** The view of the portrait, whole, within a square. */
function viewOfFit(fit: FitRecord, side: number): SheetShot['view'] {
  const camera = cameraOfFit(fit);
  const scaled = scaledTo(camera, Math.min(side, Math.round((side * camera.height) / camera.width)));
  const [cx, cy] = scaled.principalPoint;
  return {
    pose: poseOfFit(fit), background: BACKGROUND,
    camera: { ...scaled, width: side, height: side, principalPoint: [cx + (side - scaled.width) / 2, cy + (side - scaled.height) / 2] },
  };
}

async function readFitIfThere(file: string): Promise<FitRecord | undefined> {
  try {
    return await readFit(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readPortrait(avatarFile: string, named: string | undefined): Promise<Buffer | undefined> {
  if (named !== undefined) return readFile(named);
  const base = avatarFile.replace(/\.[^./\\]*$/, '');
  for (const ending of ['jpg', 'jpeg', 'png', 'webp']) {
    const bytes = await readFile(`${base}.${ending}`).catch(() => undefined);
    if (bytes) return bytes;
  }
  return undefined;
}
