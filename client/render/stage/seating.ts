import type { SeatedArrangement } from './arrangement.ts';

/** Where one participant sits: rig space's origin (between the eyes) and the turn towards the viewer. */
export interface SeatPlace {
  /** Metres; the viewer looks down -z from about the origin. */
  readonly position: readonly [number, number, number];
  /** About y, radians; 0 faces +z. */
  readonly yawRadians: number;
  /** From the front, 0 first. */
  readonly row: number;
}

/** The table or desk in front of one row. Its edges run along the row's arc, nearer to the viewer. */
export interface DeskPlan {
  readonly row: number;
  /** Of its top, metres. */
  readonly height: number;
  /** The arc: see `arcPoint`. */
  readonly arc: SeatArc;
  /** Radii of the edge at the people and of the edge towards the viewer, metres. */
  readonly backRadius: number;
  readonly frontRadius: number;
  /** Half of the angle that it spans, radians: beyond both sides of any screen. */
  readonly halfAngle: number;
  /** How far its front reaches down, metres. */
  readonly frontHeight: number;
}

export interface SeatingPlan {
  readonly places: readonly SeatPlace[];
  readonly desks: readonly DeskPlan[];
  /** Where the camera is, and where it looks, metres. */
  readonly cameraPosition: readonly [number, number, number];
  readonly target: readonly [number, number, number];
  /** Vertical field of view, degrees. */
  readonly fieldOfViewDegrees: number;
}

/** A row's curve: how much its ends come forward, from 0 (a straight line) over 1 (a circle about the viewer) on. */
export interface SeatArc {
  readonly curvature: number;
}

interface SeatingShape {
  readonly fieldOfViewDegrees: number;
  readonly curvature: number;
  /** From one seat to the next along the row, metres. */
  readonly seatWidth: number;
  readonly rowDepth: number;
  readonly rowRise: number;
  readonly mostRows: number;
  /** Another row must make faces larger by this factor to be worth it. */
  readonly rowReluctance: number;
  /** Of the camera above the eyes of the front row, metres: tables are seen from a little above. */
  readonly cameraHeight: number;
  /** Of the front row's desk, towards the viewer, metres. */
  readonly deskDepth: number;
  /** Of the others'. */
  readonly backDeskDepth: number;
}

const SHAPES: Readonly<Record<SeatedArrangement, SeatingShape>> = {
  // Shoulders nearly touch, and the table reaches to the viewer.
  table: {
    fieldOfViewDegrees: 26, curvature: 0.75, seatWidth: 0.43, rowDepth: 0.46, rowRise: 0.43, mostRows: 6, rowReluctance: 1.3,
    cameraHeight: 0.13, deskDepth: Infinity, backDeskDepth: 0.12,
  },
  // A round table: its far side curves away, its ends come near.
  circle: {
    fieldOfViewDegrees: 30, curvature: 1.9, seatWidth: 0.43, rowDepth: 0.5, rowRise: 0.42, mostRows: 6, rowReluctance: 1.15,
    cameraHeight: 0.24, deskDepth: Infinity, backDeskDepth: 0.12,
  },
  theatre: {
    fieldOfViewDegrees: 28, curvature: 0.85, seatWidth: 0.39, rowDepth: 0.5, rowRise: 0.34, mostRows: 12, rowReluctance: 1.02,
    cameraHeight: 0.3, deskDepth: 0.26, backDeskDepth: 0.1,
  },
};

/** Eyes to the top of the frame, and to the desk, around a row. */
const HEADROOM = 0.22;
const CHEST = 0.25;
/** A desk's top below the eyes of who sits at it; and from them to its edge. */
export const DESK_BELOW_EYES = 0.225;
const DESK_GAP = 0.1;
/** A desk goes on beside the people until it is this near to the viewer, as a share of its distance in the middle. */
const DESK_ENDS_AT = 0.35;
/** Nearer than this to the viewer a table ends, metres: below any screen. */
const TABLE_ENDS_METERS = 0.3;
/** The part of the stage's height that the bars leave free, and where its middle is, from -1 (bottom) to 1. */
const USABLE_HEIGHT = 0.74;
const USABLE_MIDDLE = 0.1;
/** Share of a seat's width kept free beside the outermost faces. */
const SIDE_SHARE = 0.52;
const NEAREST_METERS = 1.1;
const FARTHEST_METERS = 40;

/** The point of a row's arc at an angle, metres: (x, z). */
export function arcPoint({ curvature }: SeatArc, radius: number, angle: number): readonly [x: number, z: number] {
  return [Math.sin(angle) * radius, -(radius - (1 - Math.cos(angle)) * radius * curvature)];
}

/**
 * Seats people on arcs around the viewer, everyone turned towards the camera, at desks. One row as long as it fits the
 * screen's shape, else several that rise like a small theatre's.
 * @param aspectRatio width over height of the stage
 */
export function planSeating(arrangement: SeatedArrangement, count: number, aspectRatio: number): SeatingPlan {
  const shape = SHAPES[arrangement];
  const { rowCounts, distance, places } = bestSeats(shape, count, aspectRatio);
  const { top, bottom } = heightsSeen(places, shape.cameraHeight, distance);
  const slope = (top + bottom) / 2 - USABLE_MIDDLE * halfTangentOf(shape);
  return {
    places, desks: rowCounts.map((_, row) => deskOf(shape, row, distance)),
    cameraPosition: [0, shape.cameraHeight, 0], target: [0, shape.cameraHeight + slope * distance, -distance], fieldOfViewDegrees: shape.fieldOfViewDegrees,
  };
}

interface Seats {
  readonly rowCounts: readonly number[];
  readonly distance: number;
  readonly places: readonly SeatPlace[];
}

/** As many rows as let faces come out largest, and as near as everyone fits between the sides and between the bars. */
function bestSeats(shape: SeatingShape, count: number, aspectRatio: number): Seats {
  const halfTangent = halfTangentOf(shape);
  let best: Seats | undefined;
  let bestSize = 0;
  for (let rows = 1; rows <= Math.max(1, Math.min(count, shape.mostRows)); rows++) {
    const rowCounts = seatsInRows(count, rows);
    let distance = NEAREST_METERS;
    let places = seatOnArcs(shape, rowCounts, distance);
    while (distance < FARTHEST_METERS && !fits(places, shape, distance, halfTangent, aspectRatio)) {
      distance *= 1.03;
      places = seatOnArcs(shape, rowCounts, distance);
    }
    const size = places.reduce((sum, { position }) => sum - 1 / position[2], 0) / Math.max(1, count);
    if (best && size <= bestSize * shape.rowReluctance) continue;
    best = { rowCounts, distance, places };
    bestSize = size;
  }
  return best!;
}

const halfTangentOf = (shape: SeatingShape): number => Math.tan((shape.fieldOfViewDegrees / 2) * Math.PI / 180);

/** The front row is the fullest by at most one; who is left over sits behind, in the middle. */
function seatsInRows(count: number, rows: number): number[] {
  // An empty table is a table.
  if (count === 0) return [0];
  const seats = Array.from({ length: rows }, (_, row) => Math.ceil((count - row) / rows));
  return seats.filter((inRow) => inRow > 0);
}

function seatOnArcs(shape: SeatingShape, rowCounts: readonly number[], distance: number): SeatPlace[] {
  return rowCounts.flatMap((inRow, row) => {
    const radius = distance + row * shape.rowDepth;
    // Rows of one length sit in each other's gaps, as in a theatre.
    const shift = row > 0 && inRow > 1 && inRow === rowCounts[row - 1] ? (row % 2 === 1 ? 0.25 : -0.25) : 0;
    return Array.from({ length: inRow }, (_, column): SeatPlace => {
      const angle = ((column - (inRow - 1) / 2 + shift) * shape.seatWidth) / radius;
      const [x, z] = arcPoint(shape, radius, angle);
      return { position: [x, row * shape.rowRise, z], yawRadians: -Math.atan2(x, -z) * 0.85, row };
    });
  });
}

function deskOf(shape: SeatingShape, row: number, distance: number): DeskPlan {
  const radius = distance + row * shape.rowDepth;
  const backRadius = radius - DESK_GAP;
  return {
    row, height: row * shape.rowRise - DESK_BELOW_EYES, arc: { curvature: shape.curvature }, backRadius,
    frontRadius: Math.max(TABLE_ENDS_METERS, backRadius - (row === 0 ? shape.deskDepth : shape.backDeskDepth)),
    halfAngle: Math.acos(Math.max(0, 1 - (1 - DESK_ENDS_AT) / shape.curvature)), frontHeight: row === 0 ? 0.8 : shape.rowRise + 0.35,
  };
}

function fits(places: readonly SeatPlace[], shape: SeatingShape, distance: number, halfTangent: number, aspectRatio: number): boolean {
  const side = shape.seatWidth * SIDE_SHARE;
  // Arcs bring their ends forward: a face must not come to sit beside the viewer.
  if (places.some(({ position: [x, , z] }) => -z < 0.8 || (Math.abs(x) + side) / -z > halfTangent * aspectRatio)) return false;
  const { top, bottom } = heightsSeen(places, shape.cameraHeight, distance);
  return top - bottom <= 2 * halfTangent * USABLE_HEIGHT;
}

/** The highest and lowest of what has to be seen, as slopes from the camera. @param emptyDistance where somebody would sit */
function heightsSeen(places: readonly SeatPlace[], cameraHeight: number, emptyDistance: number): { top: number; bottom: number } {
  const from = places.length > 0 ? places : [{ position: [0, 0, -emptyDistance] } as const];
  return {
    top: Math.max(...from.map(({ position: [, y, z] }) => (y + HEADROOM - cameraHeight) / -z)),
    bottom: Math.min(...from.map(({ position: [, y, z] }) => (y - CHEST - cameraHeight) / -z)),
  };
}
