import { ramp } from './faceMasks.ts';
import { alongRim, aroundEye, lidRims } from './lidRims.ts';
import { pushField } from './pushes.ts';
import type { Field, SculptContext } from './sculptContext.ts';

/** How far the lower lid comes up to meet the upper one, metres. */
const LOWER_LID_RISE = 0.0013;
/** The upper lid ends this far below the lower lash line, radians. */
const OVERLAP = 0.012;
/** MakeHuman's closed lid stands far off the eye; this share of it keeps clear of the eyeball on the way. */
const BULGE_SHARE = 0.5;

/**
 * A closed left eye: MakeHuman's closure, in angles around the eyeball, rescaled column by column so that the upper lash
 * line comes down just over the lower one.
 */
export function blinkLeft(context: SculptContext): Field {
  const closure = context.target('eye-left-closure');
  const lift = pushField(context, 'lowerLid', [0, LOWER_LID_RISE, 0.0002]);
  const { rest } = context;
  const { upper, lower } = lidRims(context);
  const closed = (vertex: number, field: Field): { azimuth: number; elevation: number; radius: number } =>
    aroundEye(context, rest[vertex * 3]! + field[vertex * 3]!, rest[vertex * 3 + 1]! + field[vertex * 3 + 1]!, rest[vertex * 3 + 2]! + field[vertex * 3 + 2]!);
  const lowerElevations = lower.map(({ vertex }) => closed(vertex, lift).elevation);
  const scales = upper.map(({ vertex, elevation }) => {
    const moved = closed(vertex, closure);
    const fall = moved.elevation - elevation;
    const wanted = alongRim(lower, lowerElevations, moved.azimuth) - OVERLAP - elevation;
    // In the corners the rims run together and there is next to nothing to scale.
    return fall > -0.05 ? 1 : Math.min(1.4, Math.max(0.6, wanted / fall));
  });
  const field: Field = lift.slice();
  for (let vertex = 0; vertex < context.template.body.vertexCount; vertex++) {
    const at = vertex * 3;
    if (closure[at] === 0 && closure[at + 1] === 0 && closure[at + 2] === 0) continue;
    const from = aroundEye(context, rest[at]!, rest[at + 1]!, rest[at + 2]!);
    const to = closed(vertex, closure);
    const scale = alongRim(upper, scales, from.azimuth);
    const elevation = from.elevation + scale * (to.elevation - from.elevation);
    const radius = from.radius + BULGE_SHARE * (to.radius - from.radius);
    // The lift is for the lower lid alone.
    const falling = ramp(from.elevation - to.elevation, 0.01, 0.08);
    const { center } = context.leftEye;
    const place = [center[0] + radius * Math.cos(elevation) * Math.sin(to.azimuth), center[1] + radius * Math.sin(elevation),
      center[2] + radius * Math.cos(elevation) * Math.cos(to.azimuth)];
    for (let axis = 0; axis < 3; axis++) field[at + axis] = (1 - falling) * lift[at + axis]! + (place[axis]! - rest[at + axis]!);
  }
  return field;
}
