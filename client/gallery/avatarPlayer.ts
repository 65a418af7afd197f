import type { Rig } from '../../shared/rig/rig.ts';
import type { NeutralHead } from '../../shared/rig/skinning.ts';
import { neutralHead } from '../../shared/rig/skinning.ts';
import type { AvatarOrbitView } from '../render/stage/avatarOrbitView.ts';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';
import { hasHardwareGraphics } from '../tracking/graphicsProbe.ts';
import { sampleDrivingClip } from './drivingClip.ts';
import type { DrivingClipName, DrivingMoment } from './drivingClip.ts';
import { RigSketch } from './rigSketch.ts';

/** A clip's moment at which it stands still where nothing is to move, ms: the face shows something. */
const STILL_MS = 700;
/** How far a hand may carry the camera from its path, radians. */
const HAND_YAW_LIMIT = 0.9;
const HAND_PITCH_LIMIT = 0.3;
const HAND_RADIANS_PER_PIXEL = 0.006;
/** Time for the camera to glide back to its path after the hand lets go, seconds. */
const HAND_RETURN_SECONDS = 0.9;
const READOUT_INTERVAL_MS = 90;
/** Still pictures are drawn this long after a change: points arrive over a second. */
const SETTLE_MS = 1600;

export interface AvatarPlayerOptions {
  /** The canvas goes in here. */
  readonly frame: HTMLElement;
  readonly sketch: HTMLCanvasElement;
  readonly fullQuality: boolean;
  /** Called with every drawn moment's figures, a few times a second. */
  readonly onReadout: (moment: DrivingMoment) => void;
  /** Called every drawn frame. */
  readonly onCamera: (yawRadians: number, pitchRadians: number) => void;
}

/** Plays a driving clip on an avatar, live, and on the sketch beside it. Rests while neither can be seen. */
export class AvatarPlayer {
  readonly #options: AvatarPlayerOptions;
  readonly #view: AvatarOrbitView | undefined;
  readonly #visibility: IntersectionObserver;
  readonly #cleanups: (() => void)[] = [];
  #sketch: RigSketch | undefined;
  #film: HTMLVideoElement | undefined;
  #clip: DrivingClipName = 'talking';
  #visible = true;
  #playing = true;
  /** When something last changed: drawing goes on a little after, while points still arrive. */
  #changedMs = 0;
  #frame = 0;
  #timeMs = STILL_MS;
  #lastMs = 0;
  #readoutMs = 0;
  #hand = { yaw: 0, pitch: 0, held: false };

  private constructor(options: AvatarPlayerOptions, view: AvatarOrbitView | undefined) {
    this.#options = options;
    this.#view = view;
    this.#visibility = new IntersectionObserver((entries) => { this.#visible = entries.at(-1)?.isIntersecting ?? true; });
    this.#visibility.observe(options.frame);
    if (view) this.#listenToHand(options.frame);
    const resized = new ResizeObserver(() => this.#touch());
    resized.observe(options.sketch);
    this.#cleanups.push(() => resized.disconnect());
    this.#frame = requestAnimationFrame(this.#draw);
  }

  /** Live where the browser draws WebGL 2, else with recorded films (`canDrawLive` tells). */
  static async open(options: AvatarPlayerOptions): Promise<AvatarPlayer> {
    // The drawing code, three.js and all, is fetched on first use.
    const { AvatarOrbitView } = await import('../render/stage/avatarOrbitView.ts');
    const player: { made?: AvatarPlayer } = {};
    let view: AvatarOrbitView | undefined;
    try {
      view = new AvatarOrbitView(options.frame, { software: !hasHardwareGraphics(), onResize: () => { if (player.made) player.made.#touch(); } });
      view.fullQuality = options.fullQuality;
    } catch {
      // No WebGL 2: films, then.
    }
    return (player.made = new AvatarPlayer(options, view));
  }

  get canDrawLive(): boolean {
    return this.#view !== undefined;
  }

  get playing(): boolean {
    return this.#playing;
  }

  set playing(playing: boolean) {
    this.#playing = playing;
    if (this.#film) void (playing ? this.#film.play().catch(() => undefined) : this.#film.pause());
  }

  /** Takes whoever is shown off the stage; the sketch stays as it was. */
  clear(): void {
    this.#view?.setAvatar(undefined);
    this.#film = undefined;
    this.#touch();
  }

  /** Shows somebody live, from the clip's beginning. */
  show(loaded: LoadedAvatar, clip: DrivingClipName): void {
    this.#view?.setAvatar(loaded);
    this.#begin(clip, loaded.rig, this.#view?.neutral ?? neutralHead(loaded.rig, loaded.splats.header.identityCoefficients));
  }

  /** Follows a film of somebody, so that the sketch shows what moves them. */
  follow(film: HTMLVideoElement, clip: DrivingClipName, rig: Rig): void {
    this.#film = film;
    this.#begin(clip, rig, neutralHead(rig, []));
    this.playing = this.#playing;
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#visibility.disconnect();
    for (const cleanup of this.#cleanups) cleanup();
    this.#view?.dispose();
  }

  #begin(clip: DrivingClipName, rig: Rig, neutral: NeutralHead): void {
    this.#clip = clip;
    this.#sketch = new RigSketch(this.#options.sketch, rig, neutral);
    this.#timeMs = this.#playing ? 0 : STILL_MS;
    this.#hand = { yaw: 0, pitch: 0, held: false };
    this.#touch();
  }

  readonly #draw = (nowMs: number): void => {
    this.#frame = requestAnimationFrame(this.#draw);
    const elapsedMs = Math.min(100, Math.max(0, nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    if (!this.#visible) return;
    if (this.#playing) this.#timeMs += elapsedMs;
    if (this.#film) this.#timeMs = this.#film.currentTime * 1000;
    const returning = !this.#hand.held && (this.#hand.yaw !== 0 || this.#hand.pitch !== 0);
    if (returning) this.#release(elapsedMs / 1000);
    if (!this.#playing && !this.#hand.held && !returning && nowMs - this.#changedMs > SETTLE_MS) return;
    const clip = sampleDrivingClip(this.#clip, this.#timeMs);
    const moment: DrivingMoment = {
      ...clip, cameraYawRadians: clip.cameraYawRadians + this.#hand.yaw, cameraPitchRadians: clip.cameraPitchRadians + this.#hand.pitch,
    };
    this.#view?.draw(moment, nowMs);
    this.#sketch?.draw(moment);
    this.#options.onCamera(moment.cameraYawRadians, moment.cameraPitchRadians);
    if (nowMs - this.#readoutMs > READOUT_INTERVAL_MS) {
      this.#readoutMs = nowMs;
      this.#options.onReadout(moment);
    }
  };

  #touch(): void {
    this.#changedMs = performance.now();
  }

  #release(seconds: number): void {
    const left = Math.exp(-seconds * 3 / HAND_RETURN_SECONDS);
    const settle = (value: number): number => (Math.abs(value) < 0.002 ? 0 : value * left);
    this.#hand = { yaw: settle(this.#hand.yaw), pitch: settle(this.#hand.pitch), held: false };
  }

  /** A mouse that drags carries the camera about the head; fingers swipe from person to person instead. */
  #listenToHand(frame: HTMLElement): void {
    const limit = (value: number, most: number): number => Math.min(most, Math.max(-most, value));
    const onDown = (event: PointerEvent): void => {
      if (event.pointerType === 'touch' || event.button !== 0 || (event.target instanceof Element && event.target.closest('button'))) return;
      this.#hand.held = true;
      frame.setPointerCapture(event.pointerId);
    };
    const onMove = (event: PointerEvent): void => {
      if (!this.#hand.held) return;
      this.#hand.yaw = limit(this.#hand.yaw - event.movementX * HAND_RADIANS_PER_PIXEL, HAND_YAW_LIMIT);
      this.#hand.pitch = limit(this.#hand.pitch + event.movementY * HAND_RADIANS_PER_PIXEL, HAND_PITCH_LIMIT);
    };
    const onUp = (): void => { this.#hand.held = false; };
    frame.addEventListener('pointerdown', onDown);
    frame.addEventListener('pointermove', onMove);
    frame.addEventListener('pointerup', onUp);
    frame.addEventListener('pointercancel', onUp);
    this.#cleanups.push(() => {
      frame.removeEventListener('pointerdown', onDown);
      frame.removeEventListener('pointermove', onMove);
      frame.removeEventListener('pointerup', onUp);
      frame.removeEventListener('pointercancel', onUp);
    });
  }
}
