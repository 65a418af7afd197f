import { type PerspectiveCamera, type Scene } from 'three';
import { Backdrop } from './backdrop.ts';
import { Desk } from './desk.ts';
import type { DeskPlan } from './seating.ts';
import type { StageFigure } from './stageFigure.ts';
import { colorOfHex, type SceneLight, type SceneLook, type SceneName, SCENES } from './stageScenes.ts';

/** Between the pictures of a grid, sRGB-encoded: the page's own dark. */
const GRID_WALL = [0.043, 0.047, 0.059] as const;
const DARK = [0.137, 0.153, 0.184] as const;

/** What is around the people: the room, its desks, its light. */
export class StageRoom {
  readonly backdrop = new Backdrop();
  readonly #scene: Scene;
  #look: SceneLook = SCENES.studio;
  #plans: readonly DeskPlan[] = [];
  #desks: Desk[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
    scene.add(this.backdrop);
  }

  get light(): SceneLight {
    return this.#look.light;
  }

  /** Of the shadow under who sits at no desk, [0, 1]. */
  get shadow(): number {
    return this.#look.shadow;
  }

  get hasDesks(): boolean {
    return this.#desks.length > 0;
  }

  /** Colour between the pictures of a grid; undefined where nothing is to be drawn but people. */
  get wall(): readonly [number, number, number] | undefined {
    return this.#look.backdrop === undefined ? undefined : GRID_WALL;
  }

  setScene(name: SceneName, plainColor: string): void {
    this.#look = SCENES[name];
    this.backdrop.visible = this.#look.backdrop !== undefined;
    this.backdrop.setScene(this.#look.backdrop ?? 0, colorOfHex(plainColor) ?? DARK);
    this.#build();
  }

  setDesks(plans: readonly DeskPlan[]): void {
    if (JSON.stringify(plans) === JSON.stringify(this.#plans)) return;
    this.#plans = plans;
    this.#build();
  }

  /** Where the camera looks now, and the slope and tangent of the whole view. */
  setView(camera: PerspectiveCamera, planSlope: number, planTangent: number): void {
    this.backdrop.visible = this.#look.backdrop !== undefined;
    this.backdrop.setView(camera, planSlope, planTangent);
  }

  /** Puts their shadows where people are now. */
  setPeople(figures: readonly StageFigure[]): void {
    const places = figures.flatMap(({ group: { position }, seat }) => (seat ? [{ x: position.x, y: position.y, z: position.z, row: seat.row }] : []));
    for (const desk of this.#desks) desk.setPeople(places);
  }

  dispose(): void {
    this.#clear();
    this.backdrop.dispose();
  }

  #build(): void {
    this.#clear();
    const { desk } = this.#look;
    if (!desk) return;
    this.#desks = this.#plans.map((plan) => new Desk(plan, desk));
    for (const each of this.#desks) this.#scene.add(each);
  }

  #clear(): void {
    for (const desk of this.#desks) {
      this.#scene.remove(desk);
      desk.dispose();
    }
    this.#desks = [];
  }
}
