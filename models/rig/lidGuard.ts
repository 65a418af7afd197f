import type { Field, SculptContext } from './sculptContext.ts';

/** Room kept between a lid's outside and the eyeball, metres: the lid has some thickness. */
const ROOM = 0.0006;
/** More room for shapes that add up with a blink. */
const SHARED_ROOM = 0.0009;
/** Vertices farther than this from the eyeball's surface are no lid, metres. */
const REACH = 0.007;
const WEIGHTS = [0.25, 0.5, 0.75, 1] as const;

/**
 * Bends a shape outwards where a lid would cut through an eyeball at any weight up to 1. A blendshape moves vertices
 * along straight lines, a lid slides over a sphere: half-way down the chord runs inside it, so the end has to stand off.
 * Changes `field` in place, at both eyes.
 */
export function guardLids(context: SculptContext, field: Field, sharesLids: boolean): void {
  const { rest, leftEye } = context;
  const room = sharesLids ? SHARED_ROOM : ROOM;
  const fieldAt = (i: number): number => field[i]!;
  for (let vertex = 0; vertex < context.template.body.vertexCount; vertex++) {
    const at = vertex * 3;
    if (field[at] === 0 && field[at + 1] === 0 && field[at + 2] === 0) continue;
    const side = rest[at]! >= 0 ? 1 : -1;
    const center = [side * leftEye.center[0], leftEye.center[1], leftEye.center[2]] as const;
    const restDistance = Math.hypot(rest[at]! - center[0], rest[at + 1]! - center[1], rest[at + 2]! - center[2]);
    // What lies inside at rest is the socket behind the lids and stays hidden there.
    if (restDistance < leftEye.radius - 0.0002 || restDistance > leftEye.radius + REACH || rest[at + 2]! < center[2]) continue;
    const least = Math.min(restDistance, leftEye.radius + room);
    for (let pass = 0; pass < 8; pass++) {
      let worst = 0, worstWeight = 1;
      for (const weight of WEIGHTS) {
        const deficit = least - Math.hypot(rest[at]! + weight * fieldAt(at) - center[0],
          rest[at + 1]! + weight * fieldAt(at + 1) - center[1], rest[at + 2]! + weight * fieldAt(at + 2) - center[2]);
        if (deficit / weight > worst / worstWeight) { worst = deficit; worstWeight = weight; }
      }
      if (worst < 1e-6) break;
      const offset = [0, 1, 2].map((axis) => rest[at + axis]! + worstWeight * fieldAt(at + axis) - center[axis]!);
      const length = Math.hypot(offset[0]!, offset[1]!, offset[2]!);
      for (let axis = 0; axis < 3; axis++) field[at + axis] = fieldAt(at + axis) + (worst / worstWeight) * (offset[axis]! / length);
    }
  }
}
