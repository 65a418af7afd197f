import { PerspectiveCamera, type Scene } from 'three';
import type { Backdrop } from './backdrop.ts';
import { GridFrame } from './gridFrame.ts';
import type { GridTile } from './gridPlan.ts';
import type { StageFigure } from './stageFigure.ts';
import type { StageSurface } from './stageSurface.ts';

/** Head and shoulders around the eyes, metres: as in the lobby's preview. */
const MIDDLE = -0.045;
const HALF_HEIGHT = 0.225;
const HALF_WIDTH = 0.15;
const FIELD_OF_VIEW_DEGREES = 24;

/** One tile and who is in it. */
export interface GridSeat {
  readonly tile: GridTile;
  readonly figure: StageFigure | undefined;
  readonly speaking: boolean;
}

/** Draws everyone into a picture of their own, each with a camera of its own, so that nobody is seen from aside. */
export class GridView {
  readonly #scene: Scene;
  readonly #backdrop: Backdrop;
  readonly #frame = new GridFrame();
  readonly #camera = new PerspectiveCamera(FIELD_OF_VIEW_DEGREES, 1, 0.1, 20);

  constructor(scene: Scene, backdrop: Backdrop) {
    this.#scene = scene;
    this.#backdrop = backdrop;
    this.#frame.visible = false;
    scene.add(this.#frame);
  }

  /** Metres that a tile shows from top to bottom. */
  static spanMeters(tile: GridTile): number {
    return 2 * Math.max(HALF_HEIGHT, (HALF_WIDTH * tile.height) / tile.width);
  }

  /**
   * @param wall colour between the pictures, sRGB-encoded; undefined: pictures without ground or edge
   * @param prepare makes a figure ready for a camera and a part of the canvas, drawing-buffer pixels from its lower left corner
   */
  draw(surface: StageSurface, seats: readonly GridSeat[], wall: readonly [number, number, number] | undefined,
    prepare: (figure: StageFigure, camera: PerspectiveCamera, view: { x: number; y: number; width: number; height: number }, tile: GridTile) => void): void {
    const { renderer } = surface;
    const ratio = renderer.getPixelRatio();
    const others = this.#scene.children.filter(({ visible }) => visible);
    for (const object of others) object.visible = false;
    renderer.setScissorTest(true);
    for (const { tile, figure, speaking } of seats) {
      const bottom = surface.height - tile.y - tile.height;
      const camera = this.#aim(tile);
      if (figure) {
        const [x, y] = [Math.floor(tile.x * ratio), Math.floor(bottom * ratio)];
        figure.group.visible = true;
        figure.group.updateMatrixWorld();
        prepare(figure, camera, { x, y, width: Math.floor(tile.width * ratio), height: Math.floor(tile.height * ratio) }, tile);
      }
      renderer.setRenderTarget(null);
      renderer.setViewport(tile.x, bottom, tile.width, tile.height);
      renderer.setScissor(tile.x, bottom, tile.width, tile.height);
      this.#backdrop.visible = wall !== undefined;
      this.#frame.visible = wall !== undefined;
      if (wall) {
        this.#backdrop.setView(camera, 0, Math.tan((FIELD_OF_VIEW_DEGREES / 2) * Math.PI / 180) * (GridView.spanMeters(tile) / (2 * HALF_HEIGHT)));
        this.#frame.set(tile.width, tile.height, ratio, speaking, wall);
      }
      renderer.render(this.#scene, camera);
      if (figure) figure.group.visible = false;
    }
    renderer.setScissorTest(false);
    this.#frame.visible = false;
    for (const object of others) object.visible = true;
  }

  dispose(): void {
    this.#frame.dispose();
  }

  #aim(tile: GridTile): PerspectiveCamera {
    const camera = this.#camera;
    camera.aspect = tile.width / tile.height;
    camera.position.set(0, MIDDLE, GridView.spanMeters(tile) / 2 / Math.tan((FIELD_OF_VIEW_DEGREES / 2) * Math.PI / 180));
    camera.lookAt(0, MIDDLE, 0);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
    return camera;
  }
}
