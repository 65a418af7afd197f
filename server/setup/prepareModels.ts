/** Set-up step: prepares the perception models; progress on standard error, nothing when all is there. */
import { prepareModels } from './faceModels.ts';

await prepareModels({ onProgress: (message) => process.stderr.write(`  models: ${message}\n`) });
