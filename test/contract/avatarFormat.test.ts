import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { AvatarDecoder, decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { encodeAvatar } from '../../shared/splat/codec/avatarEncoder.ts';
import { AvatarFormatError } from '../../shared/splat/codec/avatarFormatError.ts';
import { chunkStride, latticeBarycentrics, latticeIndex } from '../../shared/splat/codec/avatarLayout.ts';
import { FaceFrames } from '../../shared/splat/splatFrame.ts';
import { splatBounds } from '../../shared/splat/splatBounds.ts';
import { splatCenters, splatCovariances } from '../../shared/splat/covariance.ts';
import { HAND_MADE_RIG, type HandMadeAvatar, handMadeAvatar, joinAvatar, sealAvatar } from '../support/avatarBytes.ts';
import { syntheticRig } from '../support/syntheticRig.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

function refusal(bend: (avatar: HandMadeAvatar, view: DataView) => void, rig = HAND_MADE_RIG): AvatarFormatError {
  const avatar = handMadeAvatar();
  bend(avatar, new DataView(avatar.header.buffer));
  sealAvatar(avatar);
  try {
    decodeAvatar(joinAvatar(avatar), rig);
  } catch (error) {
    expect(error).toBeInstanceOf(AvatarFormatError);
    return error as AvatarFormatError;
  }
  throw new Error('was not refused');
}

describe('PROTOCOL.md chapter SPLAT, golden bytes', () => {
  const splats = decodeAvatar(joinAvatar(handMadeAvatar()), HAND_MADE_RIG);

  it('SPLAT6 header fields', () => {
    expect(splats.count).toBe(3);
    expect(splats.header).toEqual({
      rigId: 'head', rigHash: HAND_MADE_RIG.hash, generator: 'template', identityCoefficients: Float32Array.of(1, -1.5),
    });
  });

  it('SPLAT14, SPLAT15, SPLAT21 bindings and barycentrics', () => {
    expect([...splats.bindings]).toEqual([2, 258, 258]);
    expect([...splats.barycentrics]).toEqual([0, 0.5, 0.5, 0.5, 0, 0]);
  });

  it('SPLAT16, SPLAT17 predicted columns, across chunks too', () => {
    expect([...splats.offsets]).toEqual([0, 0, -0.25 + 160 / 512, 0, 0, -0.25 + 159 / 512, 0, 0, -0.25 + 299 / 512]);
    expect([...splats.opacities]).toEqual([1, 1, 1]);
  });

  it('SPLAT18 scales as differences', () => {
    const [first, third] = [-8 + 33 / 16, -8 + ((33 + 58) % 64) / 16];
    for (let s = 0; s < 3; s++) expect([...splats.logScales.subarray(s * 3, s * 3 + 3)]).toEqual([first, first, third]);
  });

  it('SPLAT19 rotations', () => {
    expect([...splats.rotations.subarray(0, 8)]).toEqual([0, 0, 0, 1, 0, 0, 0, 1]);
    expect([...splats.rotations.subarray(8)]).toEqual([0.0625, 0, 0, Math.fround(Math.sqrt(1 - 0.0625 ** 2))]);
  });

  it('SPLAT20 colours', () => {
    expect([...splats.colors.subarray(0, 3)]).toEqual([0.5, 0.5, 0.5]);
    // Luma 66/128, green -4/64.
    expect([...splats.colors.subarray(3, 6)]).toEqual([66 / 128 + 2 / 64, 66 / 128 - 2 / 64, 66 / 128 + 2 / 64]);
    expect([...splats.colors.subarray(6)]).toEqual([...splats.colors.subarray(3, 6)]);
  });

  it('SPLAT5 the encoder writes these bytes', () => {
    const rig = syntheticRig({ rings: 4, segments: 6 });
    const bytes = encodeAvatar(syntheticSplats(rig, { count: 5 }), { rigFaceCount: rig.faceCount, neutralBounds: [-1, -1, -1, 1, 1, 1] });
    expect(Buffer.from(bytes).toString('hex')).toMatchInlineSnapshot(`"5354504c0100cf0005000000300000000123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef1e03090801000000000080bf000080bf000080bf0000803f0000803f0000803f0000000017b7513900000000000017b75139000017b751ba17b7513912003e0aefc0ec51b83d1300caa105bfbc74933c3a000000743f0000803c0000b86d7b3e2549923b5a000000803e2549123c0000000000be2549123c1500000400f6001073796e74686574696374656d706c6174650500460000003b63ef21bfa6aef0020e0105081300000217d1d910660201010000010000000002030d0e0f06020c06030004021300000000020b020000000000000000000000022c21521d1c0000021400020a06"`);
  });
});

describe('PROTOCOL.md chapter SPLAT, refusals (SPLAT22)', () => {
  it.each<[string, RegExp, (avatar: HandMadeAvatar, view: DataView) => void]>([
    ['SPLAT6 magic', /magic/, ({ header }) => header.fill(0x2e, 0, 1)],
    ['SPLAT6 version', /version: expected 1, got 2/, (_, view) => view.setUint8(4, 2)],
    ['SPLAT6 flags', /flags/, (_, view) => view.setUint8(5, 1)],
    ['SPLAT6 too many splats', /splatCount: expected at most 200000, got 200001/, (_, view) => view.setUint32(8, 200_001, true)],
    ['SPLAT6 no rig faces', /rigFaceCount/, (_, view) => view.setUint32(12, 0, true)],
    ['SPLAT6 other number of faces', /another rig/, (_, view) => view.setUint32(12, 301, true)],
    ['SPLAT6 other rig', /another rig/, ({ header }) => header.fill(0xee, 16, 48)],
    ['SPLAT6 no barycentric divisions', /barycentricDivisions/, (_, view) => view.setUint8(48, 0)],
    ['SPLAT6 long names', /rigId: expected at most 32/, (_, view) => view.setUint8(50, 33)],
    ['SPLAT6 unprintable names', /generator: expected printable/, ({ header }) => header.fill(7, 180, 181)],
    ['SPLAT6 too many chunks', /chunkCount/, (_, view) => view.setUint16(52, 1025, true)],
    ['SPLAT6 reserved', /reserved/, (_, view) => view.setUint16(54, 1, true)],
    ['SPLAT6 bounds that are no numbers', /neutralBounds/, (_, view) => view.setFloat32(60, NaN, true)],
    ['SPLAT7 header length', /headerBytes/, (_, view) => view.setUint8(49, 1)],
    ['SPLAT7 header too short', /headerBytes/, (_, view) => view.setUint16(6, 20, true)],
    ['SPLAT8 levels', /logScale levels/, (_, view) => view.setUint16(88 + 30, 256, true)],
    ['SPLAT8 range', /offsetZ range/, (_, view) => view.setFloat32(80 + 20, 5, true)],
    ['SPLAT8 step that is no number', /luma range/, (_, view) => view.setFloat32(84 + 60, NaN, true)],
    ['SPLAT8 negative step', /opacity range/, (_, view) => view.setFloat32(84 + 50, -0.01, true)],
    ['SPLAT9 empty chunk', /chunk 1 splats/, (_, view) => view.setUint16(196, 0, true)],
    ['SPLAT9 chunk of too many', /chunk 0 splats/, (_, view) => view.setUint16(186, 16_385, true)],
    ['SPLAT9 chunk too long', /chunk 1 bytes/, (avatar) => { avatar.chunks[1] = new Uint8Array(1000); }],
    ['SPLAT9 sum of chunks', /sum of chunk splats: expected 4, got 3/, (_, view) => view.setUint32(8, 4, true)],
    ['SPLAT13 method', /method 3/, ({ chunks }) => chunks[0].fill(3, 0, 1)],
    ['SPLAT13 not deflate', /cannot be inflated|expected 2 bytes/, ({ chunks }) => chunks[0].fill(1, 0, 1)],
    ['SPLAT13 deflate of too many bytes', /expected 2 bytes, got 3/, (avatar) => {
      const bomb = deflateSync(new Uint8Array(10_000));
      avatar.chunks[0] = Uint8Array.of(1, bomb.length, 0, ...bomb);
    }],
    ['SPLAT13 bytes after the last plane', /1 bytes left/, (avatar) => { avatar.chunks[1] = Uint8Array.of(...avatar.chunks[1], 0); }],
    ['SPLAT13 chunk ends within a plane', /chunk ends within/, (avatar) => { avatar.chunks[1] = avatar.chunks[1].subarray(0, -1); }],
    ['SPLAT14 face', /face 303 of 300/, ({ chunks }) => chunks[0].fill(47, 1, 2)],
    ['SPLAT15 lattice', /value 6 of 6 levels/, ({ chunks }) => chunks[0].fill(6, 7, 8)],
    ['SPLAT16 residual', /scale0: value 99 of 64 levels/, ({ chunks }) => chunks[0].fill(99, 19, 20)],
  ])('%s', (_, message, bend) => {
    expect(refusal(bend).message).toMatch(message);
  });

  it('SPLAT22 error code', () => {
    const error = refusal((_, view) => view.setUint8(4, 9));
    expect(error).toMatchObject({ code: 'AVATAR_INVALID', retryable: false, details: { reason: 'badField' } });
  });

  it('SPLAT6 header checksum, SPLAT9 chunk checksum', () => {
    for (const at of [60, 260]) {
      const bytes = joinAvatar(handMadeAvatar());
      bytes[at] ^= 1;
      expect(() => decodeAvatar(bytes, HAND_MADE_RIG)).toThrow(/checksum/);
    }
  });

  it('SPLAT5 missing and extra bytes, wherever they are', () => {
    const bytes = joinAvatar(handMadeAvatar());
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeAvatar(bytes.subarray(0, length), HAND_MADE_RIG)).toThrow(AvatarFormatError);
    }
    expect(() => decodeAvatar(Uint8Array.of(...bytes, 0), HAND_MADE_RIG)).toThrow(/bytes after/);
  });

  it('SPLAT4 more identity coefficients than the rig has components', () => {
    expect(() => decodeAvatar(joinAvatar(handMadeAvatar()), { ...HAND_MADE_RIG, identityComponents: 1 })).toThrow(/identityCount/);
  });
});

describe('PROTOCOL.md chapter SPLAT, encoder and decoder', () => {
  const rig = syntheticRig();
  const expected = { faceCount: rig.faceCount, hash: rig.hash };
  const encode = (splats: ReturnType<typeof syntheticSplats>): Uint8Array =>
    encodeAvatar(splats, { rigFaceCount: rig.faceCount, neutralBounds: splatBounds(splats, new FaceFrames(rig, rig.positions)) });

  it.each([[false], [true]])('SPLAT1, SPLAT2 what is decoded lies where it lay, within half a step (wild: %s)', (wild) => {
    const splats = syntheticSplats(rig, { count: 2000, wild });
    const decoded = decodeAvatar(encode(splats), expected);
    const frames = new FaceFrames(rig, rig.positions);
    const describeSplats = (of: typeof splats): { key: string; center: number[]; covariance: number[]; color: number[] }[] => {
      const centers = new Float32Array(of.count * 3);
      const covariances = new Float32Array(of.count * 6);
      splatCenters(of, frames, centers);
      splatCovariances(of, frames, covariances);
      return Array.from({ length: of.count }, (_, s) => ({
        key: `${of.bindings[s]}`, center: [...centers.subarray(s * 3, s * 3 + 3)], covariance: [...covariances.subarray(s * 6, s * 6 + 6)],
        color: [...of.colors.subarray(s * 3, s * 3 + 3)],
      }));
    };
    const rest = describeSplats(decoded);
    for (const splat of describeSplats(splats)) {
      // The order inside a chunk is lost: find each splat's nearest on its face, in place and colour.
      const near = rest.filter(({ key }) => key === splat.key)
        .map((other) => ({
          other, distance: Math.hypot(...splat.center.map((value, k) => value - other.center[k])),
          difference: Math.hypot(...splat.color.map((value, k) => value - other.color[k])),
        }))
        .sort((a, b) => a.distance + a.difference - b.distance - b.difference)[0];
      expect(near.distance).toBeLessThan(0.001);
      const size = splat.covariance[0] + splat.covariance[3] + splat.covariance[5];
      splat.covariance.forEach((value, k) => expect(Math.abs(value - near.other.covariance[k]) / size).toBeLessThan(0.1));
      splat.color.forEach((value, k) => expect(Math.abs(value - near.other.color[k])).toBeLessThan(0.012));
    }
  });

  it('SPLAT10, SPLAT21 a decoder fed in pieces hands over the same splats, chunk by chunk', () => {
    const splats = syntheticSplats(rig, { count: 25_000 });
    const bytes = encode(splats);
    const whole = decodeAvatar(bytes, expected);
    const decoder = new AvatarDecoder(expected);
    const counts: number[] = [];
    for (let at = 0; at < bytes.length; at += 977) {
      if (decoder.push(bytes.subarray(at, at + 977))) counts.push(decoder.decodedCount);
    }
    const inPieces = decoder.finish();
    expect(inPieces.header).toEqual(whole.header);
    for (const column of ['bindings', 'barycentrics', 'offsets', 'logScales', 'rotations', 'opacities', 'colors'] as const) {
      expect(Buffer.compare(Buffer.from(inPieces[column].buffer), Buffer.from(whole[column].buffer))).toBe(0);
    }
    const [early, second] = counts;
    expect(counts).toEqual([3072, second, 20_480, 25_000]);
    expect(early).toBeLessThan(second);
    // A prefix of a chunk is spread over all its faces: a quarter of it has about a quarter of its lower half's faces.
    const chunk = whole.bindings.subarray(second, 20_480);
    const middle = rig.faceCount / 2;
    const lower = (part: Uint16Array): number => part.filter((face) => face < middle).length / part.length;
    expect(lower(chunk.subarray(0, 1000))).toBeCloseTo(lower(chunk), 1);
  });

  it('SPLAT9 the first two chunks fill the first 50 kB, however much a splat takes', () => {
    // Wild ones take the most, those of few colours and one orientation the least.
    const of = (wild: boolean): ReturnType<typeof syntheticSplats> => syntheticSplats(rig, { count: 25_000, wild });
    const plain = of(false);
    for (const splats of [of(true), plain, { ...plain, colors: plain.colors.map(() => 0.5) }]) {
      const decoder = new AvatarDecoder(expected);
      decoder.push(encode(splats));
      const { chunks, fileBytes } = decoder.header!;
      const bytesOf = (...indices: number[]): number => fileBytes - chunks.reduce((sum, { bytes }, index) => sum + (indices.includes(index) ? 0 : bytes), 0);
      expect(chunks).toHaveLength(4);
      expect(bytesOf(0, 1)).toBeLessThanOrEqual(50_000);
      const aSplat = chunks[1].bytes / chunks[1].splats;
      if (chunks[1].splats < 8192) expect(bytesOf(0, 1) + 1_000 * aSplat).toBeGreaterThan(50_000);
    }
  });

  it('SPLAT15 lattice indices follow the rows', () => {
    const points = latticeBarycentrics(5);
    for (let i = 0; i <= 5; i++) {
      for (let j = 0; i + j <= 5; j++) {
        const at = latticeIndex(i, j, 5) * 2;
        expect([...points.subarray(at, at + 2)]).toEqual([Math.fround(i / 5), Math.fround(j / 5)]);
      }
    }
  });

  it('SPLAT21 strides', () => {
    expect([1, 2, 3, 4, 100, 4096, 16_384].map(chunkStride)).toEqual([1, 1, 1, 3, 61, 2531, 10_125]);
  });

  it('SPLAT5 an avatar without splats is an avatar', () => {
    const empty = syntheticSplats(rig, { count: 0 });
    expect(decodeAvatar(encode(empty), expected).count).toBe(0);
  });

  it('the encoder refuses splats that are none', () => {
    const splats = syntheticSplats(rig, { count: 10 });
    splats.offsets[3] = NaN;
    expect(() => encode(splats)).toThrow(/offsets\[3\]/);
    const far = syntheticSplats(rig, { count: 10 });
    far.bindings[2] = rig.faceCount;
    expect(() => encode(far)).toThrow(/splat 2/);
  });
});
