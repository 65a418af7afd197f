import { type DataTexture, DataTexture as ThreeDataTexture, FloatType, NearestFilter, RedIntegerFormat, RGBAFormat, RGBAIntegerFormat, UnsignedIntType } from 'three';

/** Every data texture is this many texels wide; item i lies at (i mod width, i div width). A power of two: shaders use shifts. */
export const TEXTURE_WIDTH = 1024;

export const textureHeight = (texels: number): number => Math.max(1, Math.ceil(texels / TEXTURE_WIDTH));

/** A texture of floats, four a texel. `values` may be shorter than the texture; it is copied. */
export function floatTexture(values: Float32Array, texels = values.length / 4): DataTexture {
  const height = textureHeight(texels);
  const data = new Float32Array(TEXTURE_WIDTH * height * 4);
  data.set(values.subarray(0, data.length));
  return finish(new ThreeDataTexture(data, TEXTURE_WIDTH, height, RGBAFormat, FloatType));
}

/** A texture of unsigned 32-bit integers, one or four a texel, zeroed. */
export function integerTexture(texels: number, channels: 1 | 4): DataTexture {
  const height = textureHeight(texels);
  const format = channels === 1 ? RedIntegerFormat : RGBAIntegerFormat;
  const texture = new ThreeDataTexture(new Uint32Array(TEXTURE_WIDTH * height * channels), TEXTURE_WIDTH, height, format, UnsignedIntType);
  texture.internalFormat = channels === 1 ? 'R32UI' : 'RGBA32UI';
  return finish(texture);
}

function finish(texture: DataTexture): DataTexture {
  texture.minFilter = NearestFilter;
  texture.magFilter = NearestFilter;
  texture.generateMipmaps = false;
  texture.unpackAlignment = 4;
  texture.needsUpdate = true;
  return texture;
}

/** GLSL: where item i of a data texture lies. */
export const TEXEL_GLSL = /* glsl */ `
ivec2 texel(int i) { return ivec2(i & ${TEXTURE_WIDTH - 1}, i >> ${Math.log2(TEXTURE_WIDTH)}); }
`;
