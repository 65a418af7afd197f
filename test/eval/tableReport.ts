import { mean, round } from './figureStatistics.ts';
import type { PortraitGroups } from './groups.ts';
import type { AvatarFigures } from './portraitEvaluation.ts';
import { MEANS } from './report.ts';
import type { Outcome } from './report.ts';
import type { RowName } from './rowMaker.ts';
import type { SilhouetteFigures } from './silhouettes.ts';

/** Figures of one portrait in one row. */
export interface RowFigures extends AvatarFigures {
  readonly row: RowName;
  readonly points: number;
  readonly milliseconds: number;
  readonly reprojectionErrorPercent: number;
}

export interface SilhouetteRow extends SilhouetteFigures {
  readonly row: RowName;
}

/** What happened to one portrait or invented person of the table. */
export type TableOutcome =
  | { readonly portrait: string; readonly status: 'compared'; readonly groups: PortraitGroups; readonly figures: readonly RowFigures[] }
  | { readonly portrait: string; readonly status: 'outlined'; readonly figures: readonly SilhouetteRow[] }
  | Outcome & { readonly status: 'refused' | 'failed' };

/** One row of the table: means over the portraits, and over the invented people for the silhouettes. */
export type TableRow = { readonly generator: RowName } & Readonly<Record<string, number | null | string>>;

export interface Table {
  readonly portraits: number;
  readonly accepted: number;
  readonly syntheticHeads: number;
  readonly rows: readonly TableRow[];
  /** By kind (skin, age, …) and name: how many portraits, and the main figures of every row over them. */
  readonly groups: Readonly<Record<string, Readonly<Record<string, { readonly portraits: number; readonly rows: readonly TableRow[] }>>>>;
  readonly refused: readonly { portrait: string; code: string }[];
  readonly failed: readonly { portrait: string; message: string }[];
}

/** What the groups are compared by. */
const GROUP_MEANS = ['csim', 'csimYaw20', 'psnrFace', 'psnr', 'ssim', 'akdPixels', 'apdDegrees', 'aed', 'holePercent40', 'splats'] as const;

/** The table, its groups, and every portrait by itself. */
export function tableReport(outcomes: readonly TableOutcome[]): Table & { perPortrait: readonly object[]; perSyntheticHead: readonly object[] } {
  const compared = outcomes.filter((outcome) => outcome.status === 'compared');
  const outlined = outcomes.filter((outcome) => outcome.status === 'outlined');
  const rowNames = [...new Set(compared.flatMap(({ figures }) => figures.map(({ row }) => row)))];
  const kinds = [...new Set(compared.flatMap(({ groups }) => Object.keys(groups)))];
  return {
    portraits: compared.length + outcomes.filter(({ status, portrait }) => status !== 'compared' && status !== 'outlined' && !portrait.startsWith('seed ')).length,
    accepted: compared.length, syntheticHeads: outlined.length,
    rows: rowNames.map((row) => ({
      generator: row, ...means(compared.flatMap(({ figures }) => figures.filter((own) => own.row === row)), [...MEANS, 'points']),
      ...silhouetteMeans(outlined.flatMap(({ figures }) => figures.filter((own) => own.row === row))),
    })),
    groups: Object.fromEntries(kinds.map((kind) => {
      const names = [...new Set(compared.flatMap(({ groups }) => groups[kind] ?? []))].sort();
      return [kind, Object.fromEntries(names.map((name) => {
        const members = compared.filter(({ groups }) => groups[kind] === name);
        return [name, { portraits: members.length, rows: rowNames.map((row) => ({
          generator: row, ...means(members.flatMap(({ figures }) => figures.filter((own) => own.row === row)), GROUP_MEANS),
        })) }];
      }))];
    })),
    refused: outcomes.flatMap((outcome) => (outcome.status === 'refused' ? [{ portrait: outcome.portrait, code: outcome.code }] : [])),
    failed: outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [{ portrait: outcome.portrait, message: outcome.message }] : [])),
    perPortrait: compared.flatMap(({ portrait, figures }) => figures.map(({ row, ...own }) => ({ portrait, generator: row, ...rounded(own) }))),
    perSyntheticHead: outlined.flatMap(({ portrait, figures }) => figures.map(({ row, ...own }) => ({ head: portrait, generator: row, ...rounded(own) }))),
  };
}

function means<K extends keyof RowFigures>(own: readonly RowFigures[], keys: readonly K[]): Record<string, number | null> {
  return Object.fromEntries(keys.map((key) => [key, round(mean(own.map((figures) => figures[key] as number | null)))]));
}

function silhouetteMeans(own: readonly SilhouetteRow[]): Record<string, number | null> {
  const [front, yaw20, yaw40] = (['front', 'yaw20', 'yaw40'] as const).map((key) => mean(own.map((figures) => figures[key])));
  return {
    silhouetteIou: round(mean([yaw20!, yaw40!])), silhouetteIou20: round(yaw20!), silhouetteIou40: round(yaw40!), silhouetteIouFront: round(front!),
  };
}

function rounded(figures: object): object {
  return Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, typeof value === 'number' ? round(value) : value]));
}
