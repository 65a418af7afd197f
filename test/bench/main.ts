// `npm run -s bench -- NAME [options] [--json]`: how fast a part of the product is on this machine, and what it needs.
import { applyBench } from './apply.ts';
import { firstPointsBench } from './firstPoints.ts';
import { generationBench } from './generation.ts';
import { motionBench } from './motion/main.ts';
import { renderBench } from './render/main.ts';

/** A benchmark prints one JSON object with `--json`, else lines for people. */
const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  apply: applyBench, generation: generationBench, 'first-points': firstPointsBench, motion: motionBench, render: renderBench,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  process.stderr.write(`there is no benchmark '${name}'; there are ${Object.keys(benches).join(', ')}\n`);
  process.exit(2);
}
await bench(args);
