import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { PlayedPose } from '../playout/playoutBuffer.ts';
import type { TimedPose } from '../playout/timedPose.ts';

/**
 * `window.stipple`: what this page measured, sent, received and showed, for tests and for curious people. Plain
 * numbers only, bounded in size, never a picture or a landmark. Everything is JSON.
 *
 * To compare two pages frame by frame: each `received` frame of B equals A's `sent` frame of the same capture time to
 * within the codec's steps, and each `applied` pose of B in state `interpolated` whose `correction` is 0 is the mix of the
 * two received frames it names (`fromTimestampMs`, `toTimestampMs`, `mix`). On one machine `capturedAtEpochMs` of A and
 * `appliedAtEpochMs` of B are of one clock: from the capture of a moment to a rig that shows it, with no room clock in
 * between (`client/diagnostics/motionLatency.ts`).
 */
export interface Diagnostics {
  readonly version: 2;
  /** The newest frames this page sent, oldest first. */
  readonly sent: readonly SentRecord[];
  readonly remotes: Readonly<Record<string, RemoteDiagnostics>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, string | number | boolean | undefined>>;
}

export interface FrameRecord {
  /** Room clock at capture, ms modulo 2^32, even; names the frame. */
  readonly captureTimestampMs: number;
  /** As it travelled, without any headers. */
  readonly bytes: number;
  readonly blendshapeWeights: readonly number[];
  readonly headRotation: readonly number[];
  readonly headPositionMeters: readonly number[];
}

export interface SentRecord extends FrameRecord {
  /** The machine's clock at capture, ms since the epoch, with fractions. */
  readonly capturedAtEpochMs: number;
  readonly tracked: boolean;
  /** The tracker's own weights before calibration and smoothing; undefined when no camera drove this frame. */
  readonly measuredWeights: readonly number[] | undefined;
}

export interface AppliedRecord {
  /** Moment shown, on the room clock, ms modulo 2^32, with fractions. */
  readonly mediaTimeMs: number;
  /** The machine's clock when the rig got this pose, ms since the epoch, with fractions. */
  readonly appliedAtEpochMs: number;
  /** By the room clock: how long ago the moment shown was captured, ms. */
  readonly ageMs: number;
  readonly state: PlayedPose['state'];
  readonly fromTimestampMs: number | undefined;
  readonly toTimestampMs: number | undefined;
  /** Share of `to` in the mix, in [0, 1]. */
  readonly mix: number;
  /** Largest weight by which the pose is still on its way to that mix. */
  readonly correction: number;
  readonly blendshapeWeights: readonly number[];
  readonly headRotation: readonly number[];
}

/** One change of what somebody is seen as: a state of a head in the making, or a finished avatar. */
export interface SightRecord {
  /** Job and batch, or the avatar's hash. */
  readonly key: string;
  /** Room clock of the first frame that showed it, ms. */
  readonly atMs: number;
  /** Splats drawn of it in that frame. */
  readonly splats: number;
  /** Of a head in the making: from the server's having the portrait to the end of that frame, ms. */
  readonly sinceUploadMs: number | undefined;
}

/** How far somebody's voice and face are behind, at the loudspeaker and on the screen, ms by the room clock. */
export interface HeardRecord {
  readonly voiceLagMs: number;
  readonly faceLagMs: number;
  /** Voice behind lips; negative where lips are behind. */
  readonly skewMs: number;
  /** Of `voiceLagMs`: from the page's audio graph to the loudspeaker. */
  readonly outputDelayMs: number;
  /** Of `faceLagMs`: from a rig that has its pose to the screen. */
  readonly displayDelayMs: number;
}

export interface RemoteDiagnostics {
  displayName: string;
  avatarHash: string | undefined;
  splatsShown: number;
  readonly received: FrameRecord[];
  readonly applied: AppliedRecord[];
  readonly sights: SightRecord[];
  /** About five times a second while their voice is heard. */
  readonly heard: HeardRecord[];
  framesReceived: number;
  framesApplied: number;
  /** Came after their moment had been shown. */
  late: number;
  /** What the adaptive playout adds behind the fastest frame, ms. */
  playoutDelayMs: number;
  /** What this page asks of this face's motion. */
  wishedLevel: string | undefined;
}

const KEPT = 600;

/** Keeps the records and shows them as `window.stipple`. */
export class DiagnosticsRecorder {
  readonly #sent: SentRecord[] = [];
  readonly #remotes: Record<string, RemoteDiagnostics> = {};
  readonly #counters: Record<string, number> = {};
  readonly #status: Record<string, string | number | boolean | undefined> = {};

  /** Puts the live object on `window`. */
  install(): void {
    const view: Diagnostics = { version: 2, sent: this.#sent, remotes: this.#remotes, counters: this.#counters, status: this.#status };
    (globalThis as { stipple?: Diagnostics }).stipple = view;
  }

  sent(record: Omit<SentRecord, 'blendshapeWeights' | 'headRotation' | 'headPositionMeters' | 'measuredWeights'> & {
    readonly pose: RigPose; readonly measuredWeights: Float32Array | undefined;
  }): void {
    const { captureTimestampMs, bytes, capturedAtEpochMs, tracked, pose, measuredWeights } = record;
    keep(this.#sent, { ...frameRecord(captureTimestampMs, bytes, pose), capturedAtEpochMs, tracked, measuredWeights: measuredWeights && Array.from(measuredWeights) });
    this.count('framesSent');
    this.count('frameBytesSent', bytes);
  }

  remote(participantId: string): RemoteDiagnostics {
    return (this.#remotes[participantId] ??= {
      displayName: '', avatarHash: undefined, splatsShown: 0, received: [], applied: [], sights: [], heard: [],
      framesReceived: 0, framesApplied: 0, late: 0, playoutDelayMs: 0, wishedLevel: undefined,
    });
  }

  forgetRemote(participantId: string): void {
    delete this.#remotes[participantId];
  }

  received(participantId: string, frame: TimedPose, bytes: number): void {
    const remote = this.remote(participantId);
    remote.framesReceived++;
    keep(remote.received, frameRecord(frame.captureTimestampMs % 2 ** 32, bytes, frame.pose));
  }

  /** @param ageMs of the moment shown, by the room clock */
  applied(participantId: string, played: PlayedPose, ageMs: number): void {
    const remote = this.remote(participantId);
    remote.framesApplied++;
    const { from, to } = played;
    keep(remote.applied, {
      mediaTimeMs: played.mediaTimeMs % 2 ** 32,
      appliedAtEpochMs: performance.timeOrigin + performance.now(),
      ageMs,
      state: played.state,
      fromTimestampMs: from && from.captureTimestampMs % 2 ** 32,
      toTimestampMs: to && to.captureTimestampMs % 2 ** 32,
      mix: played.mix,
      correction: played.correction,
      blendshapeWeights: Array.from(played.pose.blendshapeWeights),
      headRotation: [...played.pose.headRotation],
    });
  }

  heard(participantId: string, record: HeardRecord): void {
    keep(this.remote(participantId).heard, record);
  }

  seen(participantId: string, sight: SightRecord): void {
    keep(this.remote(participantId).sights, sight);
  }

  count(name: string, by = 1): void {
    this.#counters[name] = (this.#counters[name] ?? 0) + by;
  }

  status(name: string, value: string | number | boolean | undefined): void {
    this.#status[name] = value;
  }
}

function frameRecord(captureTimestampMs: number, bytes: number, pose: RigPose): FrameRecord {
  return {
    captureTimestampMs, bytes,
    blendshapeWeights: Array.from(pose.blendshapeWeights),
    headRotation: [...pose.headRotation],
    headPositionMeters: [...pose.headPositionMeters],
  };
}

function keep<T>(records: T[], record: T): void {
  records.push(record);
  if (records.length > KEPT) records.splice(0, records.length - KEPT);
}
