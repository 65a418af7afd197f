import { BLENDSHAPE_NAMES, type BlendshapeName } from '../rig/blendshapes.ts';
import { TRACKER_STRENGTHS } from './trackerStrengths.generated.ts';

/**
 * The tracker's scale and the rig's. A rig's weight of 1 is the whole shape, ARKit's and ICT-FaceKit's way; MediaPipe's
 * expression model says next to nothing of a brow that is lowered half. An avatar that took its figures for the rig's would
 * frown less than its person, and would be read so by the same tracker. A strength s says how one shape is seen: the rig's
 * weight for a measured m is 1 - (1 - m)^s, so that nothing stays nothing, all stays all, a small movement is s times as
 * large, and strong ones can still be told apart.
 *
 * Strengths are found on avatars of invented people (`npm run -s eval -- --tracker-response`) and kept in
 * `trackerStrengths.generated.ts`. Left alone (1) are shapes that the model never sees, those that `WeakShapes` reads off
 * landmarks, blinks (`BlinkRange`), gaze, which is an angle, and squints, of which it sees one in nearly every resting face.
 */
const strengths = Float64Array.from(BLENDSHAPE_NAMES, (name) => TRACKER_STRENGTHS[name as keyof typeof TRACKER_STRENGTHS] ?? 1);

/** One shape's weight on the rig for what the tracker measured above the person's rest, both in [0, 1]. */
export function rigWeight(measured: number, strength: number): number {
  return 1 - (1 - Math.min(1, Math.max(0, measured))) ** strength;
}

/** The tracker's weights, the person's rest taken away, as the rig's, in place. @param weights [52], each in [0, 1] */
export function toRigWeights(weights: Float32Array): void {
  for (let i = 0; i < strengths.length; i++) {
    if (strengths[i] !== 1) weights[i] = rigWeight(weights[i]!, strengths[i]!);
  }
}

/** Whether a shape's strength is measured at all. */
export function isTrackerScaled(name: BlendshapeName): boolean {
  return !/^(?:eyeBlink|eyeLook|eyeSquint|eyeWide|noseSneer|cheekPuff|cheekSquint|jawForward|tongueOut)/.test(name);
}
