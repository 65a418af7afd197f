/** What the voice did at one moment, as the worklet posts it. */
export interface VoiceReading {
  /** Seconds of the audio context's clock at the middle of the sound. */
  readonly contextSeconds: number;
  /** Amounts in the order of `MOUTH_CHANNELS`, [0, 1]. */
  readonly mouth: Float32Array;
  readonly speech: number;
  readonly loudness: number;
  readonly levelDb: number;
}
