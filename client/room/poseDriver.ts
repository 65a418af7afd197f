import { batch, signal } from '@preact/signals';
import type { LandmarkExpression } from '../../shared/fit/landmarkExpression.ts';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { FaceHandover } from '../motion/faceHandover.ts';
import { MotionClip } from '../motion/motionClip.ts';
import { PointerDriver } from '../motion/pointerDriver.ts';
import { Camera } from '../tracking/camera.ts';
import type { TrackedFace } from '../tracking/faceLandmarkerEngine.ts';
import { FaceRefiner } from '../tracking/faceRefiner.ts';
import type { FaceTracker } from '../tracking/faceTracker.ts';
import { VOICE_FACE_LAG_MS, VoiceFace } from '../voice/voiceFace.ts';

/** One sample of the own face. */
export interface PoseSample {
  readonly pose: RigPose;
  /** On the clock of `performance.now()`. */
  readonly captureMs: number;
  /** A camera saw this face. */
  readonly tracked: boolean;
  /** The tracker's weights before calibration and smoothing, where a camera drove. */
  readonly measuredWeights: Float32Array | undefined;
}

export type DriveMode = 'camera' | 'pointer' | 'clip';
export type CameraState =
  | { state: 'off' }
  | { state: 'starting'; message: string }
  | { state: 'tracking' }
  | { state: 'searching' }
  | { state: 'failed'; message: string };

const DRIVE_INTERVAL_MS = 1000 / 30;
/** After this long without a face the avatar comes back to life by itself, easing over the second time. */
const FACE_LOST_MS = 700;
const FACE_LOST_EASE_MS = 900;
/** With an open microphone the voice takes over sooner. */
const VOICE_TAKES_OVER_MS = 250;
const VOICE_EASE_MS = 450;
const CALIBRATION_FRAMES = 12;

/** What moves the own avatar: the camera, the pointer, or a motion clip. Emits samples about 30 times a second. */
export class PoseDriver {
  readonly mode = signal<DriveMode>('clip');
  readonly camera = signal<CameraState>({ state: 'off' });
  readonly calibrating = signal(false);
  readonly calibrated = signal(false);
  /** Pictures a second that tracking manages; 0 when off. */
  readonly trackingHz = signal(0);

  /** The face that goes with the own voice. */
  readonly voice: VoiceFace;
  /** The microphone is open: without a tracked face the voice moves the mouth. */
  speaksByVoice = false;

  readonly #onSample: (sample: PoseSample) => void;
  readonly #refiner = new FaceRefiner();
  readonly #clip: MotionClip;
  readonly #pointer: PointerDriver;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #cleanups: (() => void)[] = [];
  #open: Camera | undefined;
  #tracker: FaceTracker | undefined;
  #wanted = 0;
  readonly #handover = new FaceHandover();
  #recentMs: number[] = [];
  #rig: Rig | undefined;
  /** Where the model bundle gives no expression: from the landmarks, by fitting the rig. */
  #expression: LandmarkExpression | undefined;
  #loadingExpression = false;

  constructor(seed: number, onSample: (sample: PoseSample) => void) {
    this.#onSample = onSample;
    this.#clip = new MotionClip({ seed, mood: 'talking' });
    this.#pointer = new PointerDriver(seed);
    this.voice = new VoiceFace(seed);
    this.#timer = setInterval(() => this.#drive(), DRIVE_INTERVAL_MS);
    this.#listenToPointer();
  }

  /** The own pose at this moment, for the self view. */
  get pose(): RigPose {
    return this.#handover.shown;
  }

  /** The camera's video while it is on, for a small preview. */
  get video(): HTMLVideoElement | undefined {
    return this.#open?.video;
  }

  get smoothing(): number {
    return this.#refiner.smoothing;
  }

  set smoothing(amount: number) {
    this.#refiner.smoothing = amount;
  }

  /** The rig of the own avatar; needed where the tracker gives landmarks only. */
  useRig(rig: Rig): void {
    if (this.#rig !== rig) this.#expression = undefined;
    this.#rig = rig;
  }

  /** Drives without a camera. */
  driveBy(mode: 'pointer' | 'clip'): void {
    this.#stopCamera();
    batch(() => {
      this.mode.value = mode;
      this.camera.value = { state: 'off' };
    });
  }

  /** Turns the camera on; when it cannot be had, drives by `fallback` and says why in `camera`. */
  async startCamera(fallback: 'pointer' | 'clip'): Promise<void> {
    this.#stopCamera();
    const attempt = ++this.#wanted;
    const stale = (): boolean => attempt !== this.#wanted;
    this.mode.value = 'camera';
    this.camera.value = { state: 'starting', message: 'Starting camera' };
    try {
      const camera = await Camera.open({ width: 640, height: 480, onEnded: () => this.#fail(fallback, 'The camera was taken away.') });
      if (stale()) return camera.close();
      this.#open = camera;
      this.camera.value = { state: 'starting', message: 'Loading tracking' };
      const { FaceTracker } = await import('../tracking/faceTracker.ts');
      const tracker = await FaceTracker.start(camera.video, {
        onFace: (face, timestampMs) => this.#take(face, timestampMs),
        onFailed: (message) => this.#fail(fallback, message),
      });
      if (stale()) return tracker.close();
      this.#tracker = tracker;
      this.camera.value = { state: 'searching' };
    } catch (error) {
      if (stale()) return;
      this.#fail(fallback, error instanceof Error ? error.message : 'The camera could not be started.');
    }
  }

  /** Makes the face of the next half second the rest. Only with the camera on and a face in view. */
  calibrate(): void {
    if (this.camera.value.state !== 'tracking') return;
    this.calibrating.value = true;
    this.#expression?.takeRest();
    this.#refiner.calibrate(CALIBRATION_FRAMES, () => batch(() => {
      this.calibrating.value = false;
      this.calibrated.value = true;
    }));
  }

  close(): void {
    this.#stopCamera();
    clearInterval(this.#timer);
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  #take(face: TrackedFace | undefined, timestampMs: number): void {
    if (this.mode.value !== 'camera') return;
    if (!face) {
      if (timestampMs - this.#handover.lastSeenMs > FACE_LOST_MS && this.camera.value.state === 'tracking') {
        this.camera.value = { state: 'searching' };
        this.#refiner.reset();
      }
      return;
    }
    const measuredWeights = face.blendshapeWeights ?? this.#expressionOf(face);
    const refined = this.#refiner.refine(face, measuredWeights, timestampMs);
    if (!refined) return;
    const pose = this.#handover.see(refined, timestampMs, 1_000 / Math.max(1, this.trackingHz.peek()));
    if (this.camera.value.state !== 'tracking') this.camera.value = { state: 'tracking' };
    this.#countPicture(timestampMs);
    this.#onSample({ pose, captureMs: timestampMs, tracked: true, measuredWeights });
  }

  #expressionOf(face: TrackedFace): Float32Array {
    if (this.#expression && face.landmarks) return this.#expression.fit(face.landmarks, face.aspectRatio);
    const rig = this.#rig;
    if (rig && !this.#loadingExpression) {
      this.#loadingExpression = true;
      void import('../tracking/landmarkTracking.ts').then(({ expressionFromLandmarks }) => {
        this.#expression = expressionFromLandmarks(rig);
        this.#loadingExpression = false;
      });
    }
    return new Float32Array(BLENDSHAPE_COUNT);
  }

  /** The clock of everything but the camera, and of the camera's absence. */
  #drive(): void {
    // A voice's mouth is known a little later than it is heard: the whole face is taken at that moment.
    const timeMs = performance.now() - (this.speaksByVoice ? VOICE_FACE_LAG_MS : 0);
    const pose = this.#drivenPose(timeMs);
    if (!pose) return;
    this.#onSample({ pose, captureMs: timeMs, tracked: false, measuredWeights: undefined });
  }

  /** The face without a camera's; undefined while a camera sees one. */
  #drivenPose(timeMs: number): RigPose | undefined {
    const mode = this.mode.value;
    const byVoice = this.speaksByVoice;
    if (mode === 'pointer') {
      const pose = this.#pointer.sample(timeMs);
      return this.#handover.drive(byVoice ? { ...pose, blendshapeWeights: this.voice.speakWith(pose.blendshapeWeights, timeMs) } : pose);
    }
    if (mode === 'clip') return this.#handover.drive(byVoice ? this.voice.sample(timeMs) : this.#clip.sample(timeMs));
    return byVoice
      ? this.#handover.miss(() => this.voice.sample(timeMs), timeMs, { patienceMs: this.#voicePatienceMs, easeMs: VOICE_EASE_MS, wholly: true })
      : this.#handover.miss(() => this.#pointer.sample(timeMs), timeMs, { patienceMs: FACE_LOST_MS, easeMs: FACE_LOST_EASE_MS, wholly: false });
  }

  /** A slow tracker's next picture is waited for: the voice must not take turns with it. */
  get #voicePatienceMs(): number {
    return Math.min(FACE_LOST_MS, Math.max(VOICE_TAKES_OVER_MS, 3_000 / Math.max(1, this.trackingHz.peek())));
  }

  #countPicture(timestampMs: number): void {
    this.#recentMs.push(timestampMs);
    while (this.#recentMs.length > 0 && timestampMs - this.#recentMs[0]! > 2000) this.#recentMs.shift();
    const hz = Math.round(this.#recentMs.length / 2);
    if (hz !== this.trackingHz.value) this.trackingHz.value = hz;
  }

  #fail(fallback: 'pointer' | 'clip', message: string): void {
    this.#stopCamera();
    batch(() => {
      this.mode.value = fallback;
      this.camera.value = { state: 'failed', message };
    });
  }

  #stopCamera(): void {
    this.#wanted++;
    this.#tracker?.close();
    this.#open?.close();
    this.#tracker = undefined;
    this.#open = undefined;
    this.#handover.forget();
    this.#recentMs = [];
    this.#refiner.reset();
    this.trackingHz.value = 0;
    this.calibrating.value = false;
  }

  #listenToPointer(): void {
    const listen = <K extends keyof WindowEventMap>(name: K, listener: (event: WindowEventMap[K]) => void): void => {
      globalThis.addEventListener(name, listener as EventListener, { passive: true });
      this.#cleanups.push(() => globalThis.removeEventListener(name, listener as EventListener));
    };
    listen('pointermove', (event) => {
      this.#pointer.pointAt((event.clientX / innerWidth) * 2 - 1, 1 - (event.clientY / innerHeight) * 2);
    });
    listen('pointerdown', (event) => {
      // Holding the button speaks on the stage; on a control it only presses it.
      if (!(event.target instanceof Element && event.target.closest('button, input, a, [role="dialog"]'))) this.#pointer.speak(true);
    });
    // The space bar does the same, unless it belongs to a control.
    const onStage = (target: EventTarget | null): boolean => target === document.body;
    listen('keydown', (event) => {
      if (event.key === ' ' && onStage(event.target)) this.#pointer.speak(true);
    });
    listen('keyup', (event) => {
      if (event.key === ' ') this.#pointer.speak(false);
    });
    listen('pointerup', () => this.#pointer.speak(false));
    listen('pointercancel', () => this.#pointer.speak(false));
  }
}
