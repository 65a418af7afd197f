import { signal } from '@preact/signals';
import { hearingPlace } from './hearingPlace.ts';
import type { SeatPosition } from './hearingPlace.ts';

/** A track's way through the audio graph before its panner, ms: the browser hands remote audio on in buffers of 10 ms. */
const GRAPH_MS = 10;
/** Places glide to a new seat within about this time, s. */
const GLIDE_SECONDS = 0.25;
const LEVEL_SAMPLES = 1_024;
const QUIET_DB = -55;
const LOUD_DB = -18;

interface Voice {
  readonly source: MediaStreamAudioSourceNode;
  readonly panner: PannerNode;
  readonly analyser: AnalyserNode;
  /** Chrome feeds a remote track into the graph only while an element plays it, if silently. */
  readonly element: HTMLAudioElement;
}

/** Plays everybody's voice from where their avatar sits. */
export class SpatialVoices {
  /** The browser allows no sound before the person has touched the page. */
  readonly blocked = signal(false);
  readonly #voices = new Map<string, Voice>();
  readonly #samples = new Float32Array(LEVEL_SAMPLES);
  readonly #unlock = (): void => { void this.resume(); };
  #context: AudioContext | undefined;

  /** Made when first needed; shared with the analysis of the own voice. */
  get context(): AudioContext {
    if (this.#context) return this.#context;
    const context = new AudioContext({ latencyHint: 'interactive' });
    this.#context = context;
    context.addEventListener('statechange', () => this.#noteState());
    // Any touch of the page will do.
    for (const name of ['pointerdown', 'keydown'] as const) addEventListener(name, this.#unlock, { passive: true });
    void this.resume();
    return context;
  }

  /** From leaving the jitter buffer to the loudspeaker, ms. */
  get outputDelayMs(): number {
    const context = this.#context;
    return context ? (context.outputLatency || context.baseLatency || 0) * 1000 + GRAPH_MS : 0;
  }

  add(participantId: string, track: MediaStreamTrack): void {
    this.remove(participantId);
    const { context } = this;
    const stream = new MediaStream([track]);
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    void element.play().catch(() => undefined);
    const source = context.createMediaStreamSource(stream);
    // Distances are a table's: nobody may become hard to hear for sitting in the second row.
    const panner = new PannerNode(context, { panningModel: 'HRTF', distanceModel: 'inverse', refDistance: 1, rolloffFactor: 0.35 });
    const analyser = new AnalyserNode(context, { fftSize: LEVEL_SAMPLES });
    source.connect(analyser).connect(panner).connect(context.destination);
    this.#voices.set(participantId, { source, panner, analyser, element });
    this.#noteState();
  }

  remove(participantId: string): void {
    const voice = this.#voices.get(participantId);
    if (!voice) return;
    this.#voices.delete(participantId);
    voice.source.disconnect();
    voice.analyser.disconnect();
    voice.panner.disconnect();
    voice.element.srcObject = null;
    this.#noteState();
  }

  /** Puts a voice to a seat of the stage. */
  place(participantId: string, seat: SeatPosition): void {
    const panner = this.#voices.get(participantId)?.panner;
    const context = this.#context;
    if (!panner || !context) return;
    const [x, y, z] = hearingPlace(seat);
    const glide = (parameter: AudioParam, value: number): void => { parameter.setTargetAtTime(value, context.currentTime, GLIDE_SECONDS / 3); };
    glide(panner.positionX, x);
    glide(panner.positionY, y);
    glide(panner.positionZ, z);
  }

  /** How loud a voice is at this moment, [0, 1]; 0 for one that is not there. */
  loudness(participantId: string): number {
    const analyser = this.#voices.get(participantId)?.analyser;
    if (!analyser) return 0;
    analyser.getFloatTimeDomainData(this.#samples);
    let energy = 1e-12;
    for (const sample of this.#samples) energy += sample * sample;
    return Math.min(1, Math.max(0, (10 * Math.log10(energy / LEVEL_SAMPLES) - QUIET_DB) / (LOUD_DB - QUIET_DB)));
  }

  /** Lets sound out, where the browser allows it by now. */
  async resume(): Promise<void> {
    if (this.#context?.state === 'suspended') await this.#context.resume().catch(() => undefined);
    for (const { element } of this.#voices.values()) if (element.paused) void element.play().catch(() => undefined);
    this.#noteState();
  }

  close(): void {
    for (const id of [...this.#voices.keys()]) this.remove(id);
    for (const name of ['pointerdown', 'keydown'] as const) removeEventListener(name, this.#unlock);
    void this.#context?.close().catch(() => undefined);
    this.#context = undefined;
    this.blocked.value = false;
  }

  #noteState(): void {
    this.blocked.value = this.#voices.size > 0 && this.#context?.state === 'suspended';
  }
}
