import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { projectFolder } from '../../../server/setup/paths.mjs';

/** The files that `vite build` makes of an entry module, minified and tree-shaken as the app is. */
export async function bundle(entry: string): Promise<Map<string, string | Uint8Array>> {
  const built = await build({
    configFile: false, logLevel: 'error', root: projectFolder, publicDir: false,
    build: {
      write: false, target: 'es2023', minify: true, modulePreload: false, assetsInlineLimit: 0,
      rolldownOptions: { input: join(projectFolder, entry), preserveEntrySignatures: 'strict', output: { entryFileNames: 'entry.js' } },
    },
  });
  const files = new Map<string, string | Uint8Array>();
  for (const { output } of (Array.isArray(built) ? built : [built]) as { output: readonly ({ type: 'chunk'; fileName: string; code: string } | { type: 'asset'; fileName: string; source: string | Uint8Array })[] }[]) {
    for (const file of output) files.set(file.fileName, file.type === 'chunk' ? file.code : file.source);
  }
  return files;
}

/** Kilobytes (1000 bytes) of JavaScript and WebAssembly, each file compressed by itself as servers do. */
export function gzipKilobytes(files: ReadonlyMap<string, string | Uint8Array>): number {
  let bytes = 0;
  for (const [name, content] of files) if (/\.(js|wasm)$/.test(name)) bytes += gzipSync(content, { level: 9 }).length;
  return Math.round(bytes / 100) / 10;
}
