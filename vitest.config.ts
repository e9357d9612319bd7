import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Tests of plain functions: a worker loads each module once for all their files, since loading is more than half of the
 * processor time. Tests that open sockets, files, processes or emulators, or replace modules, get modules of their own.
 */
const TOGETHER = ['api', 'architecture', 'contract', 'coordinator', 'docs', 'domain', 'perspective'].map(
  (folder) => `test/unit/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    hookTimeout: 60_000,
    testTimeout: 60_000,
    // Row names of a table are shown whole.
    chaiConfig: { truncateThreshold: 0 },
    // The tests over emulated services wait for real deadlines most of their time, so more workers than cores help.
    maxWorkers: 4,
    projects: [
      { extends: true, test: { name: 'together', include: TOGETHER, isolate: false } },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...TOGETHER],
        },
      },
    ],
  },
});
