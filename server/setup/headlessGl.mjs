// Step: gl (WebGL2 in Node), for the commands that draw without a browser. Three parts: its native module, on Linux a
// software Vulkan driver, and a link by which ANGLE finds the Vulkan loader.
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runChild, tail } from './child.mjs';
import { hasApt, installDebianPackages, unpackDebianPackages } from './debianPackages.mjs';
import { manifestEntry, verify } from './fetchedFiles.mjs';
import { entryEnvironment, findNode, packagedNodeFolder } from './nodeRuntime.mjs';
import { projectFolder } from './paths.mjs';
import { SetupError, say, timed } from './report.mjs';
import { readStamp, writeStamp } from './stamp.mjs';

const packageFolder = join(projectFolder, 'node_modules', 'gl');
const releaseFolder = join(packageFolder, 'build', 'Release');
const nativeModule = join(releaseFolder, 'webgl.node');
// The last two are what ANGLE's own libraries link with.
const DRIVER_PACKAGES = ['libvulkan1', 'mesa-vulkan-drivers', 'libx11-6', 'libxext6'];
const COMPILER_PACKAGES = ['python3', 'make', 'g++'];

/**
 * Makes gl ready.
 * @returns {Promise<NodeJS.ProcessEnv>} what the entry's environment needs for it
 */
export async function prepareHeadlessGl() {
  const version = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version;
  const node = findNode();
  const stamp = readStamp('headless-gl');
  if (stamp?.version === version && stamp.node === node && existsSync(nativeModule) && stillThere(stamp.env)) return stamp.env;

  await installNativeModule(version);
  const env = process.platform === 'linux' ? await prepareVulkan() : {};
  writeStamp('headless-gl', { version, node, env });
  return env;
}

/** @param {Record<string, string>} env */
function stillThere(env) {
  const driver = env['VK_DRIVER_FILES'];
  return (driver === undefined || existsSync(driver)) && (process.platform !== 'linux' || existsSync(join(releaseFolder, 'libvulkan.so.1')));
}

/** @param {string} version */
async function installNativeModule(version) {
  const abi = (await runChild(findNode(), ['-p', 'process.versions.modules'], { quiet: true })).output.trim();
  const entry = manifestEntry('gl-module-kept');
  if (entry.repository?.includes(`-${version}-${process.platform}-${process.arch}-abi${abi}.`)) {
    const file = join(projectFolder, entry.repository);
    const libraries = join(packageFolder, 'deps', 'linux', 'so');
    mkdirSync(releaseFolder, { recursive: true });
    for (const name of readdirSync(libraries)) copyFileSync(join(libraries, name), join(releaseFolder, name));
    rmSync(nativeModule, { force: true });
    writeFileSync(nativeModule, gunzipSync(verify(entry, readFileSync(file), file)), { mode: 0o755 });
    const loads = await runChild(findNode(), ['-e', `process.dlopen(module, ${JSON.stringify(nativeModule)})`], { quiet: true });
    if (loads.status === 0) return;
    say(`the gl module kept in this repository does not load here (${tail(loads.output, 1)})`);
  }
  await compile();
}

async function compile() {
  if (process.platform === 'linux' && await hasApt()) await installDebianPackages('to compile gl', COMPILER_PACKAGES);
  const nodeGyp = join(projectFolder, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...entryEnvironment() };
  if (findNode().startsWith(packagedNodeFolder)) env['npm_config_nodedir'] = packagedNodeFolder;
  await timed('compiling gl', async () => {
    const result = await runChild(findNode(), [nodeGyp, 'rebuild'], { cwd: packageFolder, env, quiet: true });
    if (result.status !== 0) {
      throw new SetupError('gl (drawing without a browser) could not be compiled', tail(result.output),
        'It needs Python 3, make and a C++ compiler: https://github.com/nodejs/node-gyp#installation');
    }
  });
}

/** @returns {Promise<Record<string, string>>} */
async function prepareVulkan() {
  const systemLibraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];
  let fault = await tryVulkan(systemLibraries, '/usr/share/vulkan/icd.d', {});
  if (typeof fault !== 'string') return fault;
  let unpacked = '/';
  if (process.getuid?.() === 0) {
    await installDebianPackages('to draw without a display', DRIVER_PACKAGES);
  } else {
    unpacked = await unpackDebianPackages('to draw without a display', DRIVER_PACKAGES, 'vulkan');
    relocateDrivers(unpacked);
  }
  const added = unpacked === '/' ? [] : systemLibraries.map((folder) => join(unpacked, folder)).filter((folder) => existsSync(folder));
  const drivers = [unpacked, '/'].map((root) => join(root, 'usr', 'share', 'vulkan', 'icd.d')).find((folder) => existsSync(folder)) ?? '';
  fault = await tryVulkan([...added, ...systemLibraries], drivers, added.length === 0 ? {} : { LD_LIBRARY_PATH: added.join(':') });
  if (typeof fault !== 'string') return fault;
  throw new SetupError('drawing without a display does not work here', fault,
    `It needs a Vulkan driver (Mesa's software one will do): apt-get install ${DRIVER_PACKAGES.join(' ')}`);
}

/**
 * @param {readonly string[]} libraryFolders where the Vulkan loader may lie
 * @param {string} driverFolder
 * @param {Record<string, string>} more
 * @returns {Promise<Record<string, string> | string>} the environment it works with, or why it does not
 */
async function tryVulkan(libraryFolders, driverFolder, more) {
  const loader = libraryFolders.map((folder) => join(folder, 'libvulkan.so.1')).find((file) => existsSync(file));
  if (loader === undefined) return 'there is no Vulkan loader (libvulkan.so.1)';
  // ANGLE looks for the loader only beside itself.
  const link = join(releaseFolder, 'libvulkan.so.1');
  if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
  symlinkSync(loader, link);
  // The software driver, so that pictures come out alike on every machine; a person may name another.
  const software = existsSync(driverFolder) ? readdirSync(driverFolder).find((name) => name.startsWith('lvp_icd')) : undefined;
  /** @type {Record<string, string>} */
  const env = { ANGLE_DEFAULT_PLATFORM: 'vulkan', ...more };
  const named = process.env['VK_DRIVER_FILES'];
  if (named) env['VK_DRIVER_FILES'] = named;
  else if (software !== undefined) env['VK_DRIVER_FILES'] = join(driverFolder, software);
  const result = await runChild(findNode(), [join(projectFolder, 'server', 'setup', 'headless-gl', 'smokeTest.mjs')],
    { cwd: projectFolder, env: { ...entryEnvironment(), ...env }, quiet: true, timeoutMs: 60_000 });
  return result.status === 0 ? env : tail(result.output, 4) || `gl's test drawing ended with status ${result.status}`;
}

/** The drivers' descriptions name absolute paths: point them at where they were unpacked. @param {string} root */
function relocateDrivers(root) {
  const folder = join(root, 'usr', 'share', 'vulkan', 'icd.d');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8');
    if (!text.includes(`"${root}/`)) writeFileSync(file, text.replace(/("library_path":\s*")\//, `$1${root}/`));
  }
}
