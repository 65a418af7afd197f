import { mean, quantile, round } from './figureStatistics.ts';
import type { AvatarFigures } from './portraitEvaluation.ts';

/** Figures of one avatar, with how it was made. */
export interface PortraitFigures extends AvatarFigures {
  readonly portrait: string;
  readonly generator: string;
  readonly milliseconds: number;
  readonly reprojectionErrorPercent: number;
}

/** What happened to one portrait. */
export type Outcome =
  | { readonly portrait: string; readonly status: 'evaluated'; readonly figures: readonly PortraitFigures[] }
  | { readonly portrait: string; readonly status: 'analysed'; readonly reprojectionErrorPercent: number; readonly milliseconds: number;
    readonly stageMilliseconds: Readonly<Record<string, number>> }
  | { readonly portrait: string; readonly status: 'refused'; readonly code: string; readonly message: string }
  | { readonly portrait: string; readonly status: 'failed'; readonly message: string };

/** Figures of which a row gives the mean. */
export const MEANS = [
  'csim', 'csimYaw20', 'prefix50kCsim', 'psnrFace', 'psnr', 'ssim', 'psnrBust', 'akdPixels', 'apdDegrees', 'apdBoneDegrees', 'aed', 'holePercent20',
  'holePercent40', 'holePercentTurned', 'blinkRatio', 'mouthGap', 'splats', 'bytes', 'milliseconds', 'reprojectionErrorPercent', 'unread',
] as const;

/** One row a generator, means over portraits; then every portrait by itself. */
export function evaluationReport(outcomes: readonly Outcome[]): object {
  const evaluated = outcomes.flatMap((outcome) => (outcome.status === 'evaluated' ? outcome.figures : []));
  const generators = [...new Set(evaluated.map((figures) => figures.generator))];
  return {
    portraits: outcomes.length,
    accepted: outcomes.filter((outcome) => outcome.status === 'evaluated').length,
    rows: generators.map((generator) => {
      const own = evaluated.filter((figures) => figures.generator === generator);
      return { generator, ...Object.fromEntries(MEANS.map((key) => [key, round(mean(own.map((figures) => figures[key])))])) };
    }),
    ...refusals(outcomes),
    perPortrait: evaluated.map((figures) => ({ ...figures, ...Object.fromEntries(MEANS.map((key) => [key, round(figures[key])])) })),
  };
}

/** How portrait analysis fared over the folder. */
export function analysisReport(outcomes: readonly Outcome[]): object {
  const analysed = outcomes.filter((outcome) => outcome.status === 'analysed');
  const errors = analysed.map((outcome) => outcome.reprojectionErrorPercent);
  const times = analysed.map((outcome) => outcome.milliseconds);
  const stages = [...new Set(analysed.flatMap((outcome) => Object.keys(outcome.stageMilliseconds)))];
  const spread = (values: readonly number[]): object =>
    (values.length === 0 ? {} : { median: round(quantile(values, 0.5)), p95: round(quantile(values, 0.95)), worst: round(Math.max(...values)) });
  return {
    portraits: outcomes.length, accepted: analysed.length,
    reprojectionErrorPercent: spread(errors), milliseconds: spread(times),
    medianStageMilliseconds: Object.fromEntries(stages.map((stage) => [stage,
      round(quantile(analysed.map((outcome) => outcome.stageMilliseconds[stage] ?? 0), 0.5))])),
    ...refusals(outcomes),
    perPortrait: analysed.map(({ portrait, reprojectionErrorPercent, milliseconds }) =>
      ({ portrait, reprojectionErrorPercent: round(reprojectionErrorPercent), milliseconds: Math.round(milliseconds) })),
  };
}

function refusals(outcomes: readonly Outcome[]): object {
  const refused = outcomes.filter((outcome) => outcome.status === 'refused');
  const byCode: Record<string, number> = {};
  for (const { code } of refused) byCode[code] = (byCode[code] ?? 0) + 1;
  return {
    refusedByCode: byCode,
    refused: refused.map(({ portrait, code, message }) => ({ portrait, code, message })),
    failed: outcomes.filter((outcome) => outcome.status === 'failed').map(({ portrait, message }) => ({ portrait, message })),
  };
}
