import { type Object3D, type PerspectiveCamera, Scene, Vector3 } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { RigGpu } from '../splats/rigGpu.ts';
import { SplatCrowd } from '../splats/splatCrowd.ts';
import { AdaptiveBudget } from './adaptiveBudget.ts';
import { type Arrangement, arrangementFor } from './arrangement.ts';
import { BUST_FADE, DESK_FADE } from './bustFade.ts';
import type { CameraPull } from './cameraPull.ts';
import { GridView } from './gridView.ts';
import { type GridTile, planGrid } from './gridPlan.ts';
import { MirrorView } from './mirrorView.ts';
import { planSeating, type SeatingPlan, type SeatPlace } from './seating.ts';
import type { HeadSource } from './shownHead.ts';
import { SpeakerFocus } from './speakerFocus.ts';
import { SplatCanvas } from './splatCanvas.ts';
import { StageCamera } from './stageCamera.ts';
import { StageFigure } from './stageFigure.ts';
import { type StageLook, USUAL_LOOK } from './stageLook.ts';
import { StageRoom } from './stageRoom.ts';
import { sightOf, type StageSight } from './stageSight.ts';
import type { StageSurface } from './stageSurface.ts';

export interface StageOptions {
  readonly software: boolean;
}

/** Where labels hang below the eyes, metres: on the edge of the desk. */
const LABEL_HEIGHT = -0.255;
/** In a picture of the grid, above its lower edge, CSS pixels. */
const TILE_LABEL_PIXELS = 40;
/** From this size on screen every point of an avatar is worth drawing: they lie some 1.6 mm apart. */
const FULL_DETAIL_PIXELS_PER_METER = 850;
/** However slow the device; `PointAssembly` has the last word on how few points still are a person. */
const SLOWEST_SHARE = 0.25;
/** About the eyes, metres: within it a tap means that person. */
const TOUCH_METERS = 0.22;
/** A face's middle is below the point between its eyes, metres. */
const FACE_MIDDLE = -0.03;
/** Of the crowd's one draw; who is drawn alone comes before or after. */
const CROWD_ORDER = 500;

/**
 * Everyone's avatars around the viewer, or side by side, and the own one in a mirror. Seats are kept in the order of
 * arrival. Drawn by `draw`, once a frame, by whoever owns the clock.
 */
export class Stage {
  readonly #surface: StageSurface;
  readonly #scene = new Scene();
  /** Who sits is drawn in one go, sorted together where people overlap. */
  readonly #crowd = new SplatCrowd();
  readonly #camera = new StageCamera();
  readonly #room: StageRoom;
  readonly #grid: GridView;
  readonly #mirror: MirrorView;
  readonly #budget = new AdaptiveBudget({ slowestShare: SLOWEST_SHARE });
  readonly #figures = new Map<string, StageFigure>();
  readonly #rigs = new Map<Rig, RigGpu>();
  readonly #focus = new SpeakerFocus();
  readonly #software: boolean;
  #fullQuality = false;
  #order: readonly string[] = [];
  #look = USUAL_LOOK;
  #arrangement: Arrangement = 'table';
  #plan: SeatingPlan;
  #planKey = '';
  #tiles: readonly GridTile[] = [];
  #speaking: readonly string[] = [];
  #chosen: string | undefined;
  #lastMs = 0;
  #mirrorRests = false;
  readonly #place = new Vector3();

  /** @param surfaceOf makes what to draw onto; it calls back when its size has changed */
  constructor(surfaceOf: (onResize: () => void) => StageSurface, options: StageOptions) {
    this.#software = options.software;
    // No size is known before there is a surface.
    let ready = false;
    this.#surface = surfaceOf(() => { if (ready) this.#seat(); });
    this.#room = new StageRoom(this.#scene);
    this.#grid = new GridView(this.#scene, this.#room.backdrop);
    this.#mirror = new MirrorView((rig) => this.#rigGpu(rig));
    this.#plan = planSeating('table', 0, 1);
    this.#crowd.traverse((object) => { object.renderOrder = CROWD_ORDER; });
    this.#scene.add(this.#crowd);
    ready = true;
    this.look = USUAL_LOOK;
  }

  /** A stage that fills an element. @throws Error where WebGL 2 cannot be had. */
  static in(container: HTMLElement, options: StageOptions): Stage {
    return new Stage((onResize) => new SplatCanvas(container, { software: options.software, onResize }), options);
  }

  /** Draw every point in every pixel, whatever the pace. */
  set fullQuality(full: boolean) {
    this.#fullQuality = full;
    this.#surface.setSoftware(this.#software && !full);
    this.#seat();
  }

  set look(look: StageLook) {
    this.#look = look;
    this.#room.setScene(look.scene, look.plainColor);
    this.#seat();
  }

  /** For who wants no motion: seats and camera change at once, and no speaker is followed. */
  set still(still: boolean) {
    this.#camera.still = still;
  }

  /** The view pulled by hand. */
  set pull(pull: CameraPull) {
    this.#camera.pull = pull;
  }

  /** How everyone is put just now. */
  get arrangement(): Arrangement {
    return this.#arrangement;
  }

  /** Whom the camera is on, or whose picture is the large one: who was chosen, else who speaks where that is followed. */
  get focusedOn(): string | undefined {
    return this.#chosen ?? this.#followed;
  }

  /** Points drawn at present, over everyone. */
  get splatsShown(): number {
    let sum = this.#mirror.head?.drawnCount ?? 0;
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
    if (this.#chosen !== undefined && !ids.includes(this.#chosen)) this.#chosen = undefined;
    this.#seat();
  }

  /** Puts a head on somebody's seat; one that is there gives way to it gradually. */
  setAvatar(id: string, loaded: HeadSource): void {
    const present = this.#figures.get(id);
    if (present) {
      present.head.show(loaded);
      return;
    }
    const figure = new StageFigure(loaded, (rig) => this.#rigGpu(rig));
    this.#figures.set(id, figure);
    this.#parent.add(figure.group);
    this.#seat();
  }

  removeAvatar(id: string): void {
    const figure = this.#figures.get(id);
    this.#focus.forget(id);
    if (!figure) return;
    this.#figures.delete(id);
    figure.group.removeFromParent();
    figure.dispose();
  }

  /** The own avatar, seen only in the mirror. */
  setReflection(loaded: HeadSource | undefined): void {
    this.#mirror.show(loaded);
  }

  setPose(id: string, pose: RigPose): void {
    this.#figures.get(id)?.head.setPose(pose);
  }

  setReflectedPose(pose: RigPose): void {
    this.#mirror.setPose(pose);
  }

  /** Who speaks at this moment. */
  setSpeaking(ids: readonly string[]): void {
    this.#speaking = ids;
  }

  /** Somebody to look at until further notice; undefined for everybody. */
  choose(id: string | undefined): void {
    this.#chosen = id !== undefined && this.#order.includes(id) ? id : undefined;
    this.#seat();
  }

  /**
   * Draws one frame.
   * @param mirror receives the own avatar, unmirrored (whoever shows it flips it); undefined to leave it out.
   */
  draw(nowMs: number, mirror: CanvasRenderingContext2D | undefined): void {
    const elapsedSeconds = Math.min(0.25, Math.max(0, (nowMs - this.#lastMs) / 1000));
    this.#lastMs = nowMs;
    const share = this.#fullQuality ? 1 : this.#budget.measure(nowMs);
    // In software the mirror costs a third of a page: every other frame will do there.
    this.#mirrorRests = this.#software && !this.#fullQuality && !this.#mirrorRests;
    if (mirror && !this.#mirrorRests) this.#mirror.draw(this.#surface, mirror, { nowMs, share, everything: this.#fullQuality });
    this.#focus.update(this.#speaking, nowMs);
    const { renderer } = this.#surface;
    renderer.setRenderTarget(null);
    renderer.setScissorTest(false);
    renderer.setViewport(0, 0, this.#surface.width, this.#surface.height);
    const frame = { nowMs, share };
    if (this.#arrangement === 'grid') this.#drawGrid(frame);
    else this.#drawSeats(frame, elapsedSeconds);
  }

  /** Where somebody's label hangs, CSS pixels of the stage; undefined while they have no seat. */
  labelPlace(id: string): { x: number; y: number } | undefined {
    const index = this.#order.indexOf(id);
    if (this.#arrangement === 'grid') {
      const tile = this.#tiles[index];
      return tile && { x: tile.x + tile.width / 2, y: tile.y + tile.height - Math.min(TILE_LABEL_PIXELS, tile.height * 0.25) };
    }
    const figure = this.#figures.get(id);
    const seat = this.#plan.places[index];
    if (!seat) return undefined;
    const place = figure?.placed ? this.#place.copy(figure.group.position) : this.#place.set(...seat.position);
    place.y += LABEL_HEIGHT;
    place.project(this.#camera.camera);
    return { x: (place.x * 0.5 + 0.5) * this.#surface.width, y: (0.5 - place.y * 0.5) * this.#surface.height };
  }

  /** Who is under a point of the stage, CSS pixels; undefined where nobody is. */
  personAt(x: number, y: number): string | undefined {
    if (this.#arrangement === 'grid') {
      return this.#order.find((_, index) => {
        const tile = this.#tiles[index];
        return tile && x >= tile.x && y >= tile.y && x < tile.x + tile.width && y < tile.y + tile.height;
      });
    }
    let found: { id: string; distance: number } | undefined;
    for (const [id, { group, placed }] of this.#figures) {
      if (!placed) continue;
      const reach = this.#pixelsPerMeter(this.#camera.camera, this.#surface.height, -group.position.z) * TOUCH_METERS;
      const place = this.#place.copy(group.position).project(this.#camera.camera);
      const distance = Math.hypot((place.x * 0.5 + 0.5) * this.#surface.width - x, (0.5 - place.y * 0.5) * this.#surface.height - y) / reach;
      if (distance < 1 && (!found || distance < found.distance)) found = { id, distance };
    }
    return found?.id;
  }

  /** How large somebody's face is on the stage now; undefined while they have no seat. */
  sightOf(id: string): StageSight | undefined {
    const figure = this.#figures.get(id);
    if (!figure) return undefined;
    if (this.#arrangement === 'grid') {
      const tile = this.#tiles[this.#order.indexOf(id)];
      if (!tile) return undefined;
      const facePixels = (0.24 / GridView.spanMeters(tile)) * tile.height;
      return { facePixels, faceShare: facePixels / this.#surface.height, onScreen: true };
    }
    return figure.placed ? sightOf(figure.group.position, this.#camera.camera, this.#surface.height) : undefined;
  }

  /** Where somebody sits, metres; the viewer is at the origin and looks down -z. Undefined without a seat. */
  seatPosition(id: string): SeatPlace['position'] | undefined {
    const index = this.#order.indexOf(id);
    if (this.#arrangement !== 'grid') return this.#plan.places[index]?.position;
    const tile = this.#tiles[index];
    if (!tile) return undefined;
    // As if the wall of pictures were a window a metre and a half away.
    const { width, height } = this.#surface;
    return [((tile.x + tile.width / 2) / width - 0.5) * (width / height) * 0.7, (0.5 - (tile.y + tile.height / 2) / height) * 0.7, -1.5];
  }

  dispose(): void {
    for (const id of [...this.#figures.keys()]) this.removeAvatar(id);
    this.#mirror.dispose();
    this.#grid.dispose();
    this.#room.dispose();
    this.#crowd.dispose();
    for (const rig of this.#rigs.values()) rig.dispose();
    this.#surface.dispose();
  }

  get #followed(): string | undefined {
    const speaker = this.#look.followSpeaker && !this.#camera.still ? this.#focus.speaker : undefined;
    return speaker !== undefined && this.#order.includes(speaker) ? speaker : undefined;
  }

  /** In the grid everybody is drawn by themselves. */
  get #parent(): Object3D {
    return this.#arrangement === 'grid' ? this.#scene : this.#crowd;
  }

  #rigGpu(rig: Rig): RigGpu {
    const known = this.#rigs.get(rig);
    if (known) return known;
    const rigGpu = new RigGpu(rig);
    this.#rigs.set(rig, rigGpu);
    return rigGpu;
  }

  /** Gives everybody their place anew. */
  #seat(): void {
    const { width, height } = this.#surface;
    const before = this.#arrangement;
    this.#arrangement = arrangementFor(this.#look.arrangement, this.#order.length);
    if (this.#arrangement === 'grid') {
      const chosen = this.#chosen === undefined ? -1 : this.#order.indexOf(this.#chosen);
      this.#tiles = planGrid(this.#order.length, width, height, chosen < 0 ? undefined : chosen);
      for (const figure of this.#figures.values()) {
        figure.placed = false;
        figure.group.position.set(0, 0, 0);
        figure.group.rotation.y = 0;
      }
    } else {
      const key = `${this.#arrangement} ${this.#order.length} ${width / height}`;
      if (key !== this.#planKey) this.#plan = planSeating(this.#arrangement, this.#order.length, width / height);
      this.#planKey = key;
      for (const [index, id] of this.#order.entries()) {
        const figure = this.#figures.get(id);
        if (figure) figure.seat = this.#plan.places[index];
      }
    }
    this.#room.setDesks(this.#arrangement === 'grid' ? [] : this.#plan.desks);
    if ((before === 'grid') === (this.#arrangement === 'grid')) return;
    this.#crowd.visible = this.#arrangement !== 'grid';
    for (const figure of this.#figures.values()) {
      figure.placed = false;
      this.#parent.add(figure.group);
    }
  }

  #drawSeats({ nowMs, share }: { nowMs: number; share: number }, elapsedSeconds: number): void {
    const { renderer, width, height } = this.#surface;
    const figures = [...this.#figures.values()];
    for (const figure of figures) figure.move(elapsedSeconds, this.#camera.still);
    const focused = this.focusedOn === undefined ? undefined : this.#figures.get(this.focusedOn);
    const face = focused?.placed ? this.#place.copy(focused.group.position).setY(focused.group.position.y + FACE_MIDDLE) : undefined;
    this.#camera.move(this.#plan, width / height, face, this.#chosen !== undefined, elapsedSeconds);
    const { camera } = this.#camera;
    this.#room.setView(camera, this.#camera.planSlope, this.#camera.planTangent);
    this.#room.setPeople(figures);
    this.#scene.updateMatrixWorld();
    const view = { width: renderer.domElement.width, height: renderer.domElement.height };
    // Who is just changing is drawn alone, before the others or after them by distance.
    const middle = figures.reduce((sum, { group }) => sum + group.position.z, 0) / Math.max(1, figures.length);
    figures.sort((a, b) => a.group.position.z - b.group.position.z);
    const [low, high] = this.#room.hasDesks ? DESK_FADE : BUST_FADE;
    for (const [index, figure] of figures.entries()) {
      const { head, shadow, group } = figure;
      shadow.visible = !this.#room.hasDesks && this.#room.shadow > 0 && figure.seat?.row === 0;
      shadow.strength = this.#room.shadow;
      head.setFade(low, high);
      head.setLight(this.#room.light);
      head.setOrder(index + 1 + (group.position.z < middle ? 0 : CROWD_ORDER));
      const sizeShare = this.#sizeShare(this.#pixelsPerMeter(camera, height, camera.position.distanceTo(group.position)));
      head.prepare(renderer, camera, view, { nowMs, share, sizeShare, everything: this.#fullQuality, inCrowd: true });
    }
    this.#crowd.update(renderer, camera);
    renderer.setRenderTarget(null);
    renderer.setViewport(0, 0, width, height);
    renderer.clear();
    renderer.render(this.#scene, camera);
  }

  #drawGrid({ nowMs, share }: { nowMs: number; share: number }): void {
    const { renderer } = this.#surface;
    const wall = this.#room.wall;
    renderer.setClearColor(0x000000, 0);
    renderer.clear();
    const seats = this.#order.flatMap((id, index) => {
      const tile = this.#tiles[index];
      return tile ? [{ tile, figure: this.#figures.get(id), speaking: this.#speaking.includes(id) }] : [];
    });
    this.#grid.draw(this.#surface, seats, wall, (figure, camera, view, tile) => {
      figure.shadow.visible = false;
      figure.head.setFade(...BUST_FADE);
      figure.head.setLight(this.#room.light);
      figure.head.setOrder(1);
      const sizeShare = this.#sizeShare(tile.height / GridView.spanMeters(tile));
      figure.head.prepare(renderer, camera, view, { nowMs, share, sizeShare, everything: this.#fullQuality });
    });
  }

  #pixelsPerMeter(camera: PerspectiveCamera, heightPixels: number, distance: number): number {
    return heightPixels / (2 * Math.max(0.1, distance) * Math.tan((camera.fov / 2) * Math.PI / 180));
  }

  /** The share of points that can still be told apart: with the square of somebody's size on screen. */
  #sizeShare(pixelsPerMeter: number): number {
    return Math.min(1, ((pixelsPerMeter * this.#surface.renderer.getPixelRatio()) / FULL_DETAIL_PIXELS_PER_METER) ** 2);
  }
}
