import type { BoundSplats, PointBatch } from '../../shared/splat/boundSplats.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';

/** Turns an analysed portrait into a bound splat head. The template and the autoregressive generator both are one. */
export interface AvatarGenerator {
  readonly name: 'template' | 'autoregressive';
  /**
   * Yields batches as points are written and returns the finished avatar, whose prefix is a head by itself.
   * @throws the signal's reason when aborted; nothing else is thrown for a valid portrait.
   */
  generate(portrait: AnalysedPortrait, options: GenerateOptions): AsyncGenerator<PointBatch, BoundSplats, void>;
}

export interface GenerateOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Called with a stage and its share done, in [0, 1] over the whole generation. */
  readonly onProgress?: (progress: { stage: string; fraction: number }) => void;
}
