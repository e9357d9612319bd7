// Bundles the programs of this package into dist/. Runs in a fraction of a second, so every command but `npm start` does it.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { build } from 'esbuild';
import { dropNodeCrypto } from './drop-node-crypto.mjs';

const OUTPUT = 'dist';

/** The commit that is built, with `-dirty` behind it when a file differs from it; `unknown` where this is not a checkout of its own. */
function readCommit() {
  const git = (...args) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    if (git('rev-parse', '--show-prefix') !== '') return 'unknown';
    return git('describe', '--always', '--dirty', '--abbrev=12', '--exclude=*');
  } catch {
    return 'unknown';
  }
}

function readVersion() {
  return JSON.parse(readFileSync('package.json', 'utf8')).version;
}

const shared = {
  outdir: OUTPUT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  metafile: true,
  sourcemap: 'linked',
  sourcesContent: false,
  // CommonJS packages inside the bundle ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as mpicCreateRequire } from 'node:module'; const require = mpicCreateRequire(import.meta.url);",
  },
  // Native code, whole servers and the CDK stay as packages.
  external: [
    'classic-level',
    'memory-level',
    'dynalite',
    'fauxqs',
    'aws-cdk-lib',
    'constructs',
    'cdk-nag',
    'esbuild',
  ],
  logLevel: 'warning',
};

/** What is deployed is small, so that a cold function starts soon; what few checks need comes in a part of its own. */
const deployed = (folder, entryPoint) => ({
  ...shared,
  outdir: `${OUTPUT}/${folder}`,
  splitting: true,
  minify: true,
  entryPoints: { index: entryPoint },
});

const inFunction = { alias: { '@aws-sdk/credential-provider-node': './infra/lambda-credentials.ts' } };

/** For browsers too. */
const forEverywhere = {
  ...shared,
  banner: {},
  platform: 'browser',
  target: ['es2022'],
  plugins: [dropNodeCrypto],
};

const results = await Promise.all([
  build({
    ...shared,
    // What only some programs need is loaded only by those: the AWS SDK is the larger part of it all.
    splitting: true,
    // Only of what runs on this machine: a function is published anew when a byte of it changes.
    define: {
      BUILD_FACTS: JSON.stringify({
        version: readVersion(),
        commit: readCommit(),
      }),
    },
    entryPoints: {
      mpic: 'services/cli/main.ts',
      local: 'services/hosts/local/main.ts',
      'lab-servers': 'test/lab/lab-process.ts',
      emulated: 'test/lab/emulators/open-emulated.ts',
      emulators: 'test/lab/emulators/emulator-process.ts',
      demo: 'test/lab/demo/main.ts',
      bench: 'test/bench/main.ts',
      infra: 'infra/app.ts',
      docs: 'services/cli/docs/main.ts',
      simulate: 'test/simulation/main.ts',
      'test-deploy': 'test/deploy/main.ts',
      'test-faults': 'test/faults/main.ts',
      'test-fuzz': 'test/fuzz/main.ts',
    },
  }),
  build({ ...forEverywhere, entryPoints: { 'client/index': 'shared/client/index.ts' } }),
  build({ ...deployed('perspective-lambda', 'services/hosts/perspective/lambda.ts'), ...inFunction }),
  build({ ...deployed('api-lambda', 'services/hosts/home/api.ts'), ...inFunction }),
  build({ ...deployed('decision-lambda', 'services/hosts/home/decision.ts'), ...inFunction }),
  build({ ...deployed('pre-traffic-lambda', 'services/hosts/home/pre-traffic.ts'), ...inFunction }),
  // Wherever it runs, it may get its credentials in any way the SDK knows.
  // It names its version in its results. Without the commit: the image of the functions has it too, and is published anew when
  // a byte of it changes.
  build({
    ...deployed('perspective-worker', 'services/hosts/perspective/worker.ts'),
    define: { BUILD_FACTS: JSON.stringify({ version: readVersion() }) },
  }),
]);

chmodSync(`${OUTPUT}/mpic.mjs`, 0o755);

// Root hints and trust anchor are read as files, by whoever starts a validating resolver or puts on record what it trusts.
const IANA = 'shared/adapters/dns/unbound/iana';
const copies = ['', '/decision-lambda', '/perspective-lambda', '/perspective-worker'].map(
  (folder) => `${OUTPUT}${folder}/iana`,
);
for (const folder of copies) cpSync(IANA, folder, { recursive: true });

// Parts of former builds go once no program that was started from them can still want to load one; from what is deployed at
// once, since all that is there is uploaded.
const ONE_DAY_MS = 86_400_000;
const isDeployed = (name) => /^[a-z]+(-[a-z]+)*-(lambda|worker)\//.test(name);
const made = new Set([
  ...results.flatMap(({ metafile }) => Object.keys(metafile.outputs)),
  ...copies.flatMap((folder) => readdirSync(IANA).map((name) => `${folder}/${name}`)),
]);
for (const name of readdirSync(OUTPUT, { recursive: true })) {
  const path = `${OUTPUT}/${name}`;
  const found = statSync(path);
  if (!found.isFile() || made.has(path) || /^(?:packaged|client\/types)\//.test(name)) continue;
  if (isDeployed(name) || Date.now() - found.mtimeMs > ONE_DAY_MS) rmSync(path);
}
