/** A line of a plot. */
export interface PlotLine {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PlotOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly PlotLine[];
  /** Filled down to the axis, for histograms. */
  readonly filled?: boolean;
  /** A horizontal line at what is to be held. */
  readonly limit?: { readonly y: number; readonly name: string };
}

const WIDTH = 720;
const HEIGHT = 260;
const MARGIN = { left: 56, right: 12, top: 14, bottom: 40 };
const COLORS = ['#2457c5', '#c2410c', '#15803d', '#7c3aed', '#b91c1c', '#0e7490'];

/** A plot as SVG text: axes from zero, round steps, a legend of names. */
export function svgPlot({ title, xLabel, yLabel, lines, filled, limit }: PlotOptions): string {
  const drawn = lines.filter(({ points }) => points.length > 0);
  const xs = drawn.flatMap(({ points }) => points.map(([x]) => x));
  const ys = drawn.flatMap(({ points }) => points.map(([, y]) => y));
  const [xStep, xEnd] = axis(Math.max(1e-9, ...xs), 10);
  const [yStep, yEnd] = axis(Math.max(1e-9, ...ys, limit?.y ?? 0), 5);
  const x = (value: number): string => (MARGIN.left + value / xEnd * (WIDTH - MARGIN.left - MARGIN.right)).toFixed(1);
  const y = (value: number): string => (HEIGHT - MARGIN.bottom - value / yEnd * (HEIGHT - MARGIN.top - MARGIN.bottom)).toFixed(1);
  const parts: string[] = [];
  for (let at = 0; at <= yEnd * 1.0001; at += yStep) {
    parts.push(`<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(at)}" y2="${y(at)}"/>`,
      `<text x="${MARGIN.left - 8}" y="${y(at)}" dy="4" text-anchor="end">${label(at)}</text>`);
  }
  for (let at = 0; at <= xEnd * 1.0001; at += xStep) parts.push(`<text x="${x(at)}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${label(at)}</text>`);
  parts.push(`<text x="${(WIDTH + MARGIN.left) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${escaped(xLabel)}</text>`);
  if (limit) {
    parts.push(`<line class="limit" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(limit.y)}" y2="${y(limit.y)}"/>`,
      `<text class="limit" x="${WIDTH - MARGIN.right}" y="${y(limit.y)}" dy="-4" text-anchor="end">${escaped(limit.name)}</text>`);
  }
  drawn.forEach(({ points }, index) => {
    const color = COLORS[index % COLORS.length]!;
    const path = points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
    if (filled) parts.push(`<polygon fill="${color}" fill-opacity="0.18" points="${x(points[0]![0])},${y(0)} ${path} ${x(points.at(-1)![0])},${y(0)}"/>`);
    parts.push(`<polyline fill="none" stroke="${color}" stroke-width="1.6" points="${path}"/>`);
  });
  const legend = drawn.map(({ name }, index) => `<span style="color:${COLORS[index % COLORS.length]!}">■</span> ${escaped(name)}`).join(' &nbsp; ');
  return `<figure><figcaption><b>${escaped(title)}</b>, ${escaped(yLabel)} &nbsp; ${legend}</figcaption>`
    + `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">${parts.join('')}</svg></figure>`;
}

/** Step of 1, 2 or 5 times a power of ten, and the axis' end, for about `marks` marks. */
function axis(most: number, marks: number): [step: number, end: number] {
  const raw = most / marks;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999)! * power;
  return [step, Math.ceil(most / step * 0.999) * step];
}

function label(value: number): string {
  return value >= 1e4 ? `${Number((value / 1e3).toPrecision(4))}k` : String(Number(value.toPrecision(4)));
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
