import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    hookTimeout: 60_000,
    testTimeout: 60_000,
    // The tests over emulated services wait for real deadlines most of their time, so more workers than cores help.
    maxWorkers: 4,
  },
});
