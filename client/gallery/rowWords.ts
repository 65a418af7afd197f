import type { RowName } from './catalogue.ts';

/** The evaluation table's rows, for people. */
export const ROW_WORDS: Readonly<Record<RowName, { readonly title: string; readonly words: string }>> = {
  autoregressive: { title: 'Autoregressive', words: 'The transformer writes the points, its features colour them' },
  'ar-feature-only': { title: 'Features only', words: 'The decoder is told the transformer’s features, not where the points are' },
  'position-only': { title: 'Positions only', words: 'The decoder is told where the points are, not the transformer’s features' },
  'template-positions': { title: 'Template points', words: 'Evenly spread points, finished by our decoder' },
  template: { title: 'Template', words: 'Evenly spread points, no network' },
};
