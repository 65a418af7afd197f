import { Command, Option } from 'commander';
import { StippleError } from '../shared/protocol/errors.ts';
import { createApp } from './app.ts';
import type { App } from './app.ts';
import { readConfig } from './config.ts';
import type { ServerConfig } from './config.ts';
import { GENERATOR_NAMES, type GeneratorName } from './generator/generatorNames.ts';
import { describeError } from './log.ts';

/** Time for open connections to end after a signal; then the process goes anyway. */
const SHUTDOWN_LIMIT_MS = 10_000;

const program = new Command('start')
  .description('The server, with the app. Everything else is set by environment variables (README.md).')
  .addOption(new Option('--generator <name>', 'what makes heads').choices(GENERATOR_NAMES))
  .helpOption('--help')
  .parse();

async function main(): Promise<void> {
  const { generator } = program.opts<{ generator?: GeneratorName }>();
  const config = readConfig({ ...process.env, ...(generator === undefined ? {} : { STIPPLE_GENERATOR: generator }) });
  const running: { app?: App } = {};
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    const { app } = running;
    if (stopping || app === undefined) process.exit(1);
    stopping = true;
    const { log } = app;
    log.info({ signal }, 'shutting down');
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal(describeError(error), 'shutting down failed');
        process.exit(1);
      },
    );
  };
  // Before the relay's workers: mediasoup adds listeners of its own that close them, and rooms are to be told first.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.setMaxListeners(process.getMaxListeners() + config.sfu.workers);
  running.app = await createApp(config, { processMetrics: true });
  process.stderr.write(`\nStipple is at ${pageAddress(config, running.app.url)}\n\n`);
}

/** What to type into a browser on this machine. */
function pageAddress(config: ServerConfig, url: string): string {
  const port = new URL(url).port;
  const everywhere = config.host === '0.0.0.0' || config.host === '::';
  return everywhere ? `http://localhost${port === '' ? '' : `:${port}`}` : url;
}

main().catch((error: unknown) => {
  const words = error instanceof StippleError ? `${error.message} [${error.code}]` : String((error as Error)?.stack ?? error);
  process.stderr.write(`\nThe server did not start: ${words}\n`);
  process.exit(1);
});
