import type { RestMesh } from './followerPart.ts';

/** Half the dental arch on the mean head, from the middle to the molars: x and z in metres from the eyes. */
const ARCH: readonly (readonly [x: number, z: number])[] = [
  [0, 0.0186], [0.0046, 0.0183], [0.0088, 0.0173], [0.0135, 0.0150], [0.0177, 0.0115], [0.0215, 0.0065], [0.0247, 0.0005],
  [0.0272, -0.0065], [0.0288, -0.0135], [0.0298, -0.0205], [0.0302, -0.0285],
];
/** The teeth of one side from the incisors to the molars: relative widths, and columns of vertices each takes. */
const TEETH: readonly { readonly width: number; readonly columns: number }[] = [
  { width: 8.5, columns: 3 }, { width: 6.6, columns: 3 }, { width: 7.6, columns: 3 }, { width: 7, columns: 2 },
  { width: 6.8, columns: 2 }, { width: 10.2, columns: 2 }, { width: 9.6, columns: 2 },
];
/** Share of the way from the gum's rim (0) to the cutting edge (1) at which the gum ends, in the v coordinate. */
export const GUM_LINE_V = 0.4;

interface Row {
  /** Metres from the cutting edge towards the gum. */
  readonly rise: number;
  /** Metres outwards from the arch at the incisors and at the molars. */
  readonly out: readonly [incisor: number, molar: number];
  /** Metres the row is drawn towards the gum in the middle of a tooth. */
  readonly scallop: number;
  /** Metres a tooth bulges between its neighbours. */
  readonly bulge: number;
  readonly v: number;
}

const ROWS: readonly Row[] = [
  { rise: 0.0185, out: [0.0008, 0.0015], scallop: 0, bulge: 0, v: 0 },
  { rise: 0.0098, out: [0.0004, 0.0006], scallop: 0.0014, bulge: 0.0003, v: GUM_LINE_V },
  { rise: 0.005, out: [0.0002, 0.0006], scallop: 0.0002, bulge: 0.0009, v: 0.7 },
  { rise: 0, out: [-0.0004, -0.0008], scallop: -0.0007, bulge: 0.0006, v: 1 },
  { rise: 0.0003, out: [-0.0024, -0.0085], scallop: -0.0004, bulge: 0, v: 1 },
  { rise: 0.0125, out: [-0.0068, -0.012], scallop: 0, bulge: 0, v: 0 },
];

/**
 * Heights of the cutting edges over the eyes at the incisors and at the molars, metres: the upper incisors overlap the
 * lower ones, which stand behind them; the molars meet.
 */
const EDGE = { upper: [-0.0694, -0.0664], lower: [-0.0668, -0.067] } as const;
/** How far the lower arch lies inside the upper one, at the incisors and at the molars, metres. */
const LOWER_INSET = [0.0031, 0.0012] as const;

/**
 * A row of teeth with its gums as one strip that is open towards the throat. UVs: u along the arch from the subject's
 * right (0) to the left (1), v from the gum (0) over the gum line (`GUM_LINE_V`) to the cutting edge (1).
 */
export function teethMesh(jaw: 'upper' | 'lower'): RestMesh {
  const half = halfColumns();
  const columns = [...half.slice(1).reverse().map((column) => ({ ...column, side: -1 })), ...half.map((column) => ({ ...column, side: 1 }))];
  const up = jaw === 'upper' ? 1 : -1;
  const positions: number[] = [];
  const uvs: number[] = [];
  for (const { along, middle, side } of columns) {
    const { x, z, nx, nz } = archAt(along);
    const backness = Math.min(1, along / 0.6) ** 2;
    const mixed = ([incisor, molar]: readonly [number, number]): number => incisor + (molar - incisor) * backness;
    for (const row of ROWS) {
      const out = row.out[0] + (row.out[1] - row.out[0]) * along ** 1.5 + row.bulge * middle - (jaw === 'lower' ? mixed(LOWER_INSET) : 0);
      positions.push(side * (x + nx * out), mixed(EDGE[jaw]) + up * (row.rise + row.scallop * middle), z + nz * out);
      uvs.push(0.5 + 0.5 * side * along, row.v);
    }
  }
  const faces: number[] = [];
  const stride = ROWS.length;
  for (let column = 0; column + 1 < columns.length; column++) {
    for (let row = 0; row + 1 < stride; row++) {
      const a = column * stride + row, b = a + stride, c = b + 1, d = a + 1;
      // Mirror-symmetric diagonals; outwards is towards the lips.
      const cut = columns[column + 1]!.side > 0 && columns[column]!.side > 0 ? [a, b, c, a, c, d] : [a, b, d, b, c, d];
      for (let start = 0; start < 6; start += 3) {
        const [p, q, r] = [cut[start]!, cut[start + 1]!, cut[start + 2]!];
        if (jaw === 'upper') faces.push(p, r, q); else faces.push(p, q, r);
      }
    }
  }
  return { positions: Float32Array.from(positions), faces: Uint32Array.from(faces), uvs: Float32Array.from(uvs) };
}

/** Columns of one side: where along the arch (0 to 1), and how far in the middle of a tooth (0 to 1). */
function halfColumns(): { along: number; middle: number }[] {
  const total = TEETH.reduce((sum, { width }) => sum + width, 0);
  const places = [{ along: 0, middle: 0 }];
  let start = 0;
  for (const { width, columns } of TEETH) {
    for (let column = 1; column <= columns; column++) {
      places.push({ along: (start + (width * column) / columns) / total, middle: column === columns ? 0 : 1 });
    }
    start += width;
  }
  return places;
}

/** The arch and its outward normal at a share of its length. */
function archAt(along: number): { x: number; z: number; nx: number; nz: number } {
  const lengths = [0];
  for (let i = 1; i < ARCH.length; i++) lengths.push(lengths[i - 1]! + Math.hypot(ARCH[i]![0] - ARCH[i - 1]![0], ARCH[i]![1] - ARCH[i - 1]![1]));
  const at = (length: number): [number, number] => {
    let i = 1;
    while (i < ARCH.length - 1 && lengths[i]! < length) i++;
    const share = (length - lengths[i - 1]!) / (lengths[i]! - lengths[i - 1]!);
    return [ARCH[i - 1]![0] + share * (ARCH[i]![0] - ARCH[i - 1]![0]), ARCH[i - 1]![1] + share * (ARCH[i]![1] - ARCH[i - 1]![1])];
  };
  const length = along * lengths.at(-1)!;
  const [x, z] = at(length);
  if (along === 0) return { x, z, nx: 0, nz: 1 };
  const [x0, z0] = at(length - 0.002), [x1, z1] = at(length + 0.002);
  const size = Math.hypot(x1 - x0, z1 - z0);
  return { x, z, nx: -(z1 - z0) / size, nz: (x1 - x0) / size };
}
