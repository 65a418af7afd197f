// `npm run lint`
import { checkLint } from './lintRules.ts';

process.exitCode = (await checkLint()).failed === 0 ? 0 : 1;
