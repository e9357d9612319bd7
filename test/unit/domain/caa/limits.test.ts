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
      name: 'no limit is satisfied by anything',
      limit: null,
      offered: ['a'],
      enforce: true,
      outcome: 'satisfied',
    },
    {
      name: 'no limit is satisfied by nothing',
      limit: null,
      offered: null,
      enforce: true,
      outcome: 'satisfied',
    },
    {
      name: 'one of several will do',
      limit: ['a', 'b'],
      offered: ['c', 'b'],
      enforce: true,
      outcome: 'satisfied',
    },
    { name: 'another value is blocked', limit: ['a'], offered: ['b'], enforce: false, outcome: 'blocked' },
    {
      name: 'a limit that accepts nothing blocks',
      limit: [],
      offered: ['a'],
      enforce: true,
      outcome: 'blocked',
    },
    {
      name: 'nothing to compare is blocked when enforced',
      limit: ['a'],
      offered: null,
      enforce: true,
      outcome: 'blocked',
    },
    {
      name: 'nothing to compare is ignored when not enforced',
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
    { name: 'labels are separated by commas', value: 'dns-01,x', method: ['dns-01', 'x'] },
    { name: 'an empty list accepts nothing', value: '', method: [] },
    { name: 'an empty label makes the list accept nothing', value: 'dns-01,,x', method: [] },
  ])('$name', ({ value, method }) => {
    expect(readLimits([{ tag: 'validationmethods', value }])).toEqual({ account: null, method });
  });
});
