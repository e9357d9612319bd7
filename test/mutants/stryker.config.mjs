import { currentArea, sourceFiles } from './areas.mjs';

const { name, mutate } = currentArea();

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutants/vitest.config.mjs', related: false },
  mutate: sourceFiles(mutate),
  buildCommand: 'node test/mutants/bundle.mjs',
  coverageAnalysis: 'perTest',
  concurrency: 1,
  incremental: true,
  incrementalFile: `coverage/mutants/${name}.json`,
  reporters: ['progress-append-only'],
  tempDirName: 'coverage/mutants-sandbox',
  ignorePatterns: ['coverage', 'dist', 'cdk.out', 'test/mutants/bundle'],
  // Mutants of what runs when a module is loaded need all tests, each: only when asked for.
  ignoreStatic: process.env.MUTANTS_STATIC !== '1',
  // A machine that does something else beside this is slow: a mutant hangs only when it takes many times as long as the tests did.
  timeoutMS: 30_000,
  timeoutFactor: 4,
};
