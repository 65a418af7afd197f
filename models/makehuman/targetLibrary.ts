import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { METERS_PER_UNIT } from './baseMesh.ts';
import { MakehumanDataError } from './makehumanError.ts';

/** One morph target as sparse displacements, metres at weight 1. */
export interface Target {
  readonly vertexIndices: Uint32Array;
  /** [vertexIndices.length, 3] */
  readonly deltas: Float32Array;
}

/** `targets.bin` holds thousandths of a decimetre. */
const METERS_PER_STEP = METERS_PER_UNIT / 1000;
/** Further than any target moves anything. `eyes/r-eye-bag-max` throws the left lashes and some joints two metres aside. */
const NONSENSE_STEPS = 8000;
const PREFIX = 'data/targets/';
const SUFFIX = '.target';

const targetListSchema = z.object({ targets: z.record(z.string(), z.array(z.string())) });

/**
 * MakeHuman's morph targets, read one by one as they are asked for.
 * Names are paths below `data/targets`, without the ending: `nose/nose-hump-morehump`.
 */
export class TargetLibrary {
  readonly names: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;
  readonly #path: string;
  readonly #vertexCount: number;
  readonly #loaded = new Map<string, Target>();

  /** @throws MakehumanDataError when the file's length does not fit the list of targets. */
  constructor(packageFolder: string, vertexCount: number) {
    const list = targetListSchema.parse(
      JSON.parse(readFileSync(join(packageFolder, 'src/json/targets/target-list.json'), 'utf8')));
    // The binary is ordered by the sorted keys of the list.
    this.names = Object.keys(list.targets).sort().map((key) => key.slice(PREFIX.length, -SUFFIX.length));
    this.#indices = new Map(this.names.map((name, index) => [name, index]));
    this.#path = join(packageFolder, 'public/data/targets/targets.bin');
    this.#vertexCount = vertexCount;
    const expected = this.names.length * vertexCount * 3 * 2;
    const { size } = statSync(this.#path);
    if (size !== expected) throw MakehumanDataError.unexpected('bytes of targets.bin', expected, size);
  }

  has(name: string): boolean {
    return this.#indices.has(name);
  }

  /** @throws MakehumanDataError when there is no target of that name. */
  get(name: string): Target {
    const cached = this.#loaded.get(name);
    if (cached !== undefined) return cached;
    const index = this.#indices.get(name);
    if (index === undefined) throw MakehumanDataError.missing(`target ${name}`);
    const steps = new Int16Array(this.#vertexCount * 3);
    const file = openSync(this.#path, 'r');
    try {
      readSync(file, new Uint8Array(steps.buffer), 0, steps.byteLength, index * steps.byteLength);
    } finally {
      closeSync(file);
    }
    const target = toSparse(steps);
    this.#loaded.set(name, target);
    return target;
  }
}

function toSparse(steps: Int16Array): Target {
  const vertices: number[] = [];
  for (let vertex = 0; vertex < steps.length / 3; vertex++) {
    if (Math.abs(steps[vertex * 3]!) > NONSENSE_STEPS) continue;
    if (steps[vertex * 3] !== 0 || steps[vertex * 3 + 1] !== 0 || steps[vertex * 3 + 2] !== 0) vertices.push(vertex);
  }
  const deltas = new Float32Array(vertices.length * 3);
  vertices.forEach((vertex, row) => {
    for (let axis = 0; axis < 3; axis++) deltas[row * 3 + axis] = steps[vertex * 3 + axis]! * METERS_PER_STEP;
  });
  return { vertexIndices: Uint32Array.from(vertices), deltas };
}

/** Adds `weight` times the target to `positions`, in place. */
export function addTarget(positions: Float32Array, target: Target, weight: number): void {
  const { vertexIndices, deltas } = target;
  for (let row = 0; row < vertexIndices.length; row++) {
    const start = vertexIndices[row]! * 3;
    positions[start] = positions[start]! + weight * deltas[row * 3]!;
    positions[start + 1] = positions[start + 1]! + weight * deltas[row * 3 + 1]!;
    positions[start + 2] = positions[start + 2]! + weight * deltas[row * 3 + 2]!;
  }
}
