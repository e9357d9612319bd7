// Bundles the programs of this package into dist/. Runs in a fraction of a second, so `npm start` does it every time.
import { build } from 'esbuild';

const shared = {
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  // CommonJS packages inside the bundle ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as mpicCreateRequire } from 'node:module'; const require = mpicCreateRequire(import.meta.url);",
  },
  // Native code and whole servers stay as packages.
  external: ['classic-level', 'memory-level', 'dynalite', 'fauxqs'],
  logLevel: 'warning',
};

await Promise.all([
  build({
    ...shared,
    target: 'node20.19',
    entryPoints: {
      local: 'services/local/main.ts',
      'lab-dns': 'services/local/lab/dns-process.ts',
      demo: 'services/local/demo/main.ts',
      bench: 'test/bench/main.ts',
      emulators: 'services/local/emulators/emulator-process.ts',
    },
  }),
  // What is deployed is small, so that a cold function starts soon.
  build({
    ...shared,
    target: 'node20.19',
    minify: true,
    alias: { '@aws-sdk/credential-provider-node': './infra/lambda-credentials.ts' },
    entryPoints: { 'perspective-lambda': 'services/perspective/lambda.ts' },
  }),
]);
