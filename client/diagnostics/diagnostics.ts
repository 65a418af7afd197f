import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { PlayedPose, TimedPose } from '../playout/playoutBuffer.ts';

/**
 * `window.stipple`: what this page measured, sent, received and showed, for tests and for curious people. Plain
 * numbers only, bounded in size, never a picture or a landmark. Everything is JSON.
 *
 * To compare two pages frame by frame: each `received` frame of B equals A's `sent` frame of the same sequence
 * number to within the codec's steps, and each `applied` pose of B in state `interpolated` is the mix of the
 * two received frames it names (`fromSequence`, `toSequence`, `mix`).
 */
export interface Diagnostics {
  readonly version: 1;
  /** The newest frames this page sent, oldest first. */
  readonly sent: readonly SentRecord[];
  readonly remotes: Readonly<Record<string, RemoteDiagnostics>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, string | number | boolean | undefined>>;
}

export interface FrameRecord {
  readonly sequenceNumber: number;
  /** Room clock, ms modulo 2^32. */
  readonly captureTimestampMs: number;
  readonly blendshapeWeights: readonly number[];
  readonly headRotation: readonly number[];
  readonly headPositionMeters: readonly number[];
}

export interface SentRecord extends FrameRecord {
  readonly tracked: boolean;
  /** The tracker's own weights before calibration and smoothing; undefined when no camera drove this frame. */
  readonly measuredWeights: readonly number[] | undefined;
}

export interface AppliedRecord {
  readonly mediaTimeMs: number;
  readonly state: PlayedPose['state'];
  readonly fromSequence: number | undefined;
  readonly toSequence: number | undefined;
  /** Share of `to` in the mix, in [0, 1]. */
  readonly mix: number;
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

export interface RemoteDiagnostics {
  displayName: string;
  avatarHash: string | undefined;
  splatsShown: number;
  readonly received: FrameRecord[];
  readonly applied: AppliedRecord[];
  readonly sights: SightRecord[];
  framesReceived: number;
  framesApplied: number;
  lost: number;
  late: number;
  playoutDelayMs: number;
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
    const view: Diagnostics = { version: 1, sent: this.#sent, remotes: this.#remotes, counters: this.#counters, status: this.#status };
    (globalThis as { stipple?: Diagnostics }).stipple = view;
  }

  sent(record: { sequenceNumber: number; captureTimestampMs: number; tracked: boolean; pose: RigPose; measuredWeights: Float32Array | undefined }): void {
    keep(this.#sent, {
      ...frameRecord(record.sequenceNumber, record.captureTimestampMs, record.pose),
      tracked: record.tracked,
      measuredWeights: record.measuredWeights && Array.from(record.measuredWeights),
    });
    this.count('framesSent');
  }

  remote(participantId: string): RemoteDiagnostics {
    return (this.#remotes[participantId] ??= {
      displayName: '', avatarHash: undefined, splatsShown: 0, received: [], applied: [], sights: [],
      framesReceived: 0, framesApplied: 0, lost: 0, late: 0, playoutDelayMs: 0,
    });
  }

  forgetRemote(participantId: string): void {
    delete this.#remotes[participantId];
  }

  received(participantId: string, frame: TimedPose): void {
    const remote = this.remote(participantId);
    remote.framesReceived++;
    keep(remote.received, frameRecord(frame.sequenceNumber, frame.captureTimestampMs >>> 0, frame.pose));
  }

  applied(participantId: string, played: PlayedPose): void {
    const remote = this.remote(participantId);
    remote.framesApplied++;
    const { from, to } = played;
    const span = from && to ? to.captureTimestampMs - from.captureTimestampMs : 0;
    keep(remote.applied, {
      mediaTimeMs: played.mediaTimeMs,
      state: played.state,
      fromSequence: from?.sequenceNumber,
      toSequence: to?.sequenceNumber,
      mix: span > 0 && from ? (played.mediaTimeMs - from.captureTimestampMs) / span : 1,
      blendshapeWeights: Array.from(played.pose.blendshapeWeights),
      headRotation: [...played.pose.headRotation],
    });
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

function frameRecord(sequenceNumber: number, captureTimestampMs: number, pose: RigPose): FrameRecord {
  return {
    sequenceNumber, captureTimestampMs,
    blendshapeWeights: Array.from(pose.blendshapeWeights),
    headRotation: [...pose.headRotation],
    headPositionMeters: [...pose.headPositionMeters],
  };
}

function keep<T>(records: T[], record: T): void {
  records.push(record);
  if (records.length > KEPT) records.splice(0, records.length - KEPT);
}
