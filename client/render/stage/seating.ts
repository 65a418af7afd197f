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

/** From one seat to the next, metres: shoulders nearly touch, as at a table. */
const SEAT_WIDTH = 0.41;
/** From a row to the one behind it, and how much higher that sits. */
const ROW_DEPTH = 0.42;
const ROW_RISE = 0.43;
/** Eyes to the top of the frame, and to its bottom, around a single row. */
const HEADROOM = 0.24;
const CHEST = 0.34;
const FIELD_OF_VIEW_DEGREES = 26;
const MAX_ROWS = 6;
/** Share of the stage's height that the bars leave free. */
const USABLE_HEIGHT = 0.82;
/** Share of a seat's width kept free beside the outermost faces. */
const SIDE_SHARE = 0.52;

/**
 * Seats people on arcs around the viewer, everyone turned towards the camera. One row as long as it fits the
 * screen's shape, else several that rise like a small theatre's.
 * @param aspectRatio width over height of the stage
 */
export function planSeating(count: number, aspectRatio: number): SeatingPlan {
  const rows = chooseRows(count, aspectRatio);
  const perRow = Math.ceil(count / Math.max(1, rows));
  const height = (HEADROOM + CHEST + (rows - 1) * ROW_RISE) / USABLE_HEIGHT;
  const halfTangent = Math.tan((FIELD_OF_VIEW_DEGREES / 2) * Math.PI / 180);
  let distance = Math.max(height / (2 * halfTangent), 1.1);
  let places = seatOnArcs(count, rows, perRow, distance);
  // Back off until the outermost shoulders are inside; rows behind have more room, but arcs bring their ends forward.
  const reach = ({ position: [x, , z] }: SeatPlace): number => (Math.abs(x) + SEAT_WIDTH * SIDE_SHARE) / -z;
  while (places.some((place) => reach(place) > halfTangent * aspectRatio)) {
    distance *= 1.04;
    places = seatOnArcs(count, rows, perRow, distance);
  }
  const middle = (HEADROOM - CHEST) / 2 + ((rows - 1) * ROW_RISE) / 2;
  return { places, cameraHeight: middle + 0.02, targetY: middle, targetZ: -distance, fieldOfViewDegrees: FIELD_OF_VIEW_DEGREES };
}

function seatOnArcs(count: number, rows: number, perRow: number, distance: number): SeatPlace[] {
  const places: SeatPlace[] = [];
  // The front row is the fullest; what is left over sits behind, in the middle.
  for (let row = 0; row < rows; row++) {
    const inRow = Math.min(perRow, count - row * perRow);
    const radius = distance + row * ROW_DEPTH;
    for (let column = 0; column < inRow; column++) {
      const angle = ((column - (inRow - 1) / 2) * SEAT_WIDTH) / radius;
      places.push({
        // A shallow arc: a third of the circle's depth keeps the sizes of faces alike.
        position: [Math.sin(angle) * radius, row * ROW_RISE, -(radius - (1 - Math.cos(angle)) * radius * 0.66)],
        yawRadians: -angle * 0.8,
      });
    }
  }
  return places;
}

/** The number of rows with which faces come out largest. */
function chooseRows(count: number, aspectRatio: number): number {
  let best = 1;
  let bestScale = 0;
  for (let rows = 1; rows <= MAX_ROWS; rows++) {
    if (rows > count) break;
    const perRow = Math.ceil(count / rows);
    const scale = Math.min(USABLE_HEIGHT / (HEADROOM + CHEST + (rows - 1) * ROW_RISE), aspectRatio / (perRow * SEAT_WIDTH));
    if (scale > bestScale * 1.15) {
      best = rows;
      bestScale = scale;
    }
  }
  return best;
}
