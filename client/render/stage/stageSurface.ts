import type { WebGLRenderer } from 'three';

/** What a stage is drawn onto: a canvas on a page (`SplatCanvas`), or one without a window. */
export interface StageSurface {
  readonly renderer: WebGLRenderer;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Fewer pixels for a software renderer. */
  setSoftware(software: boolean): void;
  dispose(): void;
}
