import preact from '@preact/preset-vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/**
 * The gallery as one classic script and one style sheet, fonts and all, without a module among them: browsers run those
 * from a disk too. `npm run -s gallery` builds it.
 */
export default defineConfig({
  root: fileURLToPath(new URL('gallery/standalone/', import.meta.url)),
  publicDir: false,
  plugins: [preact()],
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: fileURLToPath(new URL('../dist/gallery', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    minify: true,
    lib: {
      entry: fileURLToPath(new URL('gallery/standalone/main.tsx', import.meta.url)), formats: ['iife'], name: 'stippleGallery',
      fileName: () => 'gallery.js', cssFileName: 'gallery',
    },
  },
});
