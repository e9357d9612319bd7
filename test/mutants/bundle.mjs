import { build } from 'esbuild';
import { currentArea, testFiles } from './areas.mjs';

/**
 * Bundles the tests of an area, with the mutated code, into two files that need nothing but node_modules. A mutant then costs one start
 * of a worker and what its tests cost, not hundreds of modules. Stryker runs this in its copy of the project.
 */
const { near, far } = currentArea();
const nearFiles = testFiles(near);
const farFiles = testFiles(far).filter((file) => !nearFiles.includes(file));

for (const [name, files] of [
  ['1-near', nearFiles],
  ['2-far', farFiles],
]) {
  await build({
    stdin: { contents: entryOf(files), resolveDir: process.cwd(), loader: 'ts' },
    outfile: `test/mutants/bundle/${name}.test.mjs`,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
}

/** Stryker puts the names of the tests that reach a mutant into the configuration of the worker: the other files are not loaded. */
function entryOf(files) {
  const suites = files.map(
    (file) => `if (isChosen('${file}')) describe('${file}', async () => { await import('./${file}'); });`,
  );
  return `
    import { describe } from 'vitest';
    const chosen = globalThis.__vitest_worker__?.config?.testNamePattern?.source.replaceAll('\\\\', '');
    const isChosen = (file: string) => chosen === undefined || chosen.includes(file);
    ${suites.join('\n')}
    describe('bundle', () => it('is loaded', () => undefined));
  `.replace('{ describe }', '{ describe, it }');
}
