import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createHeadlessRenderer } from '../../client/render/headless/headlessRenderer.ts';
import { Stage } from '../../client/render/stage/stage.ts';
import { type StageLook, USUAL_LOOK } from '../../client/render/stage/stageLook.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { headRig, rigPose } from '../support/headRig.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

const WIDTH = 400;
const HEIGHT = 320;
const FRAME_MS = 40;

const headless = createHeadlessRenderer(WIDTH, HEIGHT);
headless.renderer.autoClear = false;

/** A head of one colour all over. */
function head(color: readonly [number, number, number]): { rig: typeof headRig; splats: BoundSplats } {
  const splats = syntheticSplats(headRig, { count: 9_000, scaleMeters: 0.004 });
  return { rig: headRig, splats: { ...splats, colors: splats.colors.map((_, index) => color[index % 3]!), opacities: splats.opacities.map(() => 0.97) } };
}

const white = head([0.8, 0.8, 0.8]);

describe('a stage in a room', () => {
  const stage = new Stage(() => ({ renderer: headless.renderer, width: WIDTH, height: HEIGHT, setSoftware() {}, dispose() {} }), { software: true });
  stage.fullQuality = true;
  stage.still = true;
  let nowMs = 0;
  afterAll(() => {
    stage.dispose();
    headless.dispose();
  });
  beforeEach(() => seat(0));

  function seat(count: number): string[] {
    const ids = Array.from({ length: count }, (_, index) => `p${index}`);
    stage.setSeats(ids);
    for (const id of ids) {
      stage.setAvatar(id, white);
      stage.setPose(id, rigPose());
    }
    stage.draw(nowMs += FRAME_MS, undefined);
    return ids;
  }

  function picture(look: Partial<StageLook>): Uint8Array {
    stage.look = { ...USUAL_LOOK, ...look };
    for (let frame = 0; frame < 2; frame++) stage.draw(nowMs += FRAME_MS, undefined);
    return headless.readPixels();
  }

  const at = (data: Uint8Array, x: number, y: number): number[] => [...data.subarray((Math.round(y) * WIDTH + Math.round(x)) * 4, (Math.round(y) * WIDTH + Math.round(x)) * 4 + 4)];

  /** Where somebody's face, and the desk before them, come to lie. */
  function places(id: string): { face: { x: number; y: number }; desk: { x: number; y: number } } {
    const label = stage.labelPlace(id)!;
    const up = stage.sightOf(id)!.facePixels;
    return { face: { x: label.x, y: label.y - up * 0.9 }, desk: { x: label.x, y: label.y + up * 0.12 } };
  }

  it('a desk hides what is behind its edge, and nobody\'s face', () => {
    const [id] = seat(1) as [string];
    const { face, desk } = places(id);
    const studio = picture({ scene: 'loft' });
    seat(0);
    const empty = picture({ scene: 'loft' });
    expect(at(studio, face.x, face.y)).not.toEqual(at(empty, face.x, face.y));
    // The desk is as it is without anybody, but for a shadow.
    const [seated, bare] = [at(studio, desk.x, desk.y), at(empty, desk.x, desk.y)];
    for (let channel = 0; channel < 3; channel++) {
      expect(seated[channel]).toBeLessThanOrEqual(bare[channel]! + 1);
      expect(seated[channel]).toBeGreaterThan(bare[channel]! * 0.3);
    }
  });

  it('whoever sits there darkens the desk before them', () => {
    const [id] = seat(1) as [string];
    const { desk } = places(id);
    const sum = (data: Uint8Array): number => at(data, desk.x, desk.y).slice(0, 3).reduce((total, value) => total + value, 0);
    const withPerson = sum(picture({ scene: 'loft' }));
    seat(0);
    expect(withPerson).toBeLessThan(sum(picture({ scene: 'loft' })) * 0.97);
  });

  it('the room\'s light is on the people: the studio leaves colours as they are, the evening is dim and warm', () => {
    const [id] = seat(1) as [string];
    const { face } = places(id);
    const [r, g, b] = at(picture({ scene: 'studio' }), face.x, face.y) as [number, number, number];
    expect(Math.abs(r - b)).toBeLessThanOrEqual(2);
    const [eveningR, eveningG, eveningB] = at(picture({ scene: 'evening' }), face.x, face.y) as [number, number, number];
    expect(eveningG).toBeLessThan(g);
    expect(eveningR).toBeGreaterThan(eveningB + 4);
    expect(r).toBeGreaterThan(150);
  });

  it('nothing around people: the picture is clear where nobody is, and a plain room has its colour', () => {
    const [id] = seat(1) as [string];
    const { face } = places(id);
    const alone = picture({ scene: 'transparent' });
    expect(at(alone, 3, 3)).toEqual([0, 0, 0, 0]);
    expect(at(alone, face.x, face.y)[3]).toBeGreaterThan(200);
    const [r, g, b] = at(picture({ scene: 'plain', plainColor: '#208040' }), WIDTH / 2, 4) as [number, number, number];
    expect(Math.abs(r - 0x20)).toBeLessThan(8);
    expect(Math.abs(g - 0x80)).toBeLessThan(14);
    expect(Math.abs(b - 0x40)).toBeLessThan(10);
  });

  it('a grid shows everybody in a picture of their own, and a ring around who speaks', () => {
    const ids = seat(2);
    const quiet = picture({ arrangement: 'grid' });
    for (const id of ids) {
      const { x, y } = stage.labelPlace(id)!;
      expect(stage.personAt(x, y)).toBe(id);
      expect(at(quiet, x, y - 20)[0]).toBeGreaterThan(100);
    }
    stage.setSpeaking([ids[1]!]);
    const speaking = picture({ arrangement: 'grid' });
    stage.setSpeaking([]);
    const half = (side: number): number => {
      let changed = 0;
      for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH / 2; x++) {
        const index = (y * WIDTH + x + side * (WIDTH / 2)) * 4;
        if (Math.abs(quiet[index]! - speaking[index]!) > 20) changed++;
      }
      return changed;
    };
    expect(half(0)).toBe(0);
    expect(half(1)).toBeGreaterThan(20);
  });

  it('the same twice: the picture of a stage is a function of who sits how', () => {
    seat(5);
    const first = picture({ arrangement: 'circle', scene: 'loft' });
    expect(Buffer.from(picture({ arrangement: 'circle', scene: 'loft' })).equals(Buffer.from(first))).toBe(true);
  });
});
