import type { Table, TableRow } from './tableReport.ts';

interface Column { readonly key: string; readonly title: string; readonly digits: number; readonly better?: 'more' | 'less' }

const COLUMNS: readonly Column[] = [
  { key: 'csim', title: 'CSIM', digits: 3, better: 'more' }, { key: 'csimYaw20', title: 'CSIM ±20°', digits: 3, better: 'more' },
  { key: 'psnrFace', title: 'PSNR face, dB', digits: 2, better: 'more' }, { key: 'psnr', title: 'PSNR head, dB', digits: 2, better: 'more' },
  { key: 'ssim', title: 'SSIM', digits: 3, better: 'more' }, { key: 'lpips', title: 'LPIPS', digits: 3, better: 'less' },
  { key: 'akdPixels', title: 'AKD, px', digits: 2, better: 'less' },
  { key: 'silhouetteIou20', title: 'IoU ±20°', digits: 3, better: 'more' }, { key: 'silhouetteIou40', title: 'IoU ±40°', digits: 3, better: 'more' },
  { key: 'holePercent20', title: 'holes ±20°, %', digits: 3, better: 'less' }, { key: 'holePercent40', title: 'holes ±40°, %', digits: 3, better: 'less' },
  { key: 'holePercentTurned', title: 'holes, head turned, %', digits: 3, better: 'less' },
  { key: 'apdDegrees', title: 'APD, °', digits: 2, better: 'less' }, { key: 'aed', title: 'AED', digits: 4, better: 'less' },
  { key: 'prefix50kCsim', title: 'CSIM, first 50 kB', digits: 3, better: 'more' },
  { key: 'points', title: 'points', digits: 0 }, { key: 'splats', title: 'splats', digits: 0 }, { key: 'bytes', title: 'bytes', digits: 0 }, { key: 'milliseconds', title: 'ms', digits: 0 },
];
const GROUP_COLUMNS = ['csim', 'csimYaw20', 'psnrFace', 'psnr', 'ssim', 'akdPixels', 'holePercent40', 'splats'];

/** The table as Markdown, turned on its side: a line a figure, a column a row. The best of a line is bold. */
export function tableMarkdown(table: Table): string {
  const columns = COLUMNS.filter(({ key }) => table.rows.some((row) => typeof row[key] === 'number'));
  const lines = [
    `${table.accepted} portraits never trained on; silhouettes over ${table.syntheticHeads} invented people never trained on.`, '',
    `| | ${table.rows.map(({ generator }) => `\`${generator}\``).join(' | ')} |`, `|---|${table.rows.map(() => '---:|').join('')}`,
    ...columns.map((column) => `| ${column.title}${arrow(column)} | ${cells(column, table.rows).join(' | ')} |`),
  ];
  const main = table.rows.map(({ generator }) => generator);
  for (const [kind, groups] of Object.entries(table.groups)) {
    const own = COLUMNS.filter(({ key }) => GROUP_COLUMNS.includes(key));
    lines.push('', `By ${kind}:`, '', `| ${kind} | portraits | row | ${own.map(({ title }) => title).join(' | ')} |`, `|---|---:|---|${own.map(() => '---:|').join('')}`);
    for (const [name, { portraits, rows }] of Object.entries(groups)) {
      for (const row of rows.filter(({ generator }) => generator === 'template' || generator === 'autoregressive' || main.length === 1)) {
        lines.push(`| ${name} | ${portraits} | \`${row.generator}\` | ${own.map((column) => format(column, row[column.key])).join(' | ')} |`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

function arrow({ better }: Column): string {
  return better === undefined ? '' : better === 'more' ? ' ↑' : ' ↓';
}

function format({ digits }: Column, value: TableRow[string] | undefined): string {
  return typeof value !== 'number' ? '–' : digits === 0 ? Math.round(value).toLocaleString('en-US') : value.toFixed(digits);
}

function cells(column: Column, rows: readonly TableRow[]): string[] {
  const written = rows.map((row) => format(column, row[column.key]));
  if (column.better === undefined || rows.length < 2) return written;
  const values = rows.map((row) => (typeof row[column.key] === 'number' ? row[column.key] as number : NaN)).filter((value) => !Number.isNaN(value));
  const best = format(column, column.better === 'more' ? Math.max(...values) : Math.min(...values));
  return written.map((cell) => (cell === best ? `**${cell}**` : cell));
}
