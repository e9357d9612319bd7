import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

/** Near tests first, by the names of the bundles: Stryker stops at the first test that notices. */
class NearFirst extends BaseSequencer {
  async sort(files) {
    return files.sort((a, b) => a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  test: {
    include: ['test/mutants/bundle/*.test.mjs'],
    hookTimeout: 60_000,
    testTimeout: 60_000,
    sequence: { sequencer: NearFirst },
  },
});
