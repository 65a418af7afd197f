// Debian packages that a step needs: installed by apt when root; otherwise downloaded and unpacked below the cache
// folder where that is enough (shared libraries), or named for the person to install.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChild, tail } from './child.mjs';
import { cacheFolder } from './paths.mjs';
import { SetupError, timed } from './report.mjs';

function isRoot() {
  return process.getuid?.() === 0;
}

/** @param {readonly string[]} packages */
async function notInstalled(packages) {
  const missing = [];
  for (const name of packages) {
    // oxlint-disable-next-line no-template-curly-in-string -- dpkg's own format
    const result = await runChild('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { quiet: true });
    if (result.status !== 0 || !result.output.includes('installed') || result.output.includes('not-installed')) missing.push(name);
  }
  return missing;
}

export async function hasApt() {
  return process.platform === 'linux' && (await runChild('apt-get', ['--version'], { quiet: true })).status === 0;
}

/**
 * @param {string} purpose for the messages, such as "to draw without a display"
 * @param {readonly string[]} packages
 */
export async function installDebianPackages(purpose, packages) {
  const cure = `Have these installed: apt-get install ${packages.join(' ')}`;
  if (!(await hasApt())) throw new SetupError(`packages are missing ${purpose}`, 'there is no apt-get on this system', `Install what corresponds to: ${packages.join(' ')}`);
  const missing = await notInstalled(packages);
  if (missing.length === 0) return;
  if (!isRoot()) throw new SetupError(`Debian packages are missing ${purpose}: ${missing.join(' ')}`, 'only root can install them', cure);
  await timed(`installing Debian packages ${purpose}: ${missing.join(' ')}`, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const install = () => runChild('apt-get', ['install', '-y', '--no-install-recommends', '-qq', '-o', 'DPkg::Lock::Timeout=120', ...missing], { env, quiet: true });
    let result = await install();
    if (result.status !== 0) {
      // The package lists may be missing or old.
      await runChild('apt-get', ['update', '-qq'], { env, quiet: true });
      result = await install();
    }
    if (result.status !== 0) throw new SetupError(`apt could not install ${missing.join(' ')} (${purpose})`, tail(result.output), cure);
  });
}

/**
 * Downloads packages with those they depend on that the system lacks, and unpacks them without being root.
 * @param {string} purpose
 * @param {readonly string[]} packages
 * @param {string} name of the folder below the cache
 * @returns {Promise<string>} a folder that stands for `/` and holds what the system lacks; `/` itself when it lacks nothing
 */
export async function unpackDebianPackages(purpose, packages, name) {
  const root = join(cacheFolder, 'debian', name);
  if (existsSync(root)) return root;
  const cure = `Have them installed by root: apt-get install ${packages.join(' ')}`;
  if (!(await hasApt())) throw new SetupError(`packages are missing ${purpose}`, 'there is no apt-get on this system', `Install what corresponds to: ${packages.join(' ')}`);
  const missing = await notInstalled(packages);
  if (missing.length === 0) return '/';
  await timed(`unpacking Debian packages ${purpose}: ${missing.join(' ')}`, async () => {
    const work = join(cacheFolder, 'debian', `${name}.partial`);
    const lists = join(work, 'lists');
    const archives = join(work, 'archives');
    rmSync(work, { recursive: true, force: true });
    mkdirSync(join(lists, 'partial'), { recursive: true });
    mkdirSync(join(archives, 'partial'), { recursive: true });
    // A private copy of apt's state: the system's lists may be missing, and only root may refresh them.
    const options = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${work}`, '-o', `Dir::Cache::archives=${archives}`,
      '-o', 'Debug::NoLocking=true', '-o', 'APT::Sandbox::User=', '-qq'];
    const steps = [
      await runChild('apt-get', [...options, 'update'], { quiet: true }),
      await runChild('apt-get', [...options, 'install', '-y', '--no-install-recommends', '--download-only', ...missing], { quiet: true, cwd: archives }),
    ];
    const unpacked = join(work, 'root');
    mkdirSync(unpacked);
    const files = readdirSync(archives).filter((file) => file.endsWith('.deb'));
    if (files.length === 0) throw new SetupError(`Debian packages could not be downloaded ${purpose}`, tail(steps.map((step) => step.output).join('\n')), cure);
    for (const file of files) {
      const result = await runChild('dpkg-deb', ['-x', join(archives, file), unpacked], { quiet: true });
      if (result.status !== 0) throw new SetupError(`${file} could not be unpacked`, tail(result.output), cure);
    }
    renameSync(unpacked, root);
    rmSync(work, { recursive: true, force: true });
  });
  return root;
}
