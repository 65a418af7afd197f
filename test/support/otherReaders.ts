import { createRequire } from 'node:module';
import { Worker as Thread } from 'node:worker_threads';

/** Splats as a reader of others' making understood them, in the file's own axes. */
export interface UnderstoodSplats {
  readonly count: number;
  /** [count, 3] */
  readonly centers: ArrayLike<number>;
  /** Standard deviations, [count, 3]. */
  readonly scales: ArrayLike<number>;
  /** xyzw, [count, 4] */
  readonly rotations: ArrayLike<number>;
  /** In [0, 1], [count]. */
  readonly opacities: ArrayLike<number>;
  /** [count, 3] */
  readonly colors: ArrayLike<number>;
}

const SH_C0 = 0.28209479177387814;
const require = createRequire(import.meta.url);

/** Spark 2.2's loader. It wants a browser's worker, which a thread of Node stands in for while it reads. */
export async function readWithSpark(bytes: Uint8Array, fileType: 'ply' | 'spz'): Promise<UnderstoodSplats> {
  return withBrowserGlobals(async () => {
    // Its types lean on names of browsers that Node's do not have.
    const { PackedSplats } = await import('@sparkjsdev/spark') as unknown as SparkModule;
    const packed = new PackedSplats({ fileBytes: bytes.slice(), fileType });
    await packed.initialized;
    const count = packed.numSplats;
    const understood = {
      count, centers: new Float32Array(count * 3), scales: new Float32Array(count * 3), rotations: new Float32Array(count * 4),
      opacities: new Float32Array(count), colors: new Float32Array(count * 3),
    };
    packed.forEachSplat((s, center, scales, quaternion, opacity, color) => {
      understood.centers.set(center.toArray(), s * 3);
      understood.scales.set(scales.toArray(), s * 3);
      understood.rotations.set(quaternion.toArray(), s * 4);
      understood.opacities[s] = opacity;
      understood.colors.set(color.toArray(), s * 3);
    });
    packed.dispose();
    return understood;
  });
}

interface Listed { toArray(): number[] }
interface SparkModule {
  readonly PackedSplats: new (options: { fileBytes: Uint8Array; fileType: string }) => {
    readonly initialized: Promise<unknown>;
    readonly numSplats: number;
    forEachSplat(visit: (index: number, center: Listed, scales: Listed, quaternion: Listed, opacity: number, color: Listed) => void): void;
    dispose(): void;
  };
}

/** SPZ's own library, built for the web by its authors: it knows version 4. */
export async function readWithSpzLibrary(bytes: Uint8Array): Promise<UnderstoodSplats & { readonly antialiased: boolean }> {
  const { default: createSpz } = await import('@adobe/spz') as unknown as { default: (options: unknown) => Promise<SpzLibrary> };
  const spz = await createSpz({ print: () => {}, printErr: () => {} });
  const cloud = spz.loadSpzFromBuffer(bytes, { to: spz.CoordinateSystem.RUB });
  const { numPoints: count, positions: centers, scales, rotations, alphas, colors, antialiased } = cloud;
  return {
    count, centers, scales: scales.map(Math.exp), rotations, antialiased,
    opacities: alphas.map((logit) => 1 / (1 + Math.exp(-logit))), colors: colors.map((value) => 0.5 + SH_C0 * value),
  };
}

interface SpzLibrary {
  readonly CoordinateSystem: { readonly RUB: unknown };
  loadSpzFromBuffer(bytes: Uint8Array, options: { to: unknown }): {
    readonly numPoints: number; readonly antialiased: boolean; readonly positions: Float32Array; readonly scales: Float32Array;
    readonly rotations: Float32Array; readonly alphas: Float32Array; readonly colors: Float32Array;
  };
}

/** @spz-loader/core 0.3.1, which knows versions up to 3 and takes Node for a browser only when it says so. */
export async function readWithSpzLoader(bytes: Uint8Array): Promise<UnderstoodSplats> {
  return withBrowserGlobals(async () => {
    const { loadSpz } = require('@spz-loader/core') as { loadSpz: (bytes: Uint8Array) => Promise<Record<string, Float32Array> & { numPoints: number }> };
    const cloud = await loadSpz(bytes);
    return {
      count: cloud.numPoints, centers: cloud['positions'], scales: cloud['scales'], rotations: cloud['rotations'], opacities: cloud['alphas'],
      colors: cloud['colors'],
    };
  });
}

/** three.js' loader of KHR_gaussian_splatting: centres, [count, 3], covariances, [count, 6], and colour and opacity in bytes, [count, 4]. */
export async function readWithThree(bytes: Uint8Array): Promise<{ centers: ArrayLike<number>; covariances: ArrayLike<number>; colors: ArrayLike<number> }> {
  return withBrowserGlobals(async () => {
    const { GLTFLoader } = await import('three/examples/jsm/loaders/GLTFLoader.js');
    const { GLTFGaussianSplatLoaderExtension } = await import('three/examples/jsm/loaders/GLTFGaussianSplatLoaderExtension.js');
    const loader = new GLTFLoader();
    loader.register((parser) => new GLTFGaussianSplatLoaderExtension(parser));
    const { scene } = await loader.parseAsync(bytes.slice().buffer, '');
    const { splatGeometry } = scene.getObjectByName('head') as unknown as { splatGeometry: { getAttribute(name: string): { array: ArrayLike<number> } } };
    const array = (name: string): ArrayLike<number> => splatGeometry.getAttribute(name).array;
    return { centers: array('position'), covariances: array('covariance'), colors: array('color') };
  });
}

/** What loaders made for browsers look for, for as long as `run` takes. */
async function withBrowserGlobals<Result>(run: () => Promise<Result>): Promise<Result> {
  const blobs = new Map<string, Blob>();
  const { createObjectURL, revokeObjectURL } = URL;
  const before = { self: globalThis.self, window: globalThis.window, Worker: globalThis.Worker };
  const processType = Object.getOwnPropertyDescriptor(process, 'type');
  Object.defineProperty(process, 'type', { value: 'renderer', configurable: true });
  URL.createObjectURL = (blob: Blob): string => {
    const url = `blob:${blobs.size}`;
    blobs.set(url, blob);
    return url;
  };
  URL.revokeObjectURL = (): void => {};
  Object.assign(globalThis, { self: globalThis, window: globalThis, Worker: threadWorker(blobs) });
  try {
    return await run();
  } finally {
    Object.assign(globalThis, before);
    Object.assign(URL, { createObjectURL, revokeObjectURL });
    if (processType) Object.defineProperty(process, 'type', processType);
    else Reflect.deleteProperty(process, 'type');
  }
}

/** Gives a thread the few names a dedicated worker has. */
const WORKER_PRELUDE = `
const { parentPort } = require('node:worker_threads');
const listeners = new Map();
globalThis.self = globalThis;
self.postMessage = (data, options) => parentPort.postMessage(data, Array.isArray(options) ? options : options?.transfer);
self.addEventListener = (name, listener) => {
  if (name !== 'message') return;
  listeners.set(listener, (data) => listener({ data }));
  parentPort.on('message', listeners.get(listener));
};
self.removeEventListener = (name, listener) => { if (listeners.has(listener)) parentPort.off('message', listeners.get(listener)); };
parentPort.on('message', (data) => self.onmessage?.({ data }));
`;

/** A `Worker` made of a thread. Loaders keep theirs for the next file; the process may end all the same. */
function threadWorker(blobs: ReadonlyMap<string, Blob>): unknown {
  return class extends EventTarget {
    onmessage: ((event: { data: unknown }) => void) | null = null;
    readonly #thread: Promise<Thread>;

    constructor(url: string) {
      super();
      this.#thread = (blobs.get(url) ?? new Blob()).text().then((code) => {
        const thread = new Thread(`${WORKER_PRELUDE}${code}`, { eval: true });
        thread.unref();
        thread.on('message', (data: unknown) => this.onmessage?.({ data }));
        return thread;
      });
    }

    postMessage(data: unknown, options?: { transfer?: readonly ArrayBuffer[] }): void {
      void this.#thread.then((thread) => thread.postMessage(data, options?.transfer));
    }
  };
}
