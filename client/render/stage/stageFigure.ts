import { Group } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigGpu } from '../splats/rigGpu.ts';
import { GroundShadow } from './groundShadow.ts';
import type { SeatPlace } from './seating.ts';
import { type HeadSource, ShownHead } from './shownHead.ts';

const FLOOR_HEIGHT = -0.33;
/** Share of the way to a new seat made per second, exponentially. */
const SEAT_RATE = 5;

/** Somebody on the stage, or one's own reflection: a head, its shadow, and the seat it is on or on its way to. */
export class StageFigure {
  readonly group = new Group();
  readonly head: ShownHead;
  readonly shadow = new GroundShadow(FLOOR_HEIGHT);
  /** Undefined for the reflection, and while there is none. */
  seat: SeatPlace | undefined;
  placed = false;

  constructor(source: HeadSource, rigGpuOf: (rig: Rig) => RigGpu) {
    this.head = new ShownHead(source, rigGpuOf);
    this.group.add(this.shadow, this.head);
  }

  /** Glides towards the seat; `cut`: is there at once. */
  move(elapsedSeconds: number, cut: boolean): void {
    if (!this.seat) return;
    const { position: [x, y, z], yawRadians } = this.seat;
    const share = cut || !this.placed ? 1 : 1 - Math.exp(-elapsedSeconds * SEAT_RATE);
    const { position, rotation } = this.group;
    position.set(position.x + (x - position.x) * share, position.y + (y - position.y) * share, position.z + (z - position.z) * share);
    rotation.y += (yawRadians - rotation.y) * share;
    this.placed = true;
  }

  dispose(): void {
    this.head.dispose();
    this.shadow.dispose();
  }
}
