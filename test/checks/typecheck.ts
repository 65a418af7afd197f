// `npm run typecheck`
import { checkTypes } from './typeProjects.ts';

process.exitCode = (await checkTypes()).failed === 0 ? 0 : 1;
