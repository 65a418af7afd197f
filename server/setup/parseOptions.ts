import { parseArgs, type ParseArgsConfig } from 'node:util';

/**
 * The command line as Node's `parseArgs` reads it. What that refuses ends the process with status 2, naming the option;
 * `--help` is refused like any other that is not there, and so shows the usage.
 */
export function parseOptions<const T extends ParseArgsConfig>(config: T, usage?: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))) throw error;
    const known = usage ?? `options: ${Object.keys(config.options ?? {}).map((name) => `--${name}`).join(', ')}`;
    process.stderr.write(`${error.message.split('. To specify')[0]}\n${known}\n`);
    process.exit(2);
  }
}
