import { describe, expect, it } from 'vitest';
import { listAdvisories } from '../../../shared/contract/api/advisories.ts';
import { auditAttempt } from '../../../shared/contract/audit/audit-record.ts';
import { VALIDATION_METHODS, type ValidationMethod } from '../../../shared/domain/check/check.ts';
import { isMethodEnded, METHOD_RULES } from '../../../shared/domain/dcv/methods.ts';
import { decide } from '../../../shared/domain/mpic/decision.ts';
import { judgeAttempt } from '../../../shared/domain/mpic/judge-attempt.ts';
import { validationUsableUntil } from '../../../shared/domain/mpic/usable-until.ts';
import { RULEBOOK } from '../../../shared/domain/rules/rulebook.ts';
import { type DatedRules, rulesAt, rulesOfDay } from '../../../shared/domain/rules/rules.ts';
import { acceptBody, refusalOf } from '../../support/accepting.ts';
import {
  buildCaaDetails,
  buildCheckResult,
  buildDnsEvidence,
  buildRequestRecord,
  buildVerdict,
  readable,
  SIX_CODES,
} from '../../support/builders.ts';
import { SMALLEST } from '../../unit/api/dcv-requests.ts';
import { readDocument } from '../../unit/docs/markdown.ts';

const DAY_MS = 86_400_000;
const noon = (day: string) => Date.parse(`${day}T12:00:00Z`);

const caa = (count: number, parameters: Record<string, unknown> = {}) => ({
  check_type: 'caa',
  domain_or_ip_target: 'shop.example.com',
  orchestration_parameters: { perspective_count: count },
  caa_check_parameters: parameters,
});
const dcv = (method: ValidationMethod, target = 'shop.example.com') => ({
  check_type: 'dcv',
  domain_or_ip_target: target,
  dcv_check_parameters: { validation_method: method, ...SMALLEST[method] },
});

describe('dated rules, on the day before and on their day', () => {
  it.each<{ name: string; from: string; before: Partial<DatedRules>; after: Partial<DatedRules> }>([
    {
      name: 'DT-01 two remote perspectives',
      from: '2025-03-15',
      before: { minimumPerspectives: 0 },
      after: { minimumPerspectives: 2 },
    },
    {
      name: 'DT-04 three remote perspectives in two regions',
      from: '2026-03-15',
      before: { minimumPerspectives: 2, minimumRirs: 1 },
      after: { minimumPerspectives: 3, minimumRirs: 2 },
    },
    {
      name: 'DT-05 DNSSEC at the primary perspective',
      from: '2026-03-15',
      before: { primaryDnssecRequired: false },
      after: { primaryDnssecRequired: true },
    },
    {
      name: 'DT-08 reuse and validity of 200 days',
      from: '2026-03-15',
      before: { validationReuseDays: 398, certificateValidityDays: 398 },
      after: { validationReuseDays: 200, certificateValidityDays: 200 },
    },
    {
      name: 'DT-09 four remote perspectives',
      from: '2026-06-15',
      before: { minimumPerspectives: 3 },
      after: { minimumPerspectives: 4 },
    },
    {
      name: 'DT-14 five remote perspectives',
      from: '2026-12-15',
      before: { minimumPerspectives: 4, nextMinimum: { from: '2026-12-15', minimumPerspectives: 5 } },
      after: { minimumPerspectives: 5, nextMinimum: null },
    },
    {
      name: 'DT-15 RFC 8657 is mandatory',
      from: '2027-03-15',
      before: { rfc8657Required: false },
      after: { rfc8657Required: true },
    },
    {
      name: 'DT-17 reuse and validity of 100 days',
      from: '2027-03-15',
      before: { validationReuseDays: 200, certificateValidityDays: 200 },
      after: { validationReuseDays: 100, certificateValidityDays: 100 },
    },
    {
      name: 'DT-19 reuse of 10 days, validity of 47',
      from: '2029-03-15',
      before: { validationReuseDays: 100, certificateValidityDays: 100 },
      after: { validationReuseDays: 10, certificateValidityDays: 47 },
    },
  ])('$name', ({ from, before, after }) => {
    const midnight = Date.parse(from);
    expect(rulesAt(new Date(midnight - 1))).toMatchObject(before);
    expect(rulesAt(new Date(midnight))).toMatchObject(after);
  });

  it('DT-01 an unmet quorum is not satisfied, even while the rule was advisory', () => {
    const decision = decide({
      policy: 'baseline-requirements',
      rules: rulesOfDay('2025-04-01'),
      cohort: ['a', 'b'].map((code) => ({ code, rir: 'ARIN' })),
      quorumCount: 1,
      monitoring: false,
      methodEnded: false,
      tooLate: false,
      sharedHost: false,
      findings: new Map(),
      primary: { status: 'not-declared' },
      final: true,
    });
    expect(decision).toMatchObject({ isValid: false, baseline: { satisfied: false } });
  });

  it.each<{ name: string; days: readonly [string, string]; count: number }>([
    { name: 'DT-09 three perspectives', days: ['2026-06-14', '2026-06-15'], count: 3 },
    { name: 'DT-14 four perspectives', days: ['2026-12-14', '2026-12-15'], count: 4 },
  ])('$name are accepted until the day before the rule', ({ days: [last, first], count }) => {
    expect(acceptBody(caa(count), {}, noon(last)).cohorts[0]).toHaveLength(count);
    expect(refusalOf(caa(count), {}, noon(first))).toMatch(
      /^baseline-requirements: .*TLS BR 3\.2\.2\.9 demands/,
    );
  });

  it.each<{ name: string; method: ValidationMethod; days: readonly [string, string]; target?: string }>([
    { name: 'DT-06 ip-address', method: 'ip-address', days: ['2026-03-14', '2026-03-15'] },
    { name: 'DT-16 contact-phone-txt', method: 'contact-phone-txt', days: ['2027-03-14', '2027-03-15'] },
    { name: 'DT-16 contact-phone-caa', method: 'contact-phone-caa', days: ['2027-03-14', '2027-03-15'] },
    {
      name: 'DT-16 reverse-address-lookup',
      method: 'reverse-address-lookup',
      days: ['2027-03-14', '2027-03-15'],
      target: '11.0.0.1',
    },
    { name: 'DT-18 contact-email-txt', method: 'contact-email-txt', days: ['2028-03-14', '2028-03-15'] },
    { name: 'DT-18 contact-email-caa', method: 'contact-email-caa', days: ['2028-03-14', '2028-03-15'] },
  ])(
    '$name ends on its date, and so do earlier validations by it',
    ({ method, days: [last, first], target }) => {
      expect(acceptBody(dcv(method, target), {}, noon(last)).check).toMatchObject({ dcv: { method } });
      expect(refusalOf(dcv(method, target), {}, noon(first))).toContain(`may not be used from ${first} on`);
      const until = validationUsableUntil({
        startedAt: noon(last) - 5 * DAY_MS,
        methods: [method],
        certificateType: 'tls-server',
        persistUntil: null,
      });
      expect(until).toBe(Date.parse(first) - 1000);
    },
  );

  it('DT-03 no method has one of the removed sections 3.2.2.4.2 and 3.2.2.4.15', () => {
    const numbers = Object.values(METHOD_RULES).flatMap(({ sections: { domain, ip } }) =>
      [domain, ip].flatMap((id) => (id === null ? [] : [RULEBOOK.sections[id].number])),
    );
    expect(numbers).not.toContain('3.2.2.4.2');
    expect(numbers).not.toContain('3.2.2.4.15');
  });

  it('DT-06 a name of a reverse zone is rejected, on every day', () => {
    for (const day of ['2026-03-14', '2026-03-15']) {
      const body = { check_type: 'caa', domain_or_ip_target: '1.0.0.11.in-addr.arpa' };
      expect(refusalOf(body, {}, noon(day))).toMatch(/^reverse-name-not-allowed: .*TLS BR 4\.2\.2\)/);
    }
  });

  it('DT-06 docs/compliance.md says who may make the check for a CA', () => {
    expect(readDocument('docs/compliance.md')).toMatch(/1\.3\.2 \[delegation\]/);
  });

  it('DT-07 methods that should not be used get an advisory from their day on', () => {
    const discouraged = (day: string) =>
      VALIDATION_METHODS.filter((method) => {
        const target = method === 'reverse-address-lookup' ? '11.0.0.1' : 'shop.example.com';
        const record = acceptBody(dcv(method, target), { policy: 'open-mpic' }, noon(day));
        return listAdvisories(record, []).some(({ code }) => code === 'method-discouraged');
      });
    expect(discouraged('2026-03-14')).toEqual([]);
    const methods = ['contact-email-txt', 'contact-phone-txt', 'contact-email-caa', 'contact-phone-caa'];
    expect(discouraged('2026-03-15')).toEqual(methods);
    expect(discouraged('2026-11-29')).toEqual(methods);
  });

  it('DT-07 the advisory states since when, by which section, and when the method ends', () => {
    const record = acceptBody(dcv('contact-email-caa'), {}, noon('2026-11-29'));
    expect(listAdvisories(record, []).map(({ message }) => message)).toContainEqual(
      'contact-email-caa should not be used since 2026-03-15, and ends on 2028-03-15 (TLS BR 3.2.2.4.13); move to another method',
    );
  });

  it.each([
    {
      name: 'DT-10 limits of RFC 8657 restrict only callers who sent values to compare',
      day: '2026-06-16',
      enforced: false,
    },
    {
      name: 'DT-15 limits of RFC 8657 restrict every caller from 2027-03-15 on',
      day: '2027-03-15',
      enforced: true,
    },
  ])('$name', ({ day, enforced }) => {
    expect(acceptBody(caa(6), {}, noon(day)).check).toMatchObject({ caa: { enforceRfc8657: enforced } });
  });

  it('DT-11 the record of a validation contains the name applied for, the Authorization Domain Name and the method', () => {
    const record = acceptBody({
      ...dcv('dns-change', 'example.com'),
      applied_for: 'a.b.example.com',
      adn_steps: [{ step: 'prune', to: 'example.com' }],
    });
    const recorder = { service: 'mpic', version: '0', instance: 'here' };
    for (const entry of auditAttempt(record, buildVerdict({ counted: [], corroborating: [] }), recorder)) {
      expect(entry).toMatchObject({
        applied_for: 'a.b.example.com',
        checked_identifier: 'example.com',
        validation_method: 'dns-change',
        rule: 'TLS BR 3.2.2.4.7',
      });
    }
  });

  it('DT-12 every record contains the evidence of DNSSEC validation', () => {
    const seen = SIX_CODES.map((perspective) =>
      readable(
        buildCheckResult({
          perspective,
          details: buildCaaDetails({ dns: buildDnsEvidence({ dnssec: 'secure' }) }),
        }),
      ),
    );
    const recorder = { service: 'mpic', version: '0', instance: 'here' };
    const records = auditAttempt(buildRequestRecord(), buildVerdict({ results: seen }), recorder);
    expect(records[0]).toMatchObject({ details: { dns: { dnssec_status: 'secure', ede: [] } } });
    expect(records.at(-1)).toMatchObject({
      dnssec_statuses: Object.fromEntries(SIX_CODES.map((code) => [code, 'secure'])),
    });
  });

  it.each([
    { name: 'DT-02 a TLS certificate', parameters: {}, rule: /that TLS BR 3\.2\.2\.9 demands/ },
    {
      name: 'DT-02 an S/MIME certificate, by its own section',
      parameters: { certificate_type: 's-mime' },
      rule: /that S\/MIME BR 4\.2\.2\.2 with TLS BR 3\.2\.2\.9 demands/,
    },
  ])('$name needs the minimum number of perspectives', ({ parameters, rule }) => {
    expect(refusalOf(caa(3, parameters))).toMatch(rule);
  });

  it.each<{ name: string; certificateType: 'tls-server' | 's-mime'; day: string }>([
    { name: 'DT-05 passes the day before', certificateType: 'tls-server', day: '2026-03-14' },
    { name: 'DT-05 fails from its day on', certificateType: 'tls-server', day: '2026-03-15' },
    {
      name: 'SI-02 fails for S/MIME from the same day on',
      certificateType: 's-mime',
      day: '2026-03-15',
    },
  ])('$name: a primary perspective that does not validate', ({ certificateType, day }) => {
    const check = acceptBody(caa(6, { certificate_type: certificateType })).check;
    const record = buildRequestRecord({ check, rulesAsOf: day, primary: 'osl' });
    const unvalidated = buildCaaDetails({ dns: buildDnsEvidence({ dnssec: 'not validated' }) });
    const results = [...SIX_CODES, 'osl'].map(
      (perspective) =>
        [
          perspective,
          readable(buildCheckResult({ requestId: record.requestId, perspective, details: unvalidated })),
        ] as const,
    );
    const decision = judgeAttempt(record, new Map(results), true);
    const blamed = decision.status === 'settled' && decision.baseline.reasons.includes('primary-failed');
    expect(blamed).toBe(day >= '2026-03-15');
  });

  it('DT-13 the steps to the Authorization Domain Name follow the current rules on every day', () => {
    const forbidden = {
      ...dcv('dns-persistent', 't.example.net'),
      applied_for: 'w.example.com',
      adn_steps: [{ step: 'cname', to: 't.example.net' }],
    };
    for (const day of ['2026-11-14', '2026-11-15'])
      expect(refusalOf(forbidden, {}, noon(day))).toMatch(/^invalid-adn-steps: /);
  });

  it('the rulebook contains exactly these dates', () => {
    const { dated, methods } = RULEBOOK;
    const days = [
      ...dated.changes.map(({ from }) => from),
      ...Object.values(methods).flatMap(({ endsOn, discouragedFrom }) =>
        [endsOn ?? [], discouragedFrom ?? []].flat(),
      ),
    ];
    expect([...new Set(days)].sort()).toEqual([
      '2025-03-15',
      '2025-05-15',
      '2025-09-15',
      '2026-03-15',
      '2026-06-15',
      '2026-06-16',
      '2026-07-15',
      '2026-09-07',
      '2026-11-15',
      '2026-12-15',
      '2027-03-15',
      '2028-03-15',
      '2029-03-15',
    ]);
    expect(isMethodEnded('acme-dns-01', new Date('2029-03-15'))).toBe(false);
  });
});
