/** From a portrait's file to an avatar's file: analyse, generate, encode. Runs in a process of its own. */
export interface AvatarPipeline {
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

/** What a pipeline module exports as `createPipeline`: loads models and warms them up. */
export type CreatePipeline = () => Promise<AvatarPipeline>;
