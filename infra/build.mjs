// Bundles the programs of this package into dist/. Runs in a fraction of a second, so `npm start` does it every time.
import { build } from 'esbuild';

const banner =
  "import { createRequire as mpicCreateRequire } from 'node:module'; const require = mpicCreateRequire(import.meta.url);";

await build({
  entryPoints: {
    local: 'services/local/main.ts',
    'lab-dns': 'services/local/lab/dns-process.ts',
    emulators: 'services/local/emulators/emulator-process.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  banner: { js: banner },
  // Native code and whole servers stay as packages.
  external: ['classic-level', 'memory-level', 'dynalite', 'fauxqs'],
  logLevel: 'warning',
});
