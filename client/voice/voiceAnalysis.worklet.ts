import { SpeechAnalyser } from './speechAnalyser.ts';
import { VisemeEstimator } from './visemeEstimator.ts';
import type { VoiceReading } from './voiceReading.ts';

// What an audio worklet's scope has and TypeScript's DOM library has not.
declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Readings posted together: fifty messages a second instead of a hundred. */
const READINGS_A_MESSAGE = 2;

/** Listens to the microphone on the audio thread: posts the mouth that goes with the voice. Gives out no sound. */
class VoiceAnalysis extends AudioWorkletProcessor {
  readonly #analyser = new SpeechAnalyser(sampleRate);
  readonly #visemes = new VisemeEstimator();
  #samples = 0;
  #waiting: VoiceReading[] = [];

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const channel = inputs[0]?.[0];
    if (!channel) return true;
    this.#samples += channel.length;
    for (const features of this.#analyser.push(channel)) {
      const agoSeconds = (this.#samples - features.samplePosition) / sampleRate;
      // The block's first sample belongs to currentTime, its last one is a block later.
      const contextSeconds = currentTime + channel.length / sampleRate - agoSeconds;
      this.#waiting.push({ contextSeconds, levelDb: features.levelDb, ...this.#visemes.estimate(features) });
    }
    if (this.#waiting.length >= READINGS_A_MESSAGE) {
      this.port.postMessage(this.#waiting);
      this.#waiting = [];
    }
    return true;
  }
}

registerProcessor('voice-analysis', VoiceAnalysis);
