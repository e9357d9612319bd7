import { describe, expect, it } from 'vitest';
import { Attempt, resultKeys } from '../../../../shared/domain/mpic/attempt.ts';
import { buildRequestRecord, buildVerdict, SIX_CODES } from '../../../support/builders.ts';

describe('resultKeys', () => {
  it('returns the keys of every attempt so far, including the primary perspective', () => {
    const record = buildRequestRecord({ attempt: 2, primary: 'home' });
    const keys = resultKeys(record);
    expect(keys).toHaveLength(14);
    expect(keys.filter(({ perspective }) => perspective === 'home')).toEqual([
      { perspective: 'home', attempt: 1 },
      { perspective: 'home', attempt: 2 },
    ]);
  });
});

describe('An attempt', () => {
  it.each([
    { name: 'the current attempt', status: 'running', attempt: 2, number: 2, isUnderWay: true },
    { name: 'an earlier attempt', status: 'running', attempt: 2, number: 1, isUnderWay: false },
    { name: 'an attempt that has not begun', status: 'running', attempt: 1, number: 2, isUnderWay: false },
    {
      name: 'the last attempt of a completed request',
      status: 'completed',
      attempt: 2,
      number: 2,
      isUnderWay: false,
    },
  ] as const)('is under way: $isUnderWay for $name', ({ status, attempt, number, isUnderWay }) => {
    expect(new Attempt(buildRequestRecord({ status, attempt }), number).isUnderWay).toBe(isUnderWay);
  });

  it('has its own verdict once it is finished', () => {
    const verdicts = [buildVerdict({ attempt: 1 })];
    const record = buildRequestRecord({ attempt: 2, verdicts });
    expect(new Attempt(record, 1).verdict).toBe(verdicts[0]);
    expect(new Attempt(record).verdict).toBeNull();
  });

  it('returns the keys of the perspectives without a result, ignoring results of others', () => {
    const attempt = new Attempt(buildRequestRecord({ attempt: 2 }));
    const [first, ...others] = SIX_CODES;
    expect(attempt.keysOfSilent([...others, 'a stranger'])).toEqual([{ perspective: first, attempt: 2 }]);
  });
});
