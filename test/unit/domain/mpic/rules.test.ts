import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowedNonCorroborations,
  type DatedRules,
  rulesAt,
  rulesOfDay,
} from '../../../../shared/domain/rules/rules.ts';

interface Change {
  readonly name: string;
  readonly from: string;
  readonly before: Partial<DatedRules>;
  readonly after: Partial<DatedRules>;
}

const CHANGES: readonly Change[] = [
  {
    name: 'two perspectives are required',
    from: '2025-03-15',
    before: { minimumPerspectives: 0, minimumSince: null },
    after: { minimumPerspectives: 2, minimumSince: '2025-03-15' },
  },
  {
    name: 'three perspectives, two service regions and DNSSEC at the primary are required, and reuse is 200 days',
    from: '2026-03-15',
    before: {
      minimumPerspectives: 2,
      minimumRirs: 1,
      primaryDnssecRequired: false,
      validationReuseDays: 398,
    },
    after: {
      minimumPerspectives: 3,
      minimumRirs: 2,
      primaryDnssecRequired: true,
      validationReuseDays: 200,
    },
  },
  {
    name: 'four perspectives are required, and five are announced',
    from: '2026-06-15',
    before: { minimumPerspectives: 3, nextMinimum: { from: '2026-06-15', minimumPerspectives: 4 } },
    after: { minimumPerspectives: 4, nextMinimum: { from: '2026-12-15', minimumPerspectives: 5 } },
  },
  {
    name: 'five perspectives are required, and no increase is announced',
    from: '2026-12-15',
    before: { minimumPerspectives: 4, minimumSince: '2026-06-15' },
    after: { minimumPerspectives: 5, minimumSince: '2026-12-15', nextMinimum: null },
  },
  {
    name: 'RFC 8657 is enforced and validations are reused for 100 days',
    from: '2027-03-15',
    before: { rfc8657Required: false, validationReuseDays: 200 },
    after: { rfc8657Required: true, validationReuseDays: 100, minimumPerspectives: 5 },
  },
  {
    name: 'validations are reused for 10 days',
    from: '2029-03-15',
    before: { validationReuseDays: 100 },
    after: { validationReuseDays: 10, rfc8657Required: true, minimumRirs: 2 },
  },
];

describe('rulesAt (TLS BR 3.2.2.9 [mpic] and dated neighbours)', () => {
  it.each(CHANGES)('from $from: $name', ({ from, before, after }) => {
    const midnight = Date.parse(`${from}T00:00:00.000Z`);
    expect(rulesAt(new Date(midnight - 1))).toMatchObject(before);
    expect(rulesAt(new Date(midnight))).toMatchObject({ ...after, asOf: from });
  });

  it.each([
    { name: 'east of Greenwich', date: '2026-12-15T00:30:00+01:00', minimum: 4 },
    { name: 'west of Greenwich', date: '2026-12-14T23:30:00-01:00', minimum: 5 },
  ])('uses the UTC day for a time $name', ({ date, minimum }) => {
    expect(rulesAt(new Date(date)).minimumPerspectives).toBe(minimum);
  });

  it('returns the last rules for a date after the year 9999', () => {
    expect(rulesAt(new Date('+012345-01-01T00:00:00Z'))).toMatchObject({
      asOf: '+012345-01-01',
      minimumPerspectives: 5,
    });
  });

  it('throws for an invalid date', () => {
    expect(() => rulesAt(new Date(Number.NaN))).toThrow(RangeError);
  });

  it('returns rules that only become stricter with time', () => {
    const time = fc.date({
      min: new Date('2024-01-01'),
      max: new Date('2032-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(time, time, (one, other) => {
        const [earlier, later] =
          one < other ? [rulesAt(one), rulesAt(other)] : [rulesAt(other), rulesAt(one)];
        expect(later.minimumPerspectives).toBeGreaterThanOrEqual(earlier.minimumPerspectives);
        expect(later.minimumRirs).toBeGreaterThanOrEqual(earlier.minimumRirs);
        expect(later.validationReuseDays).toBeLessThanOrEqual(earlier.validationReuseDays);
        expect(Number(later.rfc8657Required)).toBeGreaterThanOrEqual(Number(earlier.rfc8657Required));
      }),
    );
  });
});

describe('allowedNonCorroborations (quorum table of TLS BR 3.2.2.9 [mpic])', () => {
  it.each([
    { perspectives: -1, allowed: null },
    { perspectives: 0, allowed: null },
    { perspectives: 1, allowed: null },
    { perspectives: Number.NaN, allowed: null },
    { perspectives: 2, allowed: 1 },
    { perspectives: 3, allowed: 1 },
    { perspectives: 5, allowed: 1 },
    { perspectives: 6, allowed: 2 },
    { perspectives: 12, allowed: 2 },
    { perspectives: 1000, allowed: 2 },
  ])('returns $allowed for $perspectives perspectives', ({ perspectives, allowed }) => {
    expect(allowedNonCorroborations(perspectives)).toBe(allowed);
  });
});

it('rulesOfDay returns the rules of each day, whatever day was requested before', () => {
  for (const day of ['2026-06-14', '2026-06-15', '2026-06-15', '2026-06-14', '2025-03-14', '2026-12-15'])
    expect(rulesOfDay(day), day).toEqual(rulesAt(new Date(day)));
});
