import { BandBatch } from './bandBatch.ts';
import { BandNoise, type NoiseSource } from './bandNoise.ts';
import { PATCH_SIZE, PICTURE_SIZE } from './generatorContract.ts';
import type { GeneratorManifest } from './generatorManifest.ts';
import { floatTensor, type Graph } from './graph.ts';
import { checkPointToken, type PointGrammar } from './pointGrammar.ts';
import { checkSampling, DEFAULT_SAMPLING, type PerToken } from './sampling.ts';
import { PointStore, type PointChunk, type StopReason, type WrittenPoints } from './writtenPoints.ts';

/** What the points are written for. Read during the call, not kept. */
export interface PointCondition {
  /** The normalised picture of the head, [1, 3, 224, 224]. */
  readonly picture: Float32Array;
  /** Features of every site, [siteCount, siteChannels]. */
  readonly siteFeatures: Float32Array;
  /** 0 where no point may be, [siteCount]. Default: everywhere may be one. */
  readonly available?: Uint8Array | undefined;
}

export interface WritePointsOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly temperature?: Partial<PerToken> | undefined;
  readonly topP?: Partial<PerToken> | undefined;
  /** Points of the whole head. Default: as many as the bands hold. */
  readonly maxPoints?: number | undefined;
  /** Steps from one chunk to the next, after the coarse level. Default 16. */
  readonly chunkSteps?: number | undefined;
}

const DEFAULT_CHUNK_STEPS = 16;
/** Before a fine level has begun: fine points for each coarse one, of an average head. */
const USUAL_FINE_SHARE = 4;
/** So many decided sites say more than the usual. */
const SITES_TO_JUDGE_BY = 2000;

/** How far one band is. */
interface BandState {
  /** Last site chosen, −1 before the first. */
  site: number;
  heightLevel: number;
  ended: boolean;
}

/**
 * Writes a head's points: looks at the portrait once, then goes through all bands together, one point of each a step. A
 * step reads the points chosen in the step before; a point counts once it has been read, with the hidden state of that.
 * All memory is allocated here, once; one head at a time.
 */
export class PointWriter {
  readonly #manifest: GeneratorManifest;
  readonly #graphs: { readonly vision: Graph; readonly conditioner: Graph; readonly step: Graph };
  readonly #coarseCounts: ArrayLike<number>;
  readonly #batch: BandBatch;
  readonly #store: PointStore;
  readonly #seen: Float32Array;

  /** @param coarseCounts how many of each band's first sites are the coarse level, [bandCount] */
  constructor(manifest: GeneratorManifest, graphs: { vision: Graph; conditioner: Graph; step: Graph }, coarseCounts: ArrayLike<number>) {
    this.#manifest = manifest;
    this.#graphs = graphs;
    this.#coarseCounts = coarseCounts;
    this.#batch = new BandBatch(manifest);
    this.#store = new PointStore({ bandSize: manifest.bandSize, width: manifest.width, capacity: manifest.bandCount * manifest.maxBandPoints });
    this.#seen = new Float32Array(((PICTURE_SIZE / PATCH_SIZE) ** 2 + 1) * manifest.visionWidth);
  }

  /** Bytes allocated for heads in the making, outside the runtime's own. */
  get bytes(): number {
    return this.#batch.bytes + this.#store.bytes + this.#seen.byteLength;
  }

  /**
   * @param noise default: what the seed gives
   * @throws the signal's reason when aborted, {StippleError} POINT_TOKEN_INVALID when a graph breaks the grammar,
   * RangeError for settings out of range.
   */
  async *write(
    condition: PointCondition, options: WritePointsOptions, noise: NoiseSource = new BandNoise(options.seed, this.#manifest.bandCount),
  ): AsyncGenerator<PointChunk, WrittenPoints, void> {
    const { bandSize, bandCount, heightLevels, maxBandPoints } = this.#manifest;
    const { signal } = options;
    const batch = this.#batch;
    const store = this.#store;
    const maxPoints = options.maxPoints ?? Number.POSITIVE_INFINITY;
    const chunkSteps = options.chunkSteps ?? DEFAULT_CHUNK_STEPS;
    const clock = new StageClock();
    batch.reset();
    store.clear();
    this.#setSampling(options);
    await this.#look(condition, signal, clock);

    const grammar: PointGrammar = { bandSize, heightLevels, available: condition.available };
    const states: BandState[] = Array.from({ length: bandCount }, () => ({ site: -1, heightLevel: 0, ended: false }));
    let stopReason: StopReason = 'endTokens';
    let steps = 0;
    let yieldedPoints = 0;
    let yieldedSteps = 0;
    let coarse = true;
    clock.start('coarse');
    for (let writing = true; writing; ) {
      signal.throwIfAborted();
      const { feeds, fetches } = batch.prepare(noise);
      await this.#graphs.step.run(feeds, fetches);
      batch.advance();
      steps++;
      for (const [row, band] of batch.bands.entries()) {
        const state = states[band]!;
        if (state.ended) continue;
        if (state.site >= 0) {
          if (store.count === maxPoints) {
            stopReason = 'maxPoints';
            break;
          }
          store.add(band, state.site, state.heightLevel, batch.hidden, row);
        }
        const full = batch.steps > maxBandPoints;
        if (full) stopReason = 'bandFull';
        const { site, heightLevel } = batch.chosen(row);
        state.ended = full || checkPointToken(grammar, band, state.site, site, heightLevel);
        if (state.ended) {
          batch.feed(row, bandSize, 0);
        } else {
          state.site = site;
          state.heightLevel = heightLevel;
          batch.feed(row, site, heightLevel);
        }
      }
      writing = stopReason !== 'maxPoints' && states.some(({ ended }) => !ended);
      if (writing) batch.leaveOut((band) => states[band]!.ended);
      const due = coarse ? this.#coarseDone(states) : steps - yieldedSteps >= chunkSteps;
      if (store.count > yieldedPoints && (due || !writing)) {
        clock.stop();
        yield { level: coarse ? 'coarse' : 'fine', ...store.since(yieldedPoints), pointsSoFar: store.count, ...this.#progress(states, store.count, writing) };
        coarse = false;
        yieldedPoints = store.count;
        yieldedSteps = steps;
        clock.start('fine');
      }
    }
    clock.stop();
    return { ...store.sorted(), stopReason, steps, milliseconds: clock.total, stageMilliseconds: clock.stages };
  }

  #setSampling(options: WritePointsOptions): void {
    const temperature = { ...DEFAULT_SAMPLING.temperature, ...options.temperature };
    const topP = { ...DEFAULT_SAMPLING.topP, ...options.topP };
    checkSampling({ temperature, topP });
    this.#batch.setSampling({ temperature: [temperature.site, temperature.height], topP: [topP.site, topP.height] });
  }

  /** Portrait and fitted surface into what every step reads. */
  async #look(condition: PointCondition, signal: AbortSignal, clock: StageClock): Promise<void> {
    const { bandCount, bandSize, siteChannels, visionWidth } = this.#manifest;
    const siteCount = bandCount * bandSize;
    expectLength('picture', condition.picture, 3 * PICTURE_SIZE ** 2);
    expectLength('siteFeatures', condition.siteFeatures, siteCount * siteChannels);
    if (condition.available !== undefined) expectLength('available', condition.available, siteCount);
    signal.throwIfAborted();
    clock.start('vision');
    const seen = floatTensor(this.#seen, [1, this.#seen.length / visionWidth, visionWidth]);
    await this.#graphs.vision.run({ pixel_values: floatTensor(condition.picture, [1, 3, PICTURE_SIZE, PICTURE_SIZE]) }, { last_hidden_state: seen });
    signal.throwIfAborted();
    clock.start('conditioner');
    await this.#graphs.conditioner.run({ last_hidden_state: seen, site_features: floatTensor(condition.siteFeatures, [siteCount, siteChannels]) }, this.#batch.conditions);
    if (condition.available !== undefined) this.#batch.forbid(condition.available);
  }

  #coarseDone(states: readonly BandState[]): boolean {
    return states.every(({ site, ended }, band) => ended || site >= this.#coarseCounts[band]!);
  }

  /** Coarse and fine sites are kept at different rates, so each level is extrapolated by itself. */
  #progress(states: readonly BandState[], points: number, writing: boolean): Pick<PointChunk, 'pointsExpected' | 'fraction'> {
    if (!writing) return { pointsExpected: points, fraction: 1 };
    const { bandCount, bandSize } = this.#manifest;
    let coarseSites = 0;
    let decidedCoarse = 0;
    let decided = 0;
    for (const [band, { site, ended }] of states.entries()) {
      const reached = ended ? bandSize : site + 1;
      coarseSites += this.#coarseCounts[band]!;
      decidedCoarse += Math.min(reached, this.#coarseCounts[band]!);
      decided += reached;
    }
    const coarsePoints = this.#store.countBelow(this.#coarseCounts);
    const decidedFine = decided - decidedCoarse;
    const coarseExpected = decidedCoarse === 0 ? coarsePoints : (coarsePoints * coarseSites) / decidedCoarse;
    const fineSites = bandCount * bandSize - coarseSites;
    const fineExpected = decidedFine < SITES_TO_JUDGE_BY ? USUAL_FINE_SHARE * coarseExpected : ((points - coarsePoints) * fineSites) / decidedFine;
    return { pointsExpected: Math.max(points, Math.round(coarseExpected + fineExpected)), fraction: decided / (bandCount * bandSize) };
  }
}

function expectLength(name: string, values: ArrayLike<number>, expected: number): void {
  if (values.length !== expected) throw new RangeError(`${name}: expected ${expected} values, got ${values.length}`);
}

type Stage = keyof WrittenPoints['stageMilliseconds'];

/** Time of each stage; stopped while the caller works on a chunk. */
class StageClock {
  readonly stages: Record<Stage, number> = { vision: 0, conditioner: 0, coarse: 0, fine: 0 };
  #stage: Stage | undefined;
  #sinceMs = 0;

  get total(): number {
    return Object.values(this.stages).reduce((sum, milliseconds) => sum + milliseconds, 0);
  }

  start(stage: Stage): void {
    this.stop();
    this.#stage = stage;
    this.#sinceMs = performance.now();
  }

  stop(): void {
    if (this.#stage !== undefined) this.stages[this.#stage] += performance.now() - this.#sinceMs;
    this.#stage = undefined;
  }
}
