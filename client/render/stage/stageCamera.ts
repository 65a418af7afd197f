import { PerspectiveCamera, Vector3 } from 'three';
import type { CameraPull } from './cameraPull.ts';
import type { SeatingPlan } from './seating.ts';

/** About the time in which the camera gets to a new aim, s: slow, and without a jerk at either end. */
const AIM_SECONDS = 0.9;
/** At most so fast, radians a second: far below what a person feels as being moved. */
const FASTEST_RADIANS = 0.12;
/** Nearer and farther by at most this much a second, as a natural logarithm. */
const FASTEST_ZOOM = 0.28;
/** A plan that has changed (somebody came) is reached sooner: seats move as well. */
const PLAN_SECONDS = 0.35;
/** How large a face should come out, as a share of the view's height; and how far the camera may go for that. */
const FACE_SHARE_WANTED = 0.2;
const FOLLOW_ZOOM = 1.14;
const MOST_FOLLOW_ZOOM = 2.2;
const MOST_ZOOM = 4;
/** Share of the way from the view's middle to a face that the camera turns. */
const TURN_SHARE = 0.42;
const FACE_METERS = 0.24;
/** A face in focus is held this much above the middle of the view, as a share of half its height: the bar is below. */
const ABOVE_MIDDLE = 0.16;

/** A value that follows a goal like a critically damped spring, no faster than allowed. */
class Spring {
  value: number;
  #speed = 0;

  constructor(value: number) {
    this.value = value;
  }

  follow(goal: number, seconds: number, fastest: number, elapsedSeconds: number): void {
    // In small steps: stable whatever the frame time.
    for (let left = elapsedSeconds; left > 1e-6; left -= 0.008) {
      const step = Math.min(0.008, left);
      const omega = 2 / seconds;
      this.#speed += (omega * omega * (goal - this.value) - 2 * omega * this.#speed) * step;
      this.#speed = Math.min(fastest, Math.max(-fastest, this.#speed));
      this.value += this.#speed * step;
    }
  }

  jump(goal: number): void {
    this.value = goal;
    this.#speed = 0;
  }
}

const NO_PULL: CameraPull = { zoom: 1, x: 0, y: 0 };

/**
 * The camera of a stage with seats. It stands still and turns a little, slowly, towards who speaks or is looked at, as a
 * person would; for one who wants no motion it goes at once and only where told.
 */
export class StageCamera {
  readonly camera = new PerspectiveCamera(26, 1, 0.1, 60);
  /** No motion by itself: changes are cuts, speakers are not followed. */
  still = false;
  pull: CameraPull = NO_PULL;
  readonly #height = new Spring(0);
  readonly #planSlope = new Spring(0);
  readonly #planTangent = new Spring(0.23);
  readonly #yaw = new Spring(0);
  readonly #pitch = new Spring(0);
  readonly #zoom = new Spring(0);
  readonly #aim = new Vector3();
  #placed = false;

  /** Slope of the middle of the whole view, and the tangent of half its vertical angle. */
  get planSlope(): number {
    return this.#planSlope.value;
  }

  get planTangent(): number {
    return this.#planTangent.value;
  }

  /**
   * Moves on.
   * @param face middle of the face to turn to, metres; undefined for everybody
   * @param chosen somebody asked for that face: it may be brought nearer
   */
  move(plan: SeatingPlan, aspect: number, face: Vector3 | undefined, chosen: boolean, elapsedSeconds: number): void {
    const { camera } = this;
    const planTangent = Math.tan((plan.fieldOfViewDegrees / 2) * Math.PI / 180);
    const planSlope = (plan.target[1] - plan.cameraPosition[1]) / Math.hypot(plan.target[0] - plan.cameraPosition[0], plan.target[2] - plan.cameraPosition[2]);
    let [yaw, pitch, zoom] = [0, 0, 0];
    if (face) {
      const distance = Math.max(0.3, -face.z);
      const share = FACE_METERS / (2 * distance * planTangent);
      zoom = Math.log(Math.min(chosen ? MOST_ZOOM : MOST_FOLLOW_ZOOM, Math.max(FOLLOW_ZOOM, (chosen ? 1.2 : 1) * FACE_SHARE_WANTED / share)));
      // The nearer the view, the more of the way: a face must not leave it.
      const turn = Math.min(1, TURN_SHARE + (1 - Math.exp(-zoom)) * 1.1);
      yaw = Math.atan2(-face.x, distance) * turn;
      const slope = (face.y - this.#height.value) / distance - ABOVE_MIDDLE * planTangent * Math.exp(-zoom);
      pitch = (Math.atan(slope) - Math.atan(planSlope)) * turn;
    }
    const cut = this.still || !this.#placed;
    const go = (spring: Spring, goal: number, seconds: number, fastest: number): void => {
      if (cut) spring.jump(goal);
      else spring.follow(goal, seconds, fastest, elapsedSeconds);
    };
    go(this.#height, plan.cameraPosition[1], PLAN_SECONDS, Infinity);
    go(this.#planSlope, planSlope, PLAN_SECONDS, Infinity);
    go(this.#planTangent, planTangent, PLAN_SECONDS, Infinity);
    go(this.#yaw, yaw, AIM_SECONDS, FASTEST_RADIANS);
    go(this.#pitch, pitch, AIM_SECONDS, FASTEST_RADIANS);
    go(this.#zoom, zoom, AIM_SECONDS, FASTEST_ZOOM);
    this.#placed = true;
    this.#place(camera, aspect);
  }

  #place(camera: PerspectiveCamera, aspect: number): void {
    const tangent = (this.#planTangent.value * Math.exp(-this.#zoom.value)) / this.pull.zoom;
    const yaw = this.#yaw.value - this.pull.x * this.#planTangent.value * aspect;
    const pitch = Math.atan(this.#planSlope.value) + this.#pitch.value + this.pull.y * this.#planTangent.value;
    camera.aspect = aspect;
    camera.fov = (2 * Math.atan(tangent) * 180) / Math.PI;
    camera.position.set(0, this.#height.value, 0);
    this.#aim.set(-Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), -Math.cos(yaw) * Math.cos(pitch)).add(camera.position);
    camera.lookAt(this.#aim);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  }
}
