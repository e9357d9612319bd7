import { describe, expect, it } from 'vitest';
import { describeRuleChange, findRuleChanges } from '../../../../shared/domain/mpic/look-ahead.ts';
import { RULEBOOK } from '../../../../shared/domain/rules/rulebook.ts';
import { regions, SIX_REGIONS } from './aws-regions.ts';

const FOUR = SIX_REGIONS.slice(0, 4);
const DAY = 86_400_000;
const set = (perspectives = SIX_REGIONS, cohortSize = perspectives.length) => ({
  perspectives,
  primary: null,
  cohortSize,
});
const fromsAt = (now: string, of?: string) =>
  findRuleChanges(set(), new Date(now)).flatMap(({ from, section }) =>
    of === undefined || section === of ? [from] : [],
  );

describe('findRuleChanges', () => {
  it('reports that a set of four is too small from 2026-12-15', () => {
    const changes = findRuleChanges(set(FOUR), new Date('2026-11-29T12:00:00Z'));
    expect(changes).toMatchObject([
      {
        from: '2026-12-15',
        section: 'mpic',
        problems: [{ rule: 'cohort-size', message: expect.stringContaining('2026-12-15') }],
      },
    ]);
    expect(changes.map(describeRuleChange)).toEqual([
      expect.stringMatching(
        /^from 2026-12-15 on TLS BR 3\.2\.2\.9 says: at least 5 remote perspectives\. .* does not start: .*count 4/,
      ),
    ]);
  });

  it('reports no problem for a set of six', () => {
    const [change] = findRuleChanges(set(), new Date('2026-11-29T12:00:00Z'));
    expect(change).toMatchObject({ from: '2026-12-15', problems: [] });
    expect(change && describeRuleChange(change)).not.toMatch(/start/);
  });

  it('reports the default of four for a set of six', () => {
    const [change] = findRuleChanges(set(SIX_REGIONS, 4), new Date('2026-11-29'));
    expect(change?.problems.map(({ rule }) => rule)).toEqual(['cohort-size']);
  });

  it('does not count the primary perspective', () => {
    const five = {
      ...set(SIX_REGIONS.slice(0, 5), 4),
      primary: { kind: 'perspective', code: 'us-east-1' },
    } as const;
    expect(findRuleChanges(five, new Date('2026-11-29'))[0]?.problems).toHaveLength(1);
  });

  it('reports no problem under open-mpic', () => {
    const pair = { ...set(regions('us-east-1', 'eu-west-1')), policy: 'open-mpic' } as const;
    expect(findRuleChanges(pair, new Date('2026-11-29'))).toMatchObject([{ problems: [] }]);
  });

  it.each([
    { name: 'a moment before the 90 days', now: '2026-09-15T23:59:59.999Z', froms: [] },
    { name: '90 days before', now: '2026-09-16T00:00:00Z', froms: ['2026-12-15'] },
    { name: 'a moment before midnight', now: '2026-12-14T23:59:59.999Z', froms: ['2026-12-15'] },
  ])('reports a change from 90 days before until the day itself: $name', ({ now, froms }) => {
    expect(fromsAt(now, 'mpic')).toEqual(froms);
  });

  it('omits rules that have begun', () => {
    expect(fromsAt('2026-12-15T00:00:00Z')).not.toContain('2026-12-15');
  });

  it('lists changes in date order', () => {
    expect(fromsAt('2026-06-01')).toEqual(['2026-06-15', '2026-06-16', '2026-07-15']);
  });

  it('reports no problem with unrelated rules for a set that is already too small', () => {
    const changes = findRuleChanges(set(FOUR), new Date('2027-01-10'));
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('includes every problem in the description of a change', () => {
    const problems = ['One.', 'Two.'].map((message) => ({ rule: 'cohort-size', message }) as const);
    const change = { from: '2026-12-15', section: 'mpic', text: 'a rule', problems } as const;
    expect(describeRuleChange(change)).toBe(
      'from 2026-12-15 on TLS BR 3.2.2.9 says: a rule. The service then rejects requests, and does not start: One. Two.',
    );
  });

  it('lists the methods that end', () => {
    const texts = findRuleChanges(set(), new Date('2027-01-10')).map(({ text }) => text);
    expect(texts).toEqual(
      expect.arrayContaining([
        'CAA parameters of RFC 8657 are processed',
        'the method contact-phone-txt cannot be used, nor a validation made by it',
        'the method reverse-address-lookup cannot be used, nor a validation made by it',
      ]),
    );
  });

  const dates = [
    ...RULEBOOK.dated.changes.map(({ from }) => from),
    ...Object.values(RULEBOOK.methods).flatMap(({ discouragedFrom, endsOn }) => [discouragedFrom, endsOn]),
  ].filter((date) => date !== null);
  it.each([...new Set(dates)])('reports %s one day before', (date) => {
    expect(fromsAt(new Date(Date.parse(date) - DAY).toISOString())).toContain(date);
  });
});
