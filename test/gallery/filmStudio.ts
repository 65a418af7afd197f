import sharp from 'sharp';
import { DRIVING_CLIP_MS, sampleDrivingClip } from '../../client/gallery/drivingClip.ts';
import type { DrivingClipName } from '../../client/gallery/drivingClip.ts';
import { AvatarRenderer } from '../../client/render/headless/avatarRenderer.ts';
import { orbitCamera } from '../../client/render/headless/orbitCamera.ts';
import { BUST_FADE } from '../../client/render/stage/bustFade.ts';
import { bustFraming, headFraming } from '../../client/render/stage/bustFraming.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';

/** Frames a second; the loop holds a whole number of them. */
export const FILM_HZ = 20;
export const FILM_FRAMES = (DRIVING_CLIP_MS / 1000) * FILM_HZ;

/** Behind recorded avatars, as the page's own style sheet has it behind live ones: sRGB, middle and rim. */
const BACKDROP = { middle: [0x2b, 0x2f, 0x38], rim: [0x15, 0x18, 0x1d], centre: [0.5, 0.4], reach: 0.72 } as const;

/** Pictures without alpha, rows from the top, 4 bytes a pixel. */
export interface FilmFrame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Plays driving clips on avatars without a window and takes the frames. */
export class FilmStudio {
  readonly #renderer: AvatarRenderer;
  readonly #backdrops = new Map<string, Uint8Array>();

  constructor(rig: Rig) {
    this.#renderer = new AvatarRenderer(rig);
    this.#renderer.setFade(...BUST_FADE);
  }

  /** All frames of one clip on one avatar, in order. `framing`: head and shoulders, or the head alone. */
  *film(splats: BoundSplats, clip: DrivingClipName, size: { width: number; height: number }, framing: 'bust' | 'head'): Generator<FilmFrame> {
    const { width, height } = size;
    const frame = framing === 'bust' ? bustFraming(width / height) : headFraming(width / height);
    this.#renderer.setSplats(splats);
    for (let index = 0; index < FILM_FRAMES; index++) {
      const { pose, cameraYawRadians, cameraPitchRadians } = sampleDrivingClip(clip, (index * 1000) / FILM_HZ);
      const camera = orbitCamera({ width, height, ...frame, yawRadians: cameraYawRadians, pitchRadians: cameraPitchRadians });
      const { data } = this.#renderer.render({ pose, camera });
      yield { width, height, data: this.#overBackdrop(data, width, height) };
    }
  }

  dispose(): void {
    this.#renderer.dispose();
  }

  /** Lays premultiplied pixels over the backdrop, in place. */
  #overBackdrop(data: Uint8Array, width: number, height: number): Uint8Array {
    const key = `${width}x${height}`;
    let backdrop = this.#backdrops.get(key);
    if (!backdrop) this.#backdrops.set(key, backdrop = paintBackdrop(width, height));
    for (let at = 0; at < data.length; at += 4) {
      const through = 1 - data[at + 3]! / 255;
      for (let k = 0; k < 3; k++) data[at + k] = Math.min(255, Math.round(data[at + k]! + through * backdrop[at + k]!));
      data[at + 3] = 255;
    }
    return data;
  }
}

/** CSS: `radial-gradient(circle at 50% 40%, middle, rim 72%)`, its radius that of the farthest corner. */
function paintBackdrop(width: number, height: number): Uint8Array {
  const { middle, rim, centre, reach } = BACKDROP;
  const [cx, cy] = [centre[0] * width, centre[1] * height];
  const radius = reach * Math.hypot(Math.max(cx, width - cx), Math.max(cy, height - cy));
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const t = Math.min(1, Math.hypot(x + 0.5 - cx, y + 0.5 - cy) / radius);
      for (let k = 0; k < 3; k++) data[(y * width + x) * 4 + k] = Math.round(middle[k]! + (rim[k]! - middle[k]!) * t);
    }
  }
  return data;
}

/** Pictures of one height side by side. */
export function sideBySide(frames: readonly FilmFrame[]): FilmFrame {
  const { height } = frames[0]!;
  const width = frames.reduce((sum, frame) => sum + frame.width, 0);
  const data = new Uint8Array(width * height * 4);
  let left = 0;
  for (const frame of frames) {
    for (let y = 0; y < height; y++) data.set(frame.data.subarray(y * frame.width * 4, (y + 1) * frame.width * 4), (y * width + left) * 4);
    left += frame.width;
  }
  return { width, height, data };
}

export function encodePoster({ width, height, data }: FilmFrame): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha().webp({ quality: 82 }).toBuffer();
}
