// Vite gives the address of the built worklet as the default export.
// oxlint-disable-next-line import/default
import workletUrl from './voiceAnalysis.worklet.ts?worker&url';
import { ContextClock } from './contextClock.ts';
import type { VoiceReading } from './voiceReading.ts';

/** A reading on the page's clock. */
export interface TimedVoiceReading extends VoiceReading {
  /** When the microphone heard it, on the clock of `performance.now()`. */
  readonly capturedAtMs: number;
}

/** Contexts whose scope knows the processor already. */
const ready = new WeakMap<BaseAudioContext, Promise<void>>();

/** Has the microphone's sound analysed on the audio thread. */
export class VoiceAnalyser {
  readonly #source: MediaStreamAudioSourceNode;
  readonly #node: AudioWorkletNode;

  private constructor(source: MediaStreamAudioSourceNode, node: AudioWorkletNode) {
    this.#source = source;
    this.#node = node;
  }

  /**
   * @param deviceDelayMs from a sound to its arrival in the page
   * @throws Error where the browser has no audio worklets (insecure origins, old browsers).
   */
  static async attach(context: AudioContext, stream: MediaStream, deviceDelayMs: number, onReading: (reading: TimedVoiceReading) => void): Promise<VoiceAnalyser> {
    let loading = ready.get(context);
    if (!loading) {
      loading = context.audioWorklet.addModule(workletUrl);
      ready.set(context, loading);
      loading.catch(() => ready.delete(context));
    }
    await loading;
    const source = context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(context, 'voice-analysis', { numberOfInputs: 1, numberOfOutputs: 0 });
    const clock = new ContextClock();
    node.port.addEventListener('message', ({ data }: MessageEvent<readonly VoiceReading[]>) => {
      const newest = data.at(-1);
      if (newest) clock.observe(newest.contextSeconds * 1000, performance.now());
      for (const reading of data) onReading({ ...reading, capturedAtMs: clock.performanceMs(reading.contextSeconds * 1000) - clock.postingMs - deviceDelayMs });
    });
    node.port.start();
    source.connect(node);
    return new VoiceAnalyser(source, node);
  }

  close(): void {
    this.#source.disconnect();
    this.#node.port.close();
  }
}
