// Step: a Chromium for the browser tests. In order: STIPPLE_CHROMIUM, one that is installed, Debian's package when
// root, one that an npm package ships.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { runChild, tail } from './child.mjs';
import { hasApt, installDebianPackages, unpackDebianPackages } from './debianPackages.mjs';
import { readTar, unpackNpmPackage } from './fetchedFiles.mjs';
import { cacheFolder, chromiumFile } from './paths.mjs';
import { SetupError, say, timed } from './report.mjs';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const APPLICATIONS = {
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'],
};
// What the Chromium of the npm package links with is in the package; its launcher script sets these up.
const PACKAGE_ARCHIVES = ['al2023.tar.br', 'swiftshader.tar.br', 'fonts.tar.br'];

/** @returns {Promise<string>} path of an executable */
export async function prepareChromium() {
  const named = process.env['STIPPLE_CHROMIUM'];
  if (named) {
    if (existsSync(named)) return named;
    throw new SetupError(`STIPPLE_CHROMIUM names ${named}`, 'there is no such file', 'Name a Chromium or Chrome, or unset it.');
  }
  const remembered = existsSync(chromiumFile) ? readFileSync(chromiumFile, 'utf8').trim() : '';
  if (remembered !== '' && existsSync(remembered)) return remembered;

  const faults = [];
  for (const take of [takeInstalled, takeDebianPackage, takeNpmPackage]) {
    try {
      const file = await take();
      if (file === undefined) continue;
      const result = await runChild(file, ['--version', '--no-sandbox'], { quiet: true, timeoutMs: 30_000 });
      if (result.status !== 0) throw new Error(`${file} does not start: ${tail(result.output, 3)}`);
      say(`browser for the tests: ${file} (${result.output.trim().split('\n').at(-1)})`);
      mkdirSync(dirname(chromiumFile), { recursive: true });
      writeFileSync(chromiumFile, `${file}\n`);
      return file;
    } catch (error) {
      faults.push(error instanceof SetupError ? `${error.what}: ${error.why}` : String(error));
    }
  }
  throw new SetupError('no Chromium could be had for the browser tests', faults.join('\n') || `nothing is known for ${process.platform}-${process.arch}`,
    'Install Chromium or Chrome, or name one in STIPPLE_CHROMIUM.');
}

/** @returns {Promise<string | undefined>} */
async function takeInstalled() {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const command of COMMANDS) {
      const file = join(folder, command);
      if (existsSync(file)) return file;
    }
  }
  const applications = process.platform === 'darwin' || process.platform === 'win32' ? APPLICATIONS[process.platform] : [];
  return applications.find((file) => existsSync(file));
}

/** @returns {Promise<string | undefined>} */
async function takeDebianPackage() {
  if (process.getuid?.() !== 0 || !(await hasApt())) return undefined;
  await installDebianPackages('for the browser tests', ['chromium', 'libgl1-mesa-dri', 'libegl1', 'libgles2', 'fonts-dejavu-core']);
  return takeInstalled();
}

/** @returns {Promise<string | undefined>} */
async function takeNpmPackage() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const folder = join(cacheFolder, 'chromium');
  await timed('fetching the Chromium that an npm package ships', async () => {
    await unpackNpmPackage('sparticuz-chromium', folder, (path) => path.startsWith('bin/') || path === 'LICENSE');
    const bin = join(folder, 'bin');
    writeFileSync(join(folder, 'chromium'), brotliDecompressSync(readFileSync(join(bin, 'chromium.br'))));
    chmodSync(join(folder, 'chromium'), 0o755);
    for (const archive of PACKAGE_ARCHIVES) {
      for (const file of readTar(brotliDecompressSync(readFileSync(join(bin, archive))))) {
        const target = join(folder, archive.startsWith('swiftshader') ? '' : archive.split('.')[0] ?? '', file.path);
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, file.bytes, { mode: 0o755 });
      }
    }
    rmSync(bin, { recursive: true });
  });
  writeFileSync(join(folder, 'fonts', 'fonts.conf'), `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`);
  // One library it takes from the system, which a bare Debian lacks.
  const sqlite = (await hasApt()) ? await unpackDebianPackages('for the browser tests', ['libsqlite3-0'], 'chromium') : '/';
  const launcher = join(folder, 'chromium.sh');
  writeFileSync(launcher, [
    '#!/bin/sh',
    'here=$(dirname "$(readlink -f "$0")")',
    // Its own libraries and graphics driver, not those that gl was given.
    `export LD_LIBRARY_PATH="$here/al2023/lib:${join(sqlite, 'usr', 'lib', 'x86_64-linux-gnu')}"`,
    'unset VK_DRIVER_FILES VK_ICD_FILENAMES ANGLE_DEFAULT_PLATFORM',
    'export FONTCONFIG_PATH="$here/fonts"',
    'exec "$here/chromium" "$@"', '',
  ].join('\n'), { mode: 0o755 });
  return launcher;
}
