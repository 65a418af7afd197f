import { Vector3 } from 'three';
import { describe, expect, test } from 'vitest';
import { planSeating } from '../../../client/render/stage/seating.ts';
import { SpeakerFocus } from '../../../client/render/stage/speakerFocus.ts';
import { StageCamera } from '../../../client/render/stage/stageCamera.ts';

/** Runs a scene of who speaks in steps of 50 ms; returns whom the camera was on at each. */
function play(focus: SpeakerFocus, scene: readonly (readonly [ms: number, ...ids: string[]])[]): (string | undefined)[] {
  const seen: (string | undefined)[] = [];
  let nowMs = 0;
  for (const [ms, ...ids] of scene) for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 50) seen.push(focus.update(ids, nowMs));
  return seen;
}

describe('whom the camera turns to', () => {
  test('who goes on speaking, not who coughs', () => {
    expect(play(new SpeakerFocus(), [[400, 'a'], [2_000]]).every((id) => id === undefined)).toBe(true);
    expect(play(new SpeakerFocus(), [[2_000, 'a']]).at(-1)).toBe('a');
  });

  test('pauses for breath are no end', () => {
    expect(play(new SpeakerFocus(), [[600, 'a'], [400], [600, 'a']]).at(-1)).toBe('a');
  });

  test('a quick exchange does not throw it to and fro', () => {
    const seen = play(new SpeakerFocus(), Array.from({ length: 20 }, (_, turn) => [700, turn % 2 === 0 ? 'a' : 'b'] as const));
    const turns = seen.filter((id, index) => index > 0 && id !== seen[index - 1]).length;
    expect(turns).toBeLessThanOrEqual(4);
  });

  test('several at once: everybody is seen again; and after a long silence', () => {
    expect(play(new SpeakerFocus(), [[5_000, 'a'], [4_000, 'a', 'b', 'c']]).at(-1)).toBeUndefined();
    expect(play(new SpeakerFocus(), [[3_000, 'a'], [7_500]]).at(-1)).toBeUndefined();
  });

  test('who leaves is not looked for', () => {
    const focus = new SpeakerFocus();
    play(focus, [[3_000, 'a']]);
    focus.forget('a');
    expect(focus.speaker).toBeUndefined();
  });
});

describe('camera of the stage', () => {
  const plan = planSeating('theatre', 40, 1.6);
  const place = plan.places.at(-1)!.position;
  const face = new Vector3(place[0], place[1], place[2]);

  /** Degrees turned and share zoomed from one frame to the next, over a turn to a face. */
  function follow(camera: StageCamera, frameMs: number, forMs: number): { turns: number[]; zooms: number[] } {
    const turns: number[] = [];
    const zooms: number[] = [];
    const before = new Vector3();
    const after = new Vector3();
    for (let ms = 0; ms < forMs; ms += frameMs) {
      camera.camera.getWorldDirection(before);
      const { fov } = camera.camera;
      camera.move(plan, 1.6, face, false, frameMs / 1000);
      turns.push((before.angleTo(camera.camera.getWorldDirection(after)) * 180) / Math.PI / (frameMs / 1000));
      zooms.push(Math.abs(Math.log(camera.camera.fov / fov)) / (frameMs / 1000));
    }
    return { turns, zooms };
  }

  test.each([16, 50, 200])('with a frame each %i ms: turns slowly, without a jerk, and arrives where the face is in view', (frameMs) => {
    const camera = new StageCamera();
    camera.move(plan, 1.6, undefined, false, 1);
    const { turns, zooms } = follow(camera, frameMs, 9_000);
    expect(Math.max(...turns)).toBeLessThan(12);
    expect(Math.max(...zooms)).toBeLessThan(0.4);
    expect(turns[0]).toBeLessThan(6);
    expect(turns.at(-1)).toBeLessThan(0.2);
    const seen = face.clone().project(camera.camera);
    expect(Math.abs(seen.x)).toBeLessThan(0.8);
    expect(Math.abs(seen.y)).toBeLessThan(0.8);
  });

  test('stands in one place however it turns: nothing moves past anything', () => {
    const camera = new StageCamera();
    camera.move(plan, 1.6, undefined, false, 1);
    const before = camera.camera.position.clone();
    follow(camera, 16, 5_000);
    expect(camera.camera.position.distanceTo(before)).toBeLessThan(1e-6);
  });

  test('for who wants no motion it is where it should be at once', () => {
    const camera = new StageCamera();
    camera.still = true;
    camera.move(plan, 1.6, undefined, false, 0.016);
    camera.move(plan, 1.6, face, true, 0.016);
    const { fov } = camera.camera;
    camera.move(plan, 1.6, face, true, 5);
    expect(camera.camera.fov).toBe(fov);
  });
});
