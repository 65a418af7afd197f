import { LandmarkExpression } from '../../shared/fit/landmarkExpression.ts';
import { buildLandmarkModel } from '../../shared/fit/landmarkModel.ts';
import type { Rig } from '../../shared/rig/rig.ts';

/** Reads expressions off landmarks by a rig; a chunk of its own, since the official model bundle never needs it. */
export function expressionFromLandmarks(rig: Rig): LandmarkExpression {
  return new LandmarkExpression(buildLandmarkModel(rig));
}
