import { describe, expect, it } from 'vitest';
import { signedDistance } from '../../../server/generator/distanceField.ts';
import { coverPortrait, placePortrait } from '../../../server/generator/fittedPortrait.ts';
import { LABEL } from '../../../server/generator/labelMap.ts';
import { findRigZones } from '../../../server/generator/rigZones.ts';
import { draftSplats, LAYER } from '../../../server/generator/splatDraft.ts';
import { addStrayHair } from '../../../server/generator/strayHair.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { committedRig, paintedPortrait } from '../../support/paintedPortrait.ts';

const rig = committedRig();
const portrait = paintedPortrait({ seed: 4 });
const { head, covering, labels, isHairThere } = coverPortrait(placePortrait(rig, portrait), findRigZones(rig));
const draft = draftSplats(head, covering, 12_000, new SeededRandom(1), isHairThere);
const { width, height } = portrait.image;
const everywhere = signedDistance(new Uint8Array(width * height).fill(255), width, height);

/** Splats added where the portrait shows a square of hair beside the head, `side` pixels of the map wide. */
function straysOf(side: number): number {
  const shown = Uint8Array.from(labels.labels, (_, i) => {
    const x = i % labels.width, y = Math.floor(i / labels.width);
    const [left, top] = [0.18 * labels.width, 0.35 * labels.height];
    return x >= left && x < left + side && y >= top && y < top + side ? LABEL.hair : LABEL.background;
  });
  const added = addStrayHair(head, covering, draft, { ...labels, labels: shown }, everywhere, new SeededRandom(2));
  expect(added.layers.filter((layer) => layer === LAYER.shell).length - draft.layers.filter((layer) => layer === LAYER.shell).length)
    .toBe(added.count - draft.count);
  return added.count - draft.count;
}

describe('hair that hangs free', { timeout: 60_000 }, () => {
  it('is drawn where the portrait shows a lock of it', () => {
    expect(straysOf(20)).toBeGreaterThan(50);
  });

  it('is not drawn where it shows a speck, which would dangle behind the neck when the head turns', () => {
    expect(straysOf(3)).toBe(0);
    expect(straysOf(0)).toBe(0);
  });
});
