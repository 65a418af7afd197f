import { mergedHistogram } from '../measure/histogram.ts';
import { groupMeasures } from '../measure/windowMeasure.ts';
import type { WindowMeasure } from '../measure/windowMeasure.ts';
import type { SecondMeasures } from '../bots/viewerMeter.ts';
import type { PlottedWindow } from '../scenarios/scenario.ts';
import { figureLines } from './figureLines.ts';
import { escaped, svgPlot } from './svgPlot.ts';
import type { PlotLine } from './svgPlot.ts';

export interface ReportOptions {
  readonly title: string;
  readonly about: string;
  readonly figures: Readonly<Record<string, unknown>>;
  readonly plots: readonly PlottedWindow[];
}

const MEGABYTE = 1_048_576;
const HISTOGRAM_MS = 1;
const HISTOGRAM_END_MS = 120;

/** The report: a page that needs nothing but itself. */
export function reportPage({ title, about, figures, plots }: ReportOptions): string {
  const key = keyFigures(figures).map(([name, value, unit]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)} <small>${unit}</small></dd></div>`).join('');
  const rows = figureLines(figures).map((line) => {
    const [name = '', ...rest] = line.split(/\s+/);
    return `<tr><td>${escaped(name)}</td><td>${escaped(rest.join(' '))}</td></tr>`;
  }).join('');
  const sections = plots.map((plot) => `<h2>${escaped(plot.title)}</h2>${windowPlots(plot)}`).join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Load test ${escaped(title)}</title><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2.5rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.2rem 0 1.2rem;opacity:.75}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.75rem;margin:0}dl div{border:1px solid #8884;border-radius:.5rem;padding:.5rem .75rem}
dt{font-size:.8rem;opacity:.75}dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}small{font-size:.8rem;opacity:.7}
figure{margin:1rem 0}figcaption{font-size:.85rem}svg{width:100%;height:auto;font:11px system-ui,sans-serif}svg text{fill:currentColor;opacity:.8}
.grid{stroke:currentColor;opacity:.12}line.limit{stroke:#b91c1c;stroke-dasharray:5 4}svg text.limit{fill:#b91c1c}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;width:100%}td{border-bottom:1px solid #8883;padding:.2rem .5rem;overflow-wrap:anywhere}td:first-child{opacity:.75}
</style><h1>${escaped(title)}</h1><p>${escaped(about)}</p><dl>${key}</dl>${sections}<h2>All figures</h2><table>${rows}</table></html>\n`;
}

/** The figures worth a glance. */
function keyFigures(figures: Readonly<Record<string, unknown>>): [name: string, value: string, unit: string][] {
  const at = (path: string): string | undefined => {
    const value = path.split('.').reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], figures);
    return value === undefined ? undefined : String(value);
  };
  const list: [string, string, string][] = [
    ['participants', 'participants', ''], ['capture → delivery p50', 'deliveryMilliseconds.p50', 'ms'], ['capture → delivery p95', 'deliveryMilliseconds.p95', 'ms'],
    ['age at playout p95', 'ageAtPlayoutMilliseconds.p95', 'ms'], ['loss', 'lossPercent', '%'], ['downlink a viewer', 'downlinkKbpsPerViewer.mean', 'kbps'],
    ['SFU CPU a pose', 'sfuCpuMicrosecondsPerDeliveredPose', 'µs'], ['plain way over bundles, CPU', 'cpuRatio', '×'],
    ['most within the limit', 'mostParticipantsWithinLimit', 'participants'], ['slow viewer, age p95', 'slow.ageAtPlayoutMilliseconds.p95', 'ms'],
    ['others, p95 change', 'others.p95Change', ''], ['server memory', 'serverRssMegabytes', 'MB'], ['workers\' memory', 'workerRssMegabytes', 'MB'],
  ];
  return list.flatMap(([name, path, unit]) => {
    const value = at(path);
    return value === undefined ? [] : [[name, value, unit] as [string, string, string]];
  });
}

function windowPlots({ measure, groups }: PlottedWindow): string {
  const each = groups ?? [undefined];
  const named = (group: string | undefined, what: string): string => (group === undefined ? what : `${group}, ${what}`);
  const overTime = (pick: (second: SecondMeasures) => SecondMeasures['delivery']): PlotLine[] => each.flatMap((group) => [0.5, 0.95].map((fraction) => ({
    name: named(group, `p${fraction * 100}`), points: perSecond(measure, group).map((seconds, index): [number, number] => [index, mergedHistogram(seconds.map(pick)).percentile(fraction)]),
  })));
  const histogram = (pick: 'delivery' | 'age'): PlotLine[] => each.map((group) => {
    const counts = mergedHistogram(groupMeasures([measure], group).map((measured) => measured[pick])).counts(HISTOGRAM_MS, HISTOGRAM_END_MS);
    const total = Math.max(1, counts.reduce((sum, count) => sum + count, 0));
    return { name: named(group, 'share'), points: counts.map((count, index) => [index * HISTOGRAM_MS, 100 * count / total]) };
  });
  const memory = (name: string, pick: (sample: WindowMeasure['usage'][number]) => number): PlotLine => ({
    name, points: measure.usage.map((sample) => [Math.max(0, sample.atMs) / 1_000, pick(sample)]),
  });
  const cpu = (name: string, pick: (sample: WindowMeasure['usage'][number]) => number): PlotLine => ({
    name, points: measure.usage.slice(1).map((sample, index) => {
      const earlier = measure.usage[index]!;
      return [sample.atMs / 1_000, (pick(sample) - pick(earlier)) / Math.max(1, sample.atMs - earlier.atMs) / 10];
    }),
  });
  return [
    svgPlot({ title: 'Capture → delivery', xLabel: 'seconds', yLabel: 'ms', lines: overTime(({ delivery }) => delivery) }),
    svgPlot({ title: 'Capture → delivery, all of the window', xLabel: 'ms', yLabel: '% of frames', lines: histogram('delivery'), filled: true }),
    svgPlot({ title: 'Age at playout', xLabel: 'seconds', yLabel: 'ms', lines: overTime(({ age }) => age) }),
    svgPlot({ title: 'CPU', xLabel: 'seconds', yLabel: '% of a core', lines: [cpu('server', (sample) => sample.serverCpuMicroseconds), cpu('workers', (sample) => sample.workerCpuMicroseconds)] }),
    svgPlot({ title: 'Memory', xLabel: 'seconds', yLabel: 'MB', lines: [memory('server', (sample) => sample.serverRssBytes / MEGABYTE), memory('workers', (sample) => sample.workerRssBytes / MEGABYTE)] }),
  ].join('');
}

/** A group's seconds, over all processes. */
function perSecond(measure: WindowMeasure, group: string | undefined): SecondMeasures[][] {
  const lists = groupMeasures([measure], group).map((measured) => measured.perSecond);
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, index) => lists.flatMap((list) => list[index] ?? []));
}
