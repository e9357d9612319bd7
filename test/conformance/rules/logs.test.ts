import { describe, expect, it } from 'vitest';
import { type RecordUse, retentionDays } from '../../../shared/mpic/retention.ts';
import { readDocument, tableRows } from '../../unit/docs/markdown.ts';

describe('how long records are needed (TLS BR 5.4.3 [records-retention])', () => {
  it.each<{ name: string; day: string; use?: RecordUse; days: number }>([
    { name: 'LG-03 a validation of today', day: '2026-11-29', days: 1131 },
    { name: 'LG-03 the last day of 200 days', day: '2027-03-14', days: 1131 },
    { name: 'LG-03 the first day of 100 days', day: '2027-03-15', days: 931 },
    { name: 'LG-03 the last day of 398 days', day: '2026-03-14', days: 1527 },
    { name: 'LG-03 the first day of 200 days', day: '2026-03-15', days: 1131 },
    { name: 'LG-03 the first day of 10 and 47 days', day: '2029-03-15', days: 788 },
    { name: 'LG-03 a reused corroboration of CAA', day: '2026-11-29', use: 'caa-corroboration', days: 1329 },
    { name: 'LG-03 a validation for S/MIME', day: '2026-11-29', use: 's-mime', days: 1954 },
  ])('$name: $days days', ({ day, use, days }) => {
    expect(retentionDays(new Date(day), use)).toBe(days);
  });

  it('LG-03 docs/audit.md has the same sums', () => {
    const sums = tableRows(readDocument('docs/audit.md'))
      .filter((cells) => cells.length === 4 && cells.slice(1).every((cell) => /^\d+$/.test(cell)))
      .map((cells) => cells.slice(1).map(Number));
    expect(sums.map(([reuse = 0, validity = 0, days]) => days === reuse + validity + 731)).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(sums.map(([, , days]) => days)).toEqual([1527, 1131, 931, 788, 1329, 1954]);
  });
});
