import { neutralFrames } from '../../shared/formats/restSplats.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { AvatarFormatError } from '../../shared/splat/codec/avatarFormatError.ts';
import { splatBounds } from '../../shared/splat/splatBounds.ts';

/** Beyond what any head here needs, well inside what would fill other people's screens (PROTOCOL.md, HTTP16). */
const IDENTITY_LIMIT = 5;
const REACH_METERS = 1;
const WIDEST_METERS = 0.1;

/**
 * Reads an avatar file that somebody brings, whole, and checks that it is a head: the format allows more than a room should show.
 * @throws AvatarFormatError
 */
export function readBroughtAvatar(rig: Rig, bytes: Uint8Array): BoundSplats {
  const splats = decodeAvatar(bytes, { faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount });
  if (splats.count === 0) throw AvatarFormatError.badField('splatCount', 'at least 1', 0);
  if (splats.header.rigId !== rig.id) throw AvatarFormatError.badField('rigId', rig.id, splats.header.rigId);
  const { identityCoefficients } = splats.header;
  const stretched = identityCoefficients.find((coefficient) => Math.abs(coefficient) > IDENTITY_LIMIT);
  if (stretched !== undefined) {
    throw AvatarFormatError.badField('identity coefficient', `within ±${IDENTITY_LIMIT} standard deviations`, stretched);
  }
  const widest = Math.exp(splats.logScales.reduce((most, logScale) => Math.max(most, logScale), -Infinity));
  if (!(widest <= WIDEST_METERS)) throw AvatarFormatError.badField('scale', `at most ${WIDEST_METERS} m`, `${widest.toPrecision(3)} m`);
  const reach = Math.max(...splatBounds(splats, neutralFrames(rig, identityCoefficients)).map(Math.abs));
  if (!(reach <= REACH_METERS)) throw AvatarFormatError.badField('centre', `within ${REACH_METERS} m of the eyes`, `${reach.toPrecision(3)} m`);
  return splats;
}
