import { Group, PerspectiveCamera, Scene, Vector3 } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { RigGpu } from '../splats/rigGpu.ts';
import { AdaptiveBudget } from './adaptiveBudget.ts';
import { Backdrop } from './backdrop.ts';
import { GroundShadow } from './groundShadow.ts';
import { planSeating } from './seating.ts';
import type { SeatPlace } from './seating.ts';
import { type HeadSource, ShownHead } from './shownHead.ts';
import { SplatCanvas } from './splatCanvas.ts';
import { sightOf } from './stageSight.ts';
import type { StageSight } from './stageSight.ts';

export interface StageOptions {
  readonly software: boolean;
}

/** Somebody on the stage, or one's own reflection. */
interface Figure {
  readonly group: Group;
  readonly head: ShownHead;
  readonly shadow: GroundShadow;
  /** Undefined for the reflection, which sits nowhere. */
  seat: SeatPlace | undefined;
  placed: boolean;
}

/** Where labels hang below the eyes, metres. */
const LABEL_HEIGHT = -0.255;
const FLOOR_HEIGHT = -0.33;
/** What the mirror shows: head and shoulders, metres around the eyes. */
const MIRROR_MIDDLE = -0.045;
const MIRROR_HALF_HEIGHT = 0.225;
/** From this size on screen every point of an avatar is worth drawing: they lie some 1.6 mm apart. */
const FULL_DETAIL_PIXELS_PER_METER = 850;
/** The mirror is small: it needs fewer points than the stage. */
const MIRROR_SHARE = 0.6;
/** Where the floor meets the wall, metres behind the front row. */
const FLOOR_BEHIND = 0.5;
/** Share of the way to the new seat made per second, exponentially. */
const SEAT_RATE = 5;
/** However slow the device; `PointAssembly` has the last word on how few points still are a person. */
const SLOWEST_SHARE = 0.25;

/**
 * Everyone's avatars around the viewer, and the own one in a mirror. Seats are kept in the order of arrival. Drawn
 * by `draw`, once a frame, by whoever owns the clock.
 */
export class Stage {
  readonly #canvas: SplatCanvas;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(26, 1, 0.1, 40);
  readonly #mirrorScene = new Scene();
  readonly #mirrorCamera = new PerspectiveCamera(24, 1, 0.1, 20);
  readonly #backdrop = new Backdrop();
  readonly #budget = new AdaptiveBudget({ slowestShare: SLOWEST_SHARE });
  readonly #figures = new Map<string, Figure>();
  readonly #rigs = new Map<Rig, RigGpu>();
  readonly #software: boolean;
  #fullQuality = false;
  #order: readonly string[] = [];
  #reflection: Figure | undefined;
  #cameraGoal = { y: 0, targetY: 0, targetZ: -1.4 };
  #cameraPlaced = false;
  #lastMs = 0;
  readonly #projected = new Vector3();

  /** @throws Error where WebGL 2 cannot be had. */
  constructor(container: HTMLElement, options: StageOptions) {
    this.#software = options.software;
    this.#canvas = new SplatCanvas(container, { software: options.software, onResize: () => this.#plan() });
    this.#scene.add(this.#backdrop);
    this.#plan();
  }

  /** Draw every point in every pixel, whatever the pace. */
  set fullQuality(full: boolean) {
    this.#fullQuality = full;
    this.#canvas.setSoftware(this.#software && !full);
    this.#plan();
  }

  /** Points drawn at present, over everyone. */
  get splatsShown(): number {
    let sum = this.#reflection?.head.drawnCount ?? 0;
    for (const figure of this.#figures.values()) sum += figure.head.drawnCount;
    return sum;
  }

  /** Points drawn of one participant. */
  splatsShownOf(id: string): number {
    return this.#figures.get(id)?.head.drawnCount ?? 0;
  }

  /** Who has a seat, in order; a seat without an avatar yet stays free for it. */
  setSeats(ids: readonly string[]): void {
    this.#order = [...ids];
    for (const id of this.#figures.keys()) if (!ids.includes(id)) this.removeAvatar(id);
    this.#plan();
  }

  /** Puts a head on somebody's seat; one that is there gives way to it gradually. */
  setAvatar(id: string, loaded: HeadSource): void {
    const present = this.#figures.get(id);
    if (present) {
      present.head.show(loaded);
      return;
    }
    const figure = this.#figure(loaded);
    this.#figures.set(id, figure);
    this.#scene.add(figure.group);
    this.#plan();
  }

  removeAvatar(id: string): void {
    const figure = this.#figures.get(id);
    if (!figure) return;
    this.#figures.delete(id);
    this.#scene.remove(figure.group);
    disposeFigure(figure);
  }

  /** The own avatar, seen only in the mirror. */
  setReflection(loaded: HeadSource | undefined): void {
    if (loaded && this.#reflection) {
      this.#reflection.head.show(loaded);
      return;
    }
    if (this.#reflection) {
      this.#mirrorScene.remove(this.#reflection.group);
      disposeFigure(this.#reflection);
    }
    this.#reflection = loaded && this.#figure(loaded);
    if (!this.#reflection) return;
    this.#reflection.group.remove(this.#reflection.shadow);
    this.#mirrorScene.add(this.#reflection.group);
  }

  setPose(id: string, pose: RigPose): void {
    this.#figures.get(id)?.head.setPose(pose);
  }

  setReflectedPose(pose: RigPose): void {
    this.#reflection?.head.setPose(pose);
  }

  /**
   * Draws one frame.
   * @param mirror receives the own avatar, unmirrored (whoever shows it flips it); undefined to leave it out.
   */
  draw(nowMs: number, mirror: CanvasRenderingContext2D | undefined): void {
    const elapsedSeconds = Math.min(0.1, Math.max(0, (nowMs - this.#lastMs) / 1000));
    this.#lastMs = nowMs;
    const share = this.#fullQuality ? 1 : this.#budget.measure(nowMs);
    if (mirror && this.#reflection) this.#drawMirror(mirror, this.#reflection, nowMs, share);
    this.#move(elapsedSeconds);
    const { renderer } = this.#canvas;
    this.#scene.updateMatrixWorld();
    const view = { width: renderer.domElement.width, height: renderer.domElement.height };
    // Farther people first: each avatar sorts its own splats, the avatars among themselves are ordered here.
    const byDepth = [...this.#figures.values()].sort((a, b) => a.group.position.z - b.group.position.z);
    for (const [index, figure] of byDepth.entries()) {
      figure.head.setOrder(index + 1);
      figure.head.prepare(renderer, this.#camera, view, { nowMs, share: share * this.#shareAtDistance(figure), everything: this.#fullQuality });
    }
    renderer.setRenderTarget(null);
    renderer.setScissorTest(false);
    renderer.setViewport(0, 0, this.#canvas.width, this.#canvas.height);
    renderer.clear();
    renderer.render(this.#scene, this.#camera);
  }

  /** Where somebody's label hangs, CSS pixels of the stage; undefined while they have no seat. */
  labelPlace(id: string): { x: number; y: number } | undefined {
    const figure = this.#figures.get(id);
    const seat = figure?.seat ?? this.#seatOf(id);
    if (!seat) return undefined;
    const place = this.#projected;
    if (figure?.placed) place.copy(figure.group.position);
    else place.set(...seat.position);
    place.y += LABEL_HEIGHT;
    place.project(this.#camera);
    return { x: (place.x * 0.5 + 0.5) * this.#canvas.width, y: (0.5 - place.y * 0.5) * this.#canvas.height };
  }

  /** How large somebody's face is on the stage now; undefined while they have no seat. */
  sightOf(id: string): StageSight | undefined {
    const figure = this.#figures.get(id);
    if (!figure?.placed) return undefined;
    return sightOf(figure.group.position, this.#camera, this.#canvas.height);
  }

  /** Where somebody sits, metres; the viewer is at the origin and looks down -z. Undefined without a seat. */
  seatPosition(id: string): SeatPlace['position'] | undefined {
    return (this.#figures.get(id)?.seat ?? this.#seatOf(id))?.position;
  }

  dispose(): void {
    for (const id of [...this.#figures.keys()]) this.removeAvatar(id);
    this.setReflection(undefined);
    for (const rig of this.#rigs.values()) rig.dispose();
    this.#backdrop.dispose();
    this.#canvas.dispose();
  }

  #figure(loaded: HeadSource): Figure {
    const group = new Group();
    const head = new ShownHead(loaded, (rig) => this.#rigGpu(rig));
    const shadow = new GroundShadow(FLOOR_HEIGHT);
    group.add(shadow, head);
    return { group, head, shadow, seat: undefined, placed: false };
  }

  #rigGpu(rig: Rig): RigGpu {
    const known = this.#rigs.get(rig);
    if (known) return known;
    const rigGpu = new RigGpu(rig);
    this.#rigs.set(rig, rigGpu);
    return rigGpu;
  }

  /** The share of points that can still be told apart at somebody's distance: with the square of their size on screen. */
  #shareAtDistance({ group }: Figure): number {
    const distance = group.position.distanceTo(this.#camera.position);
    const halfTangent = Math.tan((this.#camera.fov / 2) * Math.PI / 180);
    const pixelsPerMeter = (this.#canvas.height * this.#canvas.renderer.getPixelRatio()) / (2 * Math.max(0.1, distance) * halfTangent);
    return Math.min(1, (pixelsPerMeter / FULL_DETAIL_PIXELS_PER_METER) ** 2);
  }

  #seatOf(id: string): SeatPlace | undefined {
    const { width, height } = this.#canvas;
    return planSeating(this.#order.length, width / height).places[this.#order.indexOf(id)];
  }

  #plan(): void {
    const { width, height } = this.#canvas;
    const plan = planSeating(this.#order.length, width / height);
    for (const [index, id] of this.#order.entries()) {
      const figure = this.#figures.get(id);
      if (figure) figure.seat = plan.places[index];
    }
    this.#camera.aspect = width / height;
    this.#camera.fov = plan.fieldOfViewDegrees;
    this.#cameraGoal = { y: plan.cameraHeight, targetY: plan.targetY, targetZ: plan.targetZ };
  }

  /** Lets everyone and the camera glide to where they belong. */
  #move(elapsedSeconds: number): void {
    const share = 1 - Math.exp(-elapsedSeconds * SEAT_RATE);
    const glide = (from: number, to: number): number => from + (to - from) * share;
    for (const { group, seat, placed } of this.#figures.values()) {
      if (!seat) continue;
      const [x, y, z] = seat.position;
      if (placed) {
        group.position.set(glide(group.position.x, x), glide(group.position.y, y), glide(group.position.z, z));
        group.rotation.y = glide(group.rotation.y, seat.yawRadians);
      } else {
        group.position.set(x, y, z);
        group.rotation.y = seat.yawRadians;
      }
    }
    for (const figure of this.#figures.values()) {
      if (!figure.seat) continue;
      figure.placed = true;
      figure.shadow.visible = figure.seat.position[1] === 0; // Rows behind sit higher, above no floor that shows.
    }
    const goal = this.#cameraGoal;
    if (!this.#cameraPlaced) this.#camera.position.y = goal.y;
    this.#cameraPlaced = true;
    this.#camera.position.y = glide(this.#camera.position.y, goal.y);
    // The lower part of the screen belongs to the controls: aim below the faces, so that they rise into the upper part.
    this.#camera.lookAt(0, this.#camera.position.y + (goal.targetY - goal.y) * 0.6 - 0.035 * Math.abs(goal.targetZ), goal.targetZ);
    this.#camera.updateProjectionMatrix();
    this.#camera.updateMatrixWorld();
    this.#placeFloor(goal.targetZ);
  }

  /** The floor ends a little behind the front row, wherever that comes to lie on the screen. */
  #placeFloor(frontZ: number): void {
    const edge = this.#projected.set(0, FLOOR_HEIGHT, frontZ - FLOOR_BEHIND).project(this.#camera);
    const ratio = this.#canvas.renderer.getPixelRatio();
    const horizon = Math.min(0.5, Math.max(0.14, edge.y * 0.5 + 0.5));
    this.#backdrop.setView(this.#canvas.width * ratio, this.#canvas.height * ratio, horizon);
  }

  /** Draws the reflection into a corner of the canvas, before the stage, and copies it out. */
  #drawMirror(mirror: CanvasRenderingContext2D, figure: Figure, nowMs: number, share: number): void {
    const { renderer } = this.#canvas;
    const ratio = renderer.getPixelRatio();
    const target = mirror.canvas;
    const width = Math.min(target.width, renderer.domElement.width);
    const height = Math.min(target.height, renderer.domElement.height);
    const camera = this.#mirrorCamera;
    camera.aspect = width / height;
    camera.position.set(0, MIRROR_MIDDLE, MIRROR_HALF_HEIGHT / Math.tan((camera.fov / 2) * Math.PI / 180));
    camera.lookAt(0, MIRROR_MIDDLE, 0);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
    this.#mirrorScene.updateMatrixWorld();
    figure.head.prepare(renderer, camera, { width, height }, { nowMs, share: share * MIRROR_SHARE, everything: this.#fullQuality });
    renderer.setRenderTarget(null);
    renderer.setViewport(0, 0, width / ratio, height / ratio);
    renderer.setScissor(0, 0, width / ratio, height / ratio);
    renderer.setScissorTest(true);
    renderer.clear();
    renderer.render(this.#mirrorScene, camera);
    mirror.clearRect(0, 0, target.width, target.height);
    mirror.drawImage(renderer.domElement, 0, renderer.domElement.height - height, width, height, 0, 0, target.width, target.height);
  }
}

function disposeFigure(figure: Figure): void {
  figure.head.dispose();
  figure.shadow.dispose();
}
