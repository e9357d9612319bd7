import { configDefaults, defineConfig } from 'vitest/config';

// Files that replace a module, and so need modules that no other file has loaded.
const ISOLATED = ['test/unit/adapters/net/connecting.test.ts'];

export default defineConfig({
  test: {
    hookTimeout: 60_000,
    testTimeout: 60_000,
    // Row names of a table are shown whole.
    chaiConfig: { truncateThreshold: 0 },
    // The tests over emulated services wait for real deadlines most of their time, so more workers than cores help.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        // A worker loads a module once for all its files: loading was more than half of the processor time of the unit tests.
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ISOLATED],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'isolated', include: ISOLATED } },
    ],
  },
});
