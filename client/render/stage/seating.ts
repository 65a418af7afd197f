/** Where one participant sits: rig space's origin (between the eyes) and the turn towards the viewer. */
export interface SeatPlace {
  /** Metres; the viewer looks down -z from the origin. */
  readonly position: readonly [number, number, number];
  /** About y, radians; 0 faces +z. */
  readonly yawRadians: number;
}

export interface SeatingPlan {
  readonly places: readonly SeatPlace[];
  /** Height of the camera above the eyes of the first row, and where it looks, metres. */
  readonly cameraHeight: number;
  readonly targetY: number;
  readonly targetZ: number;
  /** Vertical field of view, degrees. */
  readonly fieldOfViewDegrees: number;
}

/** Room a head and its shoulders take, metres. */
const SEAT_WIDTH = 0.5;
/** From a row to the one behind it, and how much higher that sits. */
const ROW_DEPTH = 0.42;
const ROW_RISE = 0.3;
/** Eyes to the top of the frame, and to its bottom, around a single row. */
const HEADROOM = 0.27;
const CHEST = 0.34;
const FIELD_OF_VIEW_DEGREES = 26;

/**
 * Seats people on arcs around the viewer, everyone turned towards the camera. One row as long as it fits the
 * screen's shape, else two or three that rise like a small theatre's.
 * @param aspectRatio width over height of the stage
 */
export function planSeating(count: number, aspectRatio: number): SeatingPlan {
  const rows = chooseRows(count, aspectRatio);
  const perRow = Math.ceil(count / Math.max(1, rows));
  const width = Math.max(1, perRow) * SEAT_WIDTH + 0.06;
  const height = HEADROOM + CHEST + (rows - 1) * ROW_RISE;
  const halfTangent = Math.tan((FIELD_OF_VIEW_DEGREES / 2) * Math.PI / 180);
  // Far enough for the row's width and for the rows' height, whichever needs more.
  const distance = Math.max(height / (2 * halfTangent), width / (2 * halfTangent * aspectRatio), 1.1);
  const places: SeatPlace[] = [];
  for (let index = 0; index < count; index++) {
    const row = Math.floor(index / perRow);
    const inRow = Math.min(perRow, count - row * perRow);
    const column = index - row * perRow;
    const radius = distance + row * ROW_DEPTH;
    // People behind look between those in front: a row with the same number is shifted by half a seat.
    const angle = ((column - (inRow - 1) / 2) * SEAT_WIDTH) / radius * (1 + row * 0.12);
    places.push({
      // A shallow arc: a third of the circle's depth keeps the sizes of faces alike.
      position: [Math.sin(angle) * radius, row * ROW_RISE, -(radius - (1 - Math.cos(angle)) * radius * 0.66)],
      yawRadians: -angle * 0.8,
    });
  }
  const middle = (HEADROOM - CHEST) / 2 + ((rows - 1) * ROW_RISE) / 2;
  return { places, cameraHeight: middle + 0.02, targetY: middle, targetZ: -distance, fieldOfViewDegrees: FIELD_OF_VIEW_DEGREES };
}

/** The number of rows with which faces come out largest. */
function chooseRows(count: number, aspectRatio: number): number {
  let best = 1;
  let bestScale = 0;
  for (let rows = 1; rows <= 3; rows++) {
    if (rows > count) break;
    const perRow = Math.ceil(count / rows);
    const scale = Math.min(1 / (HEADROOM + CHEST + (rows - 1) * ROW_RISE), aspectRatio / (perRow * SEAT_WIDTH));
    if (scale > bestScale * 1.08) {
      best = rows;
      bestScale = scale;
    }
  }
  return best;
}
