import { describe, expect, it } from 'vitest';
import { auditAttempt } from '../../../shared/contract/audit/audit-record.ts';
import { type RecordUse, retentionDays } from '../../../shared/domain/mpic/retention.ts';
import {
  buildCheckResult,
  buildRequestRecord,
  buildVerdict,
  readable,
  SIX_CODES,
} from '../../support/builders.ts';
import { readDocument, tableRows } from '../../unit/docs/markdown.ts';

describe('contents of audit records (TLS BR 5.4.1 [records])', () => {
  const record = buildRequestRecord();
  const results = SIX_CODES.slice(0, 5).map((perspective) => readable(buildCheckResult({ perspective })));
  const verdict = buildVerdict({ counted: SIX_CODES.slice(0, 5), results });
  const records = auditAttempt(record, verdict, { service: 'mpic', version: '1', instance: 'here' });

  it('LG-01 each record has time, description and recorder', () => {
    expect(records).toHaveLength(SIX_CODES.length + 1);
    for (const entry of records)
      expect(entry).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        description: expect.stringMatching(/./),
        recorder: { service: 'mpic', version: '1', instance: 'here' },
      });
  });

  it('LG-01 (7) perspective, name and result are recorded for each perspective asked, with or without a result', () => {
    const seen = records.flatMap((entry) => (entry.event === 'perspective-check' ? [entry] : []));
    expect(
      seen.map(({ perspective, checked_identifier, result }) => [perspective, checked_identifier, result]),
    ).toEqual(
      SIX_CODES.map((code, index) => [
        code,
        'example.test',
        index < 5 ? 'caa-permission' : 'caa-prohibition',
      ]),
    );
  });

  it('LG-01 (8) the quorum is recorded as n/N', () => {
    expect(records.at(-1)).toMatchObject({ event: 'quorum-decision', quorum: '5/6' });
  });

  it.each([
    {
      name: 'LG-01 (3) which security events are not in the trail',
      says: /Refused requests, failed keys and changes of software/,
    },
    {
      name: 'LG-02 how long records are kept, and what is unknown here',
      says: /Kept for two years after the certificate expires/,
    },
    {
      name: 'LG-04 that nothing here monitors the integrity of the logs',
      says: /NCSSR 3\.1\.2 \[log-integrity\].*operator: nothing here watches it/,
    },
    {
      name: 'LG-05 that there is no sampler for self-audits',
      says: /TLS BR 8\.7 \[self-audit\] \| operator: .*there is no sampler/,
    },
    {
      name: 'LG-05 how to find the checks of a certificate',
      says: /records can be found by `order_reference`/,
    },
  ])('$name: in docs/compliance.md', ({ says }) => {
    expect(readDocument('docs/compliance.md')).toMatch(says);
  });
});

describe('retention of records (TLS BR 5.4.3 [records-retention])', () => {
  it.each<{ name: string; day: string; use?: RecordUse; days: number }>([
    { name: 'LG-03 a validation of 2026-11-29', day: '2026-11-29', days: 1131 },
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

  it('LG-03 docs/audit.md has the same totals', () => {
    const sums = tableRows(readDocument('docs/audit.md'))
      .filter((cells) => cells.length === 4 && cells.slice(1).every((cell) => /^\d+$/.test(cell)))
      .map((cells) => cells.slice(1).map(Number));
    expect(sums.map(([reuse = 0, validity = 0, days]) => days === reuse + validity + 731)).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(sums.map(([, , days]) => days)).toEqual([1527, 1131, 931, 788, 1329, 1954]);
  });
});
