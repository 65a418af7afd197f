/** What the recorder asks of its page. */
export interface RecordingRequest {
  readonly filmId: string;
  readonly frames: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** Pictures at the beginning that become the rest, as by the room page's button; 0 for none. */
  readonly calibrateFrames: number;
}

interface Sample {
  readonly weights: readonly number[];
  /** xyzw. */
  readonly rotation: readonly number[];
  /** Metres. */
  readonly position: readonly number[];
}

/** What the room page would send for one picture, and the same before smoothing. */
export interface RecordedFrame extends Sample {
  readonly unsmoothed: Sample;
}

/** The page's global object. `track` gives a frame a picture, undefined where no face was found. */
export type RecorderPage = typeof globalThis & { track?: (request: RecordingRequest) => Promise<(RecordedFrame | undefined)[]> };

/** Where the page fetches a film's pictures: RGBA, rows from the top. */
export function framePath(filmId: string, index: number): string {
  return `/frames/${encodeURIComponent(filmId)}/${index}`;
}
