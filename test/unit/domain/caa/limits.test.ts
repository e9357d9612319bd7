import { describe, expect, it } from 'vitest';
import { applyLimit, type Limit, readLimits } from '../../../../shared/domain/caa/limits.ts';

describe('applyLimit (RFC 8657 sections 3 and 4)', () => {
  it.each<{
    name: string;
    limit: Limit;
    offered: readonly string[] | null;
    enforce: boolean;
    outcome: ReturnType<typeof applyLimit>;
  }>([
    {
      name: 'returns satisfied for any value without a limit',
      limit: null,
      offered: ['a'],
      enforce: true,
      outcome: 'satisfied',
    },
    {
      name: 'returns satisfied for no value without a limit',
      limit: null,
      offered: null,
      enforce: true,
      outcome: 'satisfied',
    },
    {
      name: 'returns satisfied if one of several values is accepted',
      limit: ['a', 'b'],
      offered: ['c', 'b'],
      enforce: true,
      outcome: 'satisfied',
    },
    {
      name: 'returns blocked for another value',
      limit: ['a'],
      offered: ['b'],
      enforce: false,
      outcome: 'blocked',
    },
    {
      name: 'returns blocked for a limit that accepts nothing',
      limit: [],
      offered: ['a'],
      enforce: true,
      outcome: 'blocked',
    },
    {
      name: 'returns blocked for no value with enforcement',
      limit: ['a'],
      offered: null,
      enforce: true,
      outcome: 'blocked',
    },
    {
      name: 'returns ignored for no value without enforcement',
      limit: [],
      offered: null,
      enforce: false,
      outcome: 'ignored',
    },
  ])('$name', ({ limit, offered, enforce, outcome }) => {
    expect(applyLimit(limit, offered, enforce)).toBe(outcome);
  });
});

describe('readLimits: validationmethods (RFC 8657 section 4)', () => {
  it.each([
    { name: 'splits labels at commas', value: 'dns-01,x', method: ['dns-01', 'x'] },
    { name: 'accepts nothing from an empty list', value: '', method: [] },
    { name: 'accepts nothing from a list with an empty label', value: 'dns-01,,x', method: [] },
  ])('$name', ({ value, method }) => {
    expect(readLimits([{ tag: 'validationmethods', value }])).toEqual({ account: null, method });
  });
});
