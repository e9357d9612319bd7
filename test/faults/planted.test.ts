import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PLANTED_FAULTS } from './planted.ts';

describe('Planted faults', () => {
  it('are sixty at least, each with a name of its own', () => {
    const names = PLANTED_FAULTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(60);
  });

  // Where the source has changed, the fault is to be written anew for what stands there now.
  it.each(PLANTED_FAULTS)('$name: its text stands once in $file', ({ file, text, replacement }) => {
    const parts = readFileSync(file, 'utf8').split(text);
    expect(parts.length - 1).toBe(1);
    expect(parts.join(replacement)).not.toBe(parts.join(text));
  });

  it.each(PLANTED_FAULTS)('$name: the tests that have to notice it are there', ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const test of tests) expect(existsSync(test), test).toBe(true);
  });
});
