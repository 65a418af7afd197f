import { distanceAt, distanceGradient, type DistanceField } from './distanceField.ts';
import type { FittedHead } from './fittedHead.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';
import { isCover } from './splatWriter.ts';

const INSET_PIXELS = 1.5;
const COVER_LIMIT_PIXELS = 60;
const SKIN_LIMIT_PIXELS = 25;

/**
 * Moves splats that lie outside the matte in the fitted view sideways onto its edge: what the
 * outline's vertices could not follow would stand before the background. Centres are changed in place.
 */
export function pullIntoMatte(head: FittedHead, draft: SplatDraft, matte: DistanceField): void {
  const { view } = head;
  const pixels = view.project(draft.centers);
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin && draft.layers[i] !== LAYER.shell) continue;
    const limit = isCover(draft, i) ? COVER_LIMIT_PIXELS : SKIN_LIMIT_PIXELS;
    let x = pixels[i * 3]!, y = pixels[i * 3 + 1]!;
    if (x < 1 || y < 1 || x > matte.width - 2 || y > matte.height - 2) continue;
    let movedX = 0;
    let movedY = 0;
    for (let step = 0; step < 4; step += 1) {
      const inside = distanceAt(matte, x, y);
      if (inside >= INSET_PIXELS - 0.25 || inside < -limit) break;
      const [gx, gy] = distanceGradient(matte, x, y);
      const shift = INSET_PIXELS - inside;
      x += gx * shift; y += gy * shift;
      movedX += gx * shift; movedY += gy * shift;
    }
    if (movedX === 0 && movedY === 0) continue;
    draft.moved[i] = 1;
    const metersPerPixel = pixels[i * 3 + 2]! / view.camera.focalPixels;
    for (let axis = 0; axis < 3; axis += 1) {
      draft.centers[i * 3 + axis] = draft.centers[i * 3 + axis]!
        + metersPerPixel * (movedX * view.right[axis]! - movedY * view.up[axis]!);
    }
  }
}
