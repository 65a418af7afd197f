import { type EyeGaze, readGaze, straightGaze, writeGaze } from '../../shared/rig/gaze.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import { JOINT_MATRIX_SIZE, jointMatrices, type NeutralHead } from '../../shared/rig/skinning.ts';

/** A gaze this far from straight ahead still means the screen, wholly; from the second on it means something else, radians. */
const AHEAD_RADIANS = [0.1, 0.24] as const;
/** An eye is turned by no more than this, radians: past it somebody would stare out of the corners of the eyes. */
const MOST_TURN_RADIANS = 0.3;
/** Eyes that look at nothing in particular meet this far away, metres. */
const RESTING_DISTANCE_METERS = 1.2;
/** Nobody is looked at from nearer than this, metres: eyes would cross. */
const NEAREST_METERS = 0.35;

interface MutablePose {
  blendshapeWeights: Float32Array;
  headRotation: RigPose['headRotation'];
  headPositionMeters: RigPose['headPositionMeters'];
}

/**
 * Eyes that meet the viewer's. A tracked gaze is only roughly right, and right for the sender's screen: somebody who looks
 * at it seems to look past everybody. Where head and eyes together point about ahead, each eye is turned to the viewer
 * from its own place, so that the two converge; a glance to the side stays one. The lids follow through the shapes.
 */
export class EyeContact {
  readonly #rig: Rig;
  readonly #neutral: NeutralHead;
  readonly #matrices: Float64Array;
  readonly #leftJoint: number;
  readonly #rightJoint: number;
  readonly #gaze = straightGaze();
  readonly #wanted: EyeGaze = { yaw: 0, pitch: 0 };
  readonly #pose: MutablePose = { blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT), headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0] };

  constructor(rig: Rig, neutral: NeutralHead) {
    this.#rig = rig;
    this.#neutral = neutral;
    this.#matrices = new Float64Array(rig.joints.length * JOINT_MATRIX_SIZE);
    this.#leftJoint = rig.joints.findIndex(({ name }) => name === 'leftEye');
    this.#rightJoint = rig.joints.findIndex(({ name }) => name === 'rightEye');
  }

  /**
   * The pose with its eyes on the viewer, as far as it looks ahead. The one returned is written to again by the next call.
   * @param x y z where the viewer is, in the rig's space, metres
   */
  meet(pose: RigPose, x: number, y: number, z: number): RigPose {
    const out = this.#pose;
    out.blendshapeWeights.set(pose.blendshapeWeights);
    out.headRotation = pose.headRotation;
    out.headPositionMeters = pose.headPositionMeters;
    const gaze = this.#gaze;
    readGaze(out.blendshapeWeights, gaze);
    const share = this.#aheadShare(pose);
    const vergence = Math.atan2(this.#halfEyeDistance(), RESTING_DISTANCE_METERS) * (1 - share);
    jointMatrices(this.#rig, this.#neutral.jointPositions, pose, this.#matrices);
    this.#turn(gaze.left, this.#leftJoint, pose, x, y, z, share, -vergence);
    this.#turn(gaze.right, this.#rightJoint, pose, x, y, z, share, vergence);
    writeGaze(gaze, out.blendshapeWeights);
    return out;
  }

  /** How much the gaze, head and eyes together, means the screen: 1 about ahead, 0 well beside it. */
  #aheadShare({ headRotation: q }: RigPose): number {
    const yaw = 0.5 * (this.#gaze.left.yaw + this.#gaze.right.yaw), pitch = 0.5 * (this.#gaze.left.pitch + this.#gaze.right.pitch);
    const gx = Math.sin(yaw) * Math.cos(pitch), gy = Math.sin(pitch), gz = Math.cos(yaw) * Math.cos(pitch);
    // The third component of the turned direction is the cosine of its angle from straight ahead.
    const tx = 2 * (q[1] * gz - q[2] * gy), ty = 2 * (q[2] * gx - q[0] * gz), tz = 2 * (q[0] * gy - q[1] * gx);
    const ahead = gz + q[3] * tz + q[0] * ty - q[1] * tx;
    const angle = Math.acos(Math.min(1, Math.max(-1, ahead)));
    const t = Math.min(1, Math.max(0, (AHEAD_RADIANS[1] - angle) / (AHEAD_RADIANS[1] - AHEAD_RADIANS[0])));
    return t * t * (3 - 2 * t);
  }

  #halfEyeDistance(): number {
    const { jointPositions } = this.#neutral;
    return 0.5 * Math.abs(jointPositions[this.#leftJoint * 3]! - jointPositions[this.#rightJoint * 3]!);
  }

  #turn(eye: EyeGaze, joint: number, pose: RigPose, x: number, y: number, z: number, share: number, vergence: number): void {
    if (share > 0) {
      this.#towards(joint, pose, x, y, z);
      eye.yaw += share * bounded(this.#wanted.yaw - eye.yaw);
      eye.pitch += share * bounded(this.#wanted.pitch - eye.pitch);
    }
    eye.yaw += vergence;
  }

  /** The turn of an eye that has the viewer in the middle, written to `#wanted`. */
  #towards(joint: number, { headRotation: q, headPositionMeters }: RigPose, x: number, y: number, z: number): void {
    const { jointPositions } = this.#neutral;
    const m = this.#matrices, at = joint * JOINT_MATRIX_SIZE;
    const px = jointPositions[joint * 3]!, py = jointPositions[joint * 3 + 1]!, pz = jointPositions[joint * 3 + 2]!;
    const dx = x - headPositionMeters[0] - (m[at]! * px + m[at + 1]! * py + m[at + 2]! * pz + m[at + 3]!);
    const dy = y - headPositionMeters[1] - (m[at + 4]! * px + m[at + 5]! * py + m[at + 6]! * pz + m[at + 7]!);
    const dz = z - headPositionMeters[2] - (m[at + 8]! * px + m[at + 9]! * py + m[at + 10]! * pz + m[at + 11]!);
    // Into the head's space: turned back.
    const tx = 2 * (q[2] * dy - q[1] * dz), ty = 2 * (q[0] * dz - q[2] * dx), tz = 2 * (q[1] * dx - q[0] * dy);
    const hx = dx + q[3] * tx + q[2] * ty - q[1] * tz;
    const hy = dy + q[3] * ty + q[0] * tz - q[2] * tx;
    const hz = Math.max(NEAREST_METERS, dz + q[3] * tz + q[1] * tx - q[0] * ty);
    this.#wanted.yaw = Math.atan2(hx, hz);
    this.#wanted.pitch = Math.atan2(hy, Math.hypot(hx, hz));
  }
}

/** Within what an eye may be turned, softly. */
function bounded(radians: number): number {
  return MOST_TURN_RADIANS * Math.tanh(radians / MOST_TURN_RADIANS);
}
