import type { StippleError } from '../../shared/protocol/errors.ts';
import type { PointPreview } from '../generator/previewSender.ts';

/** From a portrait's file to an avatar's file: analyse, generate, encode. Runs in a process of its own. */
export interface AvatarPipeline {
  /** What makes the heads. */
  readonly generator: string;
  /** Why that is another than the settings ask for. */
  readonly fallback?: StippleError | undefined;
  /**
   * @param portrait the uploaded file; not kept after the call.
   * @throws StippleError a portrait's refusal, or the signal's reason when aborted.
   */
  make(portrait: Uint8Array, options: MakeOptions): Promise<MadeAvatar>;
}

export interface MakeOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MakeProgress) => void;
  /** The head as far as it is written, coarse first. */
  readonly onPoints: (preview: PointPreview) => void;
}

export interface MakeProgress {
  readonly stage: string;
  /** Share done over the whole job, in [0, 1]. */
  readonly fraction: number;
  readonly pointsSoFar?: number | undefined;
  readonly pointsExpected?: number | undefined;
}

export interface MadeAvatar {
  /** The bound point set as PROTOCOL.md chapter SPLAT lays it out. */
  readonly bytes: Uint8Array;
  readonly splats: number;
  readonly generator: string;
}

export interface PipelineSettings {
  /** Name of the generator that is wanted. */
  readonly generator: string;
}

/** What a pipeline module exports as `createPipeline`: loads models and warms them up. */
export type CreatePipeline = (settings: PipelineSettings) => Promise<AvatarPipeline>;
