import { AvatarRenderer } from '../../client/render/headless/avatarRenderer.ts';
import type { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import type { PixelImage } from '../../server/perception/analysedPortrait.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { NeutralHead } from '../../shared/rig/skinning.ts';
import { neutralHead, poseVertices } from '../../shared/rig/skinning.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';

/** Behind renders that models look at: mid-grey, so that gaps cost and nothing flatters. */
const BACKGROUND = 128;
/** Below this the landmark model itself says that it sees no face. */
const MIN_PRESENCE = 0.5;

/** One picture of the avatar on stage. */
export interface Shot {
  /** Premultiplied RGBA. */
  readonly picture: Uint8Array;
  /** 1 - transmittance, [height, width]. */
  readonly coverage: Float32Array;
  /** On mid-grey. */
  readonly image: PixelImage;
}

/** A shot with the face read off it; undefined where the landmark model found none. */
export interface ReadShot extends Shot {
  readonly landmarks: Float32Array | undefined;
}

/** Shows one avatar after another through the client's shaders, and looks at the pictures. */
export class AvatarStage {
  readonly #maker: AvatarMaker;
  readonly #renderer: AvatarRenderer;
  #neutral: NeutralHead | undefined;
  /** Pictures since `show` in which no face was found. */
  unread = 0;

  constructor(maker: AvatarMaker) {
    this.#maker = maker;
    this.#renderer = new AvatarRenderer(maker.rig);
  }

  /** @param drawnCount how many of the splats, counted from the first, are there yet. */
  show(splats: BoundSplats, drawnCount = Infinity): void {
    this.#renderer.setSplats(splats);
    this.#renderer.setSplatBudget(drawnCount);
    this.#neutral = neutralHead(this.#maker.rig, splats.header.identityCoefficients);
    this.unread = 0;
  }

  /** The rig's landmarks of the avatar shown, in a pose, metres, [478, 3]. */
  landmarks(pose: RigPose): Float32Array {
    if (this.#neutral === undefined) throw new Error('show comes first');
    return rigLandmarks(this.#maker.rig, this.#neutral, pose);
  }

  shoot(pose: RigPose, camera: PinholeCamera): Shot {
    const { data } = this.#renderer.render({ pose, camera });
    return {
      picture: data, coverage: Float32Array.from({ length: data.length / 4 }, (_, i) => data[i * 4 + 3]! / 255),
      image: overBackground(data, camera, [BACKGROUND, BACKGROUND, BACKGROUND]),
    };
  }

  /** Shoots, and reads the landmarks where the rig says that the face is, as a tracker does from frame to frame. */
  async read(pose: RigPose, camera: PinholeCamera): Promise<ReadShot> {
    const shot = this.shoot(pose, camera);
    return { ...shot, landmarks: await this.readImage(shot.image, projectPoints(this.landmarks(pose), camera)) };
  }

  async readImage(image: PixelImage, guess: Float32Array): Promise<Float32Array | undefined> {
    const { perception } = this.#maker;
    const first = await perception.refineLandmarks(image, guess);
    const { landmarks, presence } = await perception.refineLandmarks(image, first.landmarks);
    if (presence >= MIN_PRESENCE) return landmarks;
    this.unread++;
    return undefined;
  }

  dispose(): void {
    this.#renderer.dispose();
  }
}

/** The rig's landmarks in a pose, metres, [478, 3]. */
function rigLandmarks(rig: Rig, neutral: NeutralHead, pose: RigPose): Float32Array {
  const vertices = new Float32Array(rig.vertexCount * 3);
  poseVertices(rig, neutral, pose, vertices);
  const { faces, barycentrics } = rig.landmarks;
  const out = new Float32Array(faces.length * 3);
  for (let i = 0; i < faces.length; i++) {
    for (let corner = 0; corner < 3; corner++) {
      const vertex = rig.faces[faces[i]! * 3 + corner]!;
      for (let k = 0; k < 3; k++) out[i * 3 + k]! += barycentrics[i * 3 + corner]! * vertices[vertex * 3 + k]!;
    }
  }
  return out;
}

/** Pixels of rig-space points, z left 0, [count, 3]. */
export function projectPoints(points: Float32Array, camera: PinholeCamera): Float32Array {
  const out = new Float32Array(points.length);
  const [x, y, z, w] = camera.cameraFromRigRotation;
  const t = camera.cameraFromRigTranslation;
  for (let i = 0; i < out.length; i += 3) {
    const [px, py, pz] = [points[i]!, points[i + 1]!, points[i + 2]!];
    const ux = 2 * (y * pz - z * py);
    const uy = 2 * (z * px - x * pz);
    const uz = 2 * (x * py - y * px);
    const depth = -(pz + w * uz + x * uy - y * ux + t[2]);
    const scale = camera.focalPixels / depth;
    out[i] = camera.principalPoint[0] + scale * (px + w * ux + y * uz - z * uy + t[0]);
    out[i + 1] = camera.principalPoint[1] - scale * (py + w * uy + z * ux - x * uz + t[1]);
  }
  return out;
}

/** Premultiplied RGBA over one colour. */
export function overBackground(
  rgba: Uint8Array, { width, height }: { width: number; height: number }, background: readonly [number, number, number],
): PixelImage {
  const data = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0; i < rgba.length / 4; i++) {
    const through = 1 - rgba[i * 4 + 3]! / 255;
    for (let k = 0; k < 3; k++) data[i * 3 + k] = Math.min(255, Math.round(rgba[i * 4 + k]! + through * background[k]!));
  }
  return { width, height, data };
}
