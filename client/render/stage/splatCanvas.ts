import { WebGLRenderer } from 'three';

/** Pixels drawn per CSS pixel at most: splats are soft, more than this costs fill rate and shows nothing. */
const MAX_PIXEL_RATIO = 2;
/** A software renderer pays for every pixel. */
const MAX_PIXEL_RATIO_SOFTWARE = 1;

export interface SplatCanvasOptions {
  /** Drawn without graphics hardware: fewer pixels. */
  readonly software: boolean;
  /** Called after the size has changed, in CSS pixels. */
  readonly onResize: (width: number, height: number) => void;
}

/** A WebGL canvas that fills its container, for drawing splats: transparent, not antialiased, sRGB as it is. */
export class SplatCanvas {
  readonly renderer: WebGLRenderer;
  readonly #observer: ResizeObserver;
  readonly #container: HTMLElement;
  #width = 1;
  #height = 1;

  /** @throws Error where WebGL 2 cannot be had. */
  constructor(container: HTMLElement, options: SplatCanvasOptions) {
    // Splats overlap by the thousand: multisampling would cost four times the fill for edges that are soft anyway.
    this.renderer = new WebGLRenderer({ alpha: true, antialias: false, premultipliedAlpha: true, powerPreference: 'high-performance', stencil: false });
    this.setSoftware(options.software);
    this.renderer.setClearColor(0x000000, 0);
    this.renderer.autoClear = false;
    this.#container = container;
    container.prepend(this.renderer.domElement);
    this.#observer = new ResizeObserver(() => {
      this.#fit();
      options.onResize(this.#width, this.#height);
    });
    this.#observer.observe(container);
    this.#fit();
  }

  /** Fewer pixels for a software renderer. */
  setSoftware(software: boolean): void {
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, software ? MAX_PIXEL_RATIO_SOFTWARE : MAX_PIXEL_RATIO));
  }

  /** CSS pixels. */
  get width(): number {
    return this.#width;
  }

  get height(): number {
    return this.#height;
  }

  dispose(): void {
    this.#observer.disconnect();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
    this.renderer.domElement.remove();
  }

  #fit(): void {
    const { width, height } = this.#container.getBoundingClientRect();
    this.#width = Math.max(1, Math.round(width));
    this.#height = Math.max(1, Math.round(height));
    this.renderer.setSize(this.#width, this.#height, false);
  }
}
