import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { AvatarDecoder, decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { encodeAvatar } from '../../../shared/splat/codec/avatarEncoder.ts';
import { AvatarFormatError } from '../../../shared/splat/codec/avatarFormatError.ts';
import { HAND_MADE_RIG, handMadeAvatar, joinAvatar, sealAvatar } from '../../support/avatarBytes.ts';
import { syntheticRig } from '../../support/syntheticRig.ts';
import { syntheticSplats } from '../../support/syntheticSplats.ts';

/** Decodes or refuses; anything else fails the test with the seed that did it. */
function mustDecodeOrRefuse(seed: number, bytes: Uint8Array, rig: { faceCount: number; hash: string }): boolean {
  try {
    const splats = decodeAvatar(bytes, rig);
    for (const column of [splats.offsets, splats.logScales, splats.rotations, splats.opacities, splats.colors, splats.barycentrics]) {
      if (!column.every(Number.isFinite)) throw new Error(`seed ${seed}: a value that is no number`);
    }
    if (splats.bindings.some((face) => face >= rig.faceCount)) throw new Error(`seed ${seed}: a face beyond the rig`);
    return true;
  } catch (error) {
    if (!(error instanceof AvatarFormatError)) throw new Error(`seed ${seed}`, { cause: error });
    return false;
  }
}

describe('avatar decoder under fuzz', () => {
  it('refuses random bytes behind a good magic', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new SeededRandom(seed);
      const bytes = Uint8Array.from({ length: random.integer(600) }, () => random.integer(256));
      bytes.set([0x53, 0x54, 0x50, 0x4c, 1, 0].slice(0, bytes.length));
      expect(mustDecodeOrRefuse(seed, bytes, HAND_MADE_RIG)).toBe(false);
    }
  });

  it('meets changed bytes behind good checksums', () => {
    let decoded = 0;
    for (let seed = 0; seed < 4000; seed++) {
      const random = new SeededRandom(seed);
      const avatar = handMadeAvatar();
      for (let change = 0; change <= random.integer(4); change++) {
        const part = [avatar.header, ...avatar.chunks][random.integer(3)];
        part[random.integer(part.length)] = random.integer(256);
      }
      sealAvatar(avatar);
      if (mustDecodeOrRefuse(seed, joinAvatar(avatar), HAND_MADE_RIG)) decoded++;
    }
    expect(decoded).toBeGreaterThan(100);
  });

  it('meets changed deflate streams of a real encoder behind good checksums', () => {
    const rig = syntheticRig();
    const file = encodeAvatar(syntheticSplats(rig, { count: 3000, wild: true }), { rigFaceCount: rig.faceCount, neutralBounds: [0, 0, 0, 0, 0, 0] });
    const headerBytes = new DataView(file.buffer).getUint16(6, true);
    for (let seed = 0; seed < 300; seed++) {
      const random = new SeededRandom(seed);
      const avatar = { header: file.slice(0, headerBytes), chunks: [file.slice(headerBytes)] };
      for (let change = 0; change <= random.integer(8); change++) avatar.chunks[0][random.integer(avatar.chunks[0].length)] = random.integer(256);
      sealAvatar(avatar);
      mustDecodeOrRefuse(seed, joinAvatar(avatar), rig);
    }
  });

  it('takes the bytes in any pieces', () => {
    const rig = syntheticRig();
    const file = encodeAvatar(syntheticSplats(rig, { count: 6000 }), { rigFaceCount: rig.faceCount, neutralBounds: [0, 0, 0, 0, 0, 0] });
    const whole = decodeAvatar(file, rig);
    for (let seed = 0; seed < 20; seed++) {
      const random = new SeededRandom(seed);
      const decoder = new AvatarDecoder(rig);
      for (let at = 0; at < file.length;) {
        const length = 1 + random.integer(random.integer(9) === 0 ? 20_000 : 50);
        decoder.push(file.subarray(at, at + length));
        at += length;
      }
      expect(Buffer.compare(Buffer.from(decoder.finish().colors.buffer), Buffer.from(whole.colors.buffer))).toBe(0);
    }
  });
});
