/** The generators there are, by the names they go by in settings, on the command line and in an avatar's header. */
export const GENERATOR_NAMES = ['template', 'autoregressive'] as const;
export type GeneratorName = (typeof GENERATOR_NAMES)[number];

/** What `npm start` and `npm run -s avatar` use where nothing else is asked for. */
export const DEFAULT_GENERATOR: GeneratorName = 'autoregressive';
