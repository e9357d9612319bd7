import { describe, expect, it } from 'vitest';
import { planFiles, readFileLimit } from '../../../../services/hosts/local/open-files.ts';

const DEMAND = { maxRunning: 1000, hostedPerspectives: 6 };
/** 448 reserved, 6,000 for checks, 1,064 for connections. */
const LEAST = 7_512;

describe('planFiles', () => {
  it.each([
    {
      name: 'with just enough files, allows a connection per request and 64 more',
      limit: LEAST,
      maxConnections: 1_064,
    },
    { name: 'with one more file, allows one more connection', limit: LEAST + 1, maxConnections: 1_065 },
    { name: 'connections never take the files that checks need', limit: 10_000, maxConnections: 3_552 },
    {
      name: 'with a million files, allows at most 16384 connections',
      limit: 1_048_576,
      maxConnections: 16_384,
    },
    { name: 'with an unknown limit, allows at most 16384 connections', limit: null, maxConnections: 16_384 },
  ])('$name', ({ limit, maxConnections }) => {
    expect(planFiles(limit, DEMAND)).toEqual({ ok: true, maxConnections });
  });

  it.each([
    {
      name: 'one file too few',
      limit: LEAST - 1,
      demand: DEMAND,
      says: /may open 7511 files.*take 7512.*MPIC_MAX_RUNNING to at most 999/,
    },
    {
      name: 'a limit of 1024 files',
      limit: 1024,
      demand: DEMAND,
      says: /MPIC_MAX_RUNNING to at most 73/,
    },
    {
      name: 'a limit too small for any request',
      limit: 300,
      demand: DEMAND,
      says: /ulimit -n(?!.*MPIC_MAX_RUNNING)/,
    },
  ])('rejects $name, and states what would fit', ({ limit, demand, says }) => {
    expect(planFiles(limit, demand)).toEqual({ ok: false, problem: expect.stringMatching(says) });
  });

  it('accepts the number of requests that its message suggests', () => {
    for (let limit = 520; limit < 20_000; limit += 7) {
      const refused = planFiles(limit, DEMAND);
      if (refused.ok) continue;
      const fitting = Number(/at most (\d+)/.exec(refused.problem)?.[1]);
      expect(planFiles(limit, { ...DEMAND, maxRunning: fitting }).ok).toBe(true);
      expect(planFiles(limit, { ...DEMAND, maxRunning: fitting + 1 }).ok).toBe(false);
    }
  });
});

describe('readFileLimit', () => {
  it('returns the limit of this process', () => {
    expect(readFileLimit()).toBeGreaterThan(64);
  });
});
