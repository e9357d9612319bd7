import { describe, expect, it } from 'vitest';
import { contactsReportSchema, toContactsReport } from '../../../../shared/contract/api/contacts-wire.ts';
import type { ContactsDetails } from '../../../../shared/domain/check/check-result.ts';
import type { AttemptVerdict } from '../../../../shared/domain/mpic/lifecycle.ts';
import {
  buildCheckResult,
  buildDnsEvidence,
  buildVerdict,
  readable,
  SIX_CODES,
  unreadable,
} from '../../../support/builders.ts';

const [ONE, TWO, THREE] = SIX_CODES;
const KNOWN = 'known@shop.example';

function saw(perspective: string, contacts: readonly string[], more: Partial<ContactsDetails> = {}) {
  const details: ContactsDetails = {
    kind: 'contacts',
    method: 'contact-email-txt',
    contacts,
    malformed: [],
    valuesTruncated: false,
    adFlag: null,
    foundAt: null,
    dns: buildDnsEvidence(),
    ...more,
  };
  return readable(buildCheckResult({ perspective, checkType: 'contacts', details }));
}

function reportOf(results: AttemptVerdict['results'], contacts: AttemptVerdict['contacts'] = []) {
  const report = toContactsReport(buildVerdict({ results, contacts }));
  expect(contactsReportSchema.parse(report)).toEqual(report);
  return report;
}

const many = (count: number, name: string) =>
  Array.from({ length: count }, (_, at) => `${name}${String(at).padStart(3, '0')}@evil.example`);

describe('toContactsReport', () => {
  it('takes what is corroborated from the verdict alone, whatever the results say', () => {
    const verdict = { contact: KNOWN, corroborating: [ONE, TWO], quorum: '2/6', rirs: [], satisfied: false };
    const results = SIX_CODES.map((code) => saw(code, ['everywhere@evil.example', KNOWN]));
    expect(reportOf(results, [verdict])).toMatchObject({
      corroborated: [{ contact: KNOWN, perspectives: [ONE, TWO], quorum: '2/6', baseline_satisfied: false }],
      not_corroborated: [{ contact: 'everywhere@evil.example', perspectives: SIX_CODES }],
    });
    expect(reportOf(results).corroborated).toEqual([]);
  });

  it('lists the contacts that most perspectives saw first, then by their octets', () => {
    const results = [saw(ONE, ['b@x.example', 'a@x.example']), saw(TWO, ['b@x.example', 'c@x.example'])];
    expect(reportOf(results).not_corroborated).toEqual([
      { contact: 'b@x.example', perspectives: [ONE, TWO] },
      { contact: 'a@x.example', perspectives: [ONE] },
      { contact: 'c@x.example', perspectives: [TWO] },
    ]);
  });

  it.each([
    {
      name: 'a hundred contacts are all listed',
      results: [saw(ONE, many(100, 'a'))],
      listed: 100,
      truncated: false,
    },
    {
      name: 'of more than a hundred the rest is left out',
      results: [saw(ONE, many(60, 'a')), saw(TWO, many(60, 'b'))],
      listed: 100,
      truncated: true,
    },
    {
      name: 'a perspective that left values out is told',
      results: [saw(ONE, [KNOWN], { valuesTruncated: true })],
      listed: 1,
      truncated: true,
    },
    {
      name: 'results that are none add nothing',
      results: [unreadable(THREE), readable(buildCheckResult())],
      listed: 0,
      truncated: false,
    },
  ])('$name', ({ results, listed, truncated }) => {
    const report = reportOf(results);
    expect({ listed: report.not_corroborated.length, truncated: report.truncated }).toEqual({
      listed,
      truncated,
    });
  });

  it('keeps the flood of one perspective from displacing what several saw', () => {
    const results = [saw(ONE, [...many(99, '0'), KNOWN]), saw(TWO, [...many(99, '1'), KNOWN])];
    expect(reportOf(results).not_corroborated[0]).toEqual({ contact: KNOWN, perspectives: [ONE, TWO] });
  });

  it('lists malformed values once, with their problem and at most fifty', () => {
    const value = { value: 'mail me', problem: 'not-an-email-address' as const };
    const flood = many(60, 'x').map((text) => ({ value: text, problem: 'too-long' as const }));
    expect(
      reportOf([saw(ONE, [], { malformed: [value] }), saw(TWO, [], { malformed: [value] })]).malformed,
    ).toEqual([{ ...value, perspectives: [ONE, TWO] }]);
    const flooded = reportOf([
      saw(ONE, [], { malformed: [...flood, value] }),
      saw(TWO, [], { malformed: [value] }),
    ]);
    expect(flooded.malformed).toHaveLength(50);
    expect(flooded.malformed[0]).toMatchObject(value);
    expect(flooded.truncated).toBe(true);
  });
});
