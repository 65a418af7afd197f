import createContext from 'gl';
import { WebGLRenderer } from 'three';

export interface HeadlessRenderer {
  readonly renderer: WebGLRenderer;
  readonly width: number;
  readonly height: number;
  /** Pixels of the default framebuffer, RGBA, rows from the top. */
  readPixels(): Uint8Array;
  dispose(): void;
}

/** Thrown where no context can be had; the message names the cure. */
export class HeadlessUnavailableError extends Error {}

/**
 * three's WebGLRenderer on a context without a window (headless-gl: WebGL 2 through ANGLE). Runs without an X display
 * where a Vulkan driver is installed (Debian: mesa-vulkan-drivers), else on the display of `DISPLAY` (xvfb-run).
 *
 * The framebuffer is transparent and premultiplied, sRGB-encoded as the splats write it.
 * @throws HeadlessUnavailableError
 */
export function createHeadlessRenderer(width: number, height: number): HeadlessRenderer {
  const gl = openContext(width, height);
  passIntegersAsBytes(gl);
  const canvas = {
    width, height, style: {},
    addEventListener(): void {}, removeEventListener(): void {},
  } as unknown as HTMLCanvasElement;
  const renderer = new WebGLRenderer({ canvas, context: gl, alpha: true, premultipliedAlpha: true, antialias: false });
  renderer.setSize(width, height, false);
  renderer.setClearColor(0, 0);
  return {
    renderer, width, height,
    readPixels() {
      renderer.setRenderTarget(null);
      const bottomUp = new Uint8Array(width * height * 4);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bottomUp);
      const pixels = new Uint8Array(bottomUp.length);
      for (let y = 0; y < height; y++) pixels.set(bottomUp.subarray(y * width * 4, (y + 1) * width * 4), (height - 1 - y) * width * 4);
      return pixels;
    },
    dispose() {
      renderer.dispose();
      gl.getExtension('STACKGL_destroy_context')?.destroy();
    },
  };
}

type HeadlessContext = WebGL2RenderingContext & {
  getExtension(name: 'STACKGL_destroy_context'): { destroy(): void } | null;
};

function openContext(width: number, height: number): HeadlessContext {
  // ANGLE reads the variable when its first context opens. Vulkan needs no display and is the faster of the two.
  const chosen = process.env.ANGLE_DEFAULT_PLATFORM;
  const platforms = chosen ? [chosen] : process.platform === 'linux' ? ['vulkan', undefined] : [undefined];
  let problem: unknown;
  for (const platform of platforms) {
    if (platform) process.env.ANGLE_DEFAULT_PLATFORM = platform;
    else delete process.env.ANGLE_DEFAULT_PLATFORM;
    try {
      const gl = createContext(width, height, { createWebGL2Context: true, alpha: true, antialias: false, preserveDrawingBuffer: true });
      if (gl) return gl as unknown as HeadlessContext;
    } catch (error) {
      problem = error;
    }
  }
  throw new HeadlessUnavailableError(
    'no WebGL 2 context: install mesa-vulkan-drivers and libvulkan1, or run under xvfb-run -a',
    problem === undefined ? {} : { cause: problem },
  );
}

/** headless-gl drops 32-bit integer arrays given to texture uploads, but takes their bytes. */
function passIntegersAsBytes(gl: WebGL2RenderingContext): void {
  for (const name of ['texImage2D', 'texSubImage2D'] as const) {
    const original = gl[name].bind(gl) as (...values: unknown[]) => void;
    (gl as unknown as Record<string, unknown>)[name] = (...values: unknown[]): void => {
      original(...values.map((value) => (value instanceof Uint32Array ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value)));
    };
  }
}
