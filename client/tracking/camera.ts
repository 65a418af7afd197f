/** Why there is no camera, in words for the person in front of it. */
export class CameraError extends Error {
  readonly reason: 'denied' | 'absent' | 'busy' | 'unsupported';

  constructor(reason: CameraError['reason']) {
    super(CAMERA_SENTENCES[reason]);
    this.name = 'CameraError';
    this.reason = reason;
  }
}

const CAMERA_SENTENCES: Readonly<Record<CameraError['reason'], string>> = {
  denied: 'The camera is blocked. Allow it in the address bar to bring your own face.',
  absent: 'No camera was found.',
  busy: 'The camera is in use by another program.',
  unsupported: 'This page cannot use a camera: browsers allow it over https or on localhost only.',
};

/** A camera that plays into a video element. Nothing of it leaves the page. */
export class Camera {
  readonly video: HTMLVideoElement;
  readonly #stream: MediaStream;

  private constructor(stream: MediaStream, video: HTMLVideoElement) {
    this.#stream = stream;
    this.video = video;
  }

  /** Asks for the camera. `onEnded` fires when it is unplugged or taken away. @throws CameraError */
  static async open(options: { width: number; height: number; onEnded?: () => void }): Promise<Camera> {
    if (!('mediaDevices' in navigator)) throw new CameraError('unsupported');
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: 'user', width: { ideal: options.width }, height: { ideal: options.height }, frameRate: { ideal: 30, max: 30 } },
      });
    } catch (error) {
      throw new CameraError(reasonOf(error));
    }
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    stream.getVideoTracks()[0]?.addEventListener('ended', () => options.onEnded?.());
    try {
      await video.play();
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw new CameraError(reasonOf(error));
    }
    return new Camera(stream, video);
  }

  /** The current picture as a JPEG, unmirrored. */
  takePhoto(): Promise<Blob> {
    const canvas = document.createElement('canvas');
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext('2d')?.drawImage(this.video, 0, 0);
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new CameraError('busy'))), 'image/jpeg', 0.93);
    });
  }

  close(): void {
    for (const track of this.#stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }
}

function reasonOf(error: unknown): CameraError['reason'] {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'absent';
  return 'busy';
}
