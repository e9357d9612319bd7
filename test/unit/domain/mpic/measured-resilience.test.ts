import { describe, expect, it } from 'vitest';
import {
  isMeasuredRegion,
  MEASURED_SIZES,
  measuredResilience,
} from '../../../../shared/domain/mpic/measured-resilience.ts';

const BEST_SIX = [
  'ap-northeast-2',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-west-1',
  'us-east-2',
];

describe('measuredResilience', () => {
  it.each([
    { name: 'the best six at a quorum of five', regions: BEST_SIX, losses: 1, exact: 60 / 62 },
    {
      name: 'the best six at a quorum of four',
      regions: ['ca-central-1', 'eu-central-1', 'eu-north-1', 'eu-west-1', 'us-west-1', 'us-west-2'],
      losses: 2,
      exact: 55 / 62,
    },
    { name: 'a set in another order', regions: BEST_SIX.toReversed(), losses: 1, exact: 60 / 62 },
  ])('gives the published figure of $name', ({ regions, losses, exact }) => {
    expect(measuredResilience(regions, losses)).toEqual({ exact, atLeast: null, atMost: null });
  });

  it('bounds a set that is not published by the last one that is', () => {
    // Of the same size and losses none is better, and none of its parts is published.
    expect(measuredResilience(BEST_SIX, 2)).toEqual({ exact: null, atLeast: null, atMost: 54 / 62 });
  });

  it('bounds a set from below by a published part of it, because further members never hurt', () => {
    const found = measuredResilience([...BEST_SIX, 'ap-south-1'], 1);
    expect(found?.exact ?? found?.atLeast).toBeGreaterThanOrEqual(60 / 62);
  });

  it.each([
    { name: 'a size without figures', regions: BEST_SIX.slice(0, 4), losses: 1 },
    { name: 'more losses than were measured', regions: BEST_SIX, losses: 3 },
    { name: 'a region that was not measured', regions: [...BEST_SIX.slice(0, 5), 'us-east-1'], losses: 1 },
  ])('has no figure for $name', ({ regions, losses }) => {
    expect(measuredResilience(regions, losses)).toBeNull();
  });

  it('has figures for five to eight perspectives, and not for four regions of AWS that need no opt-in', () => {
    expect(MEASURED_SIZES).toEqual([5, 6, 7, 8]);
    for (const region of ['us-east-1', 'ap-northeast-1', 'sa-east-1', 'eu-west-2'])
      expect(isMeasuredRegion(region)).toBe(false);
  });
});
