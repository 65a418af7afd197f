/** Why there is no microphone, in words for the person in front of it. */
export class MicrophoneError extends Error {
  readonly reason: 'denied' | 'absent' | 'busy' | 'unsupported';

  constructor(reason: MicrophoneError['reason']) {
    super(MICROPHONE_SENTENCES[reason]);
    this.name = 'MicrophoneError';
    this.reason = reason;
  }
}

const MICROPHONE_SENTENCES: Readonly<Record<MicrophoneError['reason'], string>> = {
  denied: 'The microphone is blocked. Allow it in the address bar, then press again.',
  absent: 'No microphone was found. Plug one in, then press again.',
  busy: 'The microphone is in use by another program.',
  unsupported: 'This page cannot use a microphone: browsers allow it over https or on localhost only.',
};

/** What capture takes where the browser does not say, ms. */
const USUAL_DELAY_MS = 10;

/** The microphone, with the browser's echo cancellation, noise suppression and gain control. */
export class Microphone {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;

  private constructor(stream: MediaStream, track: MediaStreamTrack) {
    this.stream = stream;
    this.track = track;
  }

  /** Asks for it. `onEnded` fires when it is unplugged or taken away. @throws MicrophoneError */
  static async open(onEnded: () => void): Promise<Microphone> {
    if (!('mediaDevices' in navigator)) throw new MicrophoneError('unsupported');
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: false,
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 } },
      });
    } catch (error) {
      throw new MicrophoneError(reasonOf(error));
    }
    const [track] = stream.getAudioTracks();
    if (!track) throw new MicrophoneError('absent');
    track.addEventListener('ended', onEnded);
    return new Microphone(stream, track);
  }

  /** From a sound to its samples in the page, ms, as far as the browser tells. */
  get delayMs(): number {
    const { latency } = this.track.getSettings() as { latency?: number };
    return latency !== undefined && latency > 0 && latency < 0.5 ? latency * 1000 : USUAL_DELAY_MS;
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }
}

function reasonOf(error: unknown): MicrophoneError['reason'] {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'absent';
  return 'busy';
}
