import { IDENTITY_STEP, MAX_IDENTITY_COEFFICIENTS, MAX_NAME_CHARACTERS, MAX_SPLATS } from '../splat/codec/avatarLayout.ts';
import type { AvatarHeader } from '../splat/boundSplats.ts';
import type { SplatBinding } from './restSplats.ts';
import { SplatFileError, type SplatFileFormat } from './splatFileError.ts';

/** The rules every binding obeys, whichever file it came with (PROTOCOL.md, EXCH). */

/** Degree-0 spherical harmonic: 3D Gaussian splatting stores colours as (colour - 0.5) / SH_C0. */
export const SH_C0 = 0.28209479177387814;

/** @throws SplatFileError where there are none, or more than an avatar may have. */
export function checkSplatCount(format: SplatFileFormat, count: number): void {
  if (!(Number.isInteger(count) && count >= 1 && count <= MAX_SPLATS)) throw SplatFileError.badField(format, 'splats', `1 to ${MAX_SPLATS}`, count);
}

/** Makes a header of what a file says, each field checked. @throws SplatFileError */
export function bindingHeader(
  format: SplatFileFormat, rigId: string, rigHash: string, generator: string, identitySteps: ArrayLike<number>,
): AvatarHeader {
  for (const [field, text] of [['rig id', rigId], ['generator', generator]] as const) {
    if (text.length > MAX_NAME_CHARACTERS || !/^[\x20-\x7e]*$/.test(text)) {
      throw SplatFileError.badField(format, field, `at most ${MAX_NAME_CHARACTERS} printable ASCII characters`, `${text.length} characters`);
    }
  }
  if (!/^[0-9a-f]{64}$/.test(rigHash)) throw SplatFileError.badField(format, 'rig hash', '64 lower-case hexadecimal digits', `${rigHash.length} characters`);
  if (identitySteps.length > MAX_IDENTITY_COEFFICIENTS) {
    throw SplatFileError.badField(format, 'identity coefficients', `at most ${MAX_IDENTITY_COEFFICIENTS}`, identitySteps.length);
  }
  const identityCoefficients = Float32Array.from(identitySteps, (step) => {
    if (!(Number.isInteger(step) && Math.abs(step) <= 32_768)) throw SplatFileError.badField(format, 'identity coefficient', 'a 16-bit integer', step);
    return step * IDENTITY_STEP;
  });
  return { rigId, rigHash, generator, identityCoefficients };
}

/** Identity coefficients as a file stores them: 16-bit integers, `IDENTITY_STEP` each. */
export function identitySteps({ identityCoefficients }: AvatarHeader): Int16Array {
  return Int16Array.from(identityCoefficients, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value / IDENTITY_STEP))));
}

/** The rig a head must be bound to. */
export interface BindingRig {
  readonly hash: string;
  readonly faceCount: number;
  readonly identity: { readonly componentCount: number };
}

/** @throws SplatFileError where the binding is not one to this rig, or reaches outside it. */
export function checkBinding(format: SplatFileFormat, { header, bindings, barycentrics }: SplatBinding, rig: BindingRig): void {
  if (header.rigHash !== rig.hash) throw SplatFileError.badField(format, 'rig hash', rig.hash, header.rigHash);
  const coefficients = header.identityCoefficients.length;
  if (coefficients > rig.identity.componentCount) {
    throw SplatFileError.badField(format, 'identity coefficients', `at most ${rig.identity.componentCount}`, coefficients);
  }
  for (let s = 0; s < bindings.length; s++) {
    if (bindings[s] >= rig.faceCount) throw SplatFileError.badField(format, `binding of splat ${s}`, `a face below ${rig.faceCount}`, bindings[s]);
    const u = barycentrics[s * 2], v = barycentrics[s * 2 + 1];
    // Written so that NaN fails too; the slack is what formats round by.
    if (!(u >= -1e-4 && v >= -1e-4 && u + v <= 1.0001)) throw SplatFileError.badField(format, `barycentric of splat ${s}`, 'u, v >= 0, u + v <= 1', `(${u}, ${v})`);
  }
}
