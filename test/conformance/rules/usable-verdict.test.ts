import { describe, expect, it } from 'vitest';
import { toCompletedEvent } from '../../../services/coordinator/publish.ts';
import { toJobView, toMpicResponse } from '../../../shared/contract/api/response.ts';
import { auditAttempt } from '../../../shared/contract/audit/audit-record.ts';
import type { Check } from '../../../shared/domain/check/check.ts';
import type { CheckResult } from '../../../shared/domain/check/check-result.ts';
import type { AttemptVerdict, RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import { usableUntil } from '../../../shared/domain/mpic/usable-until.ts';
import { TODAY } from '../../support/accepting.ts';
import {
  buildCaaDetails,
  buildCheck,
  buildCheckResult,
  buildDnsDcvDetails,
  buildDnsEvidence,
  buildRequestRecord,
  buildVerdict,
  readable,
  SIX_CODES,
} from '../../support/builders.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const CORROBORATING = SIX_CODES.slice(0, 5);
const RECORDER = { service: 'mpic', version: '0.0.0-test', instance: 'here' };

const PERSISTENT: Check = {
  checkType: 'dcv',
  target: { kind: 'domain', name: 'example.test', wildcard: false },
  dcv: {
    method: 'dns-persistent',
    issuerDomainNames: ['ca.test'],
    expectedAccountUri: 'https://ca.test/acct/1',
    requireWildcardPolicy: false,
  },
};

const request = (changes: Partial<RequestRecord> = {}) =>
  buildRequestRecord({ createdAt: TODAY, rulesAsOf: '2026-11-29', ...changes });

/** One result per perspective, equal except for the changes of `change`. */
function results(base: Partial<CheckResult>, change: Readonly<Record<string, Partial<CheckResult>>> = {}) {
  return SIX_CODES.map((perspective) => buildCheckResult({ perspective, ...base, ...change[perspective] }));
}

const caa = (ttl: number | null, recordPresent = true): Partial<CheckResult> => ({
  details: buildCaaDetails({ recordPresent, dns: buildDnsEvidence({ ttl }) }),
});
const persistent = (persistUntil: number | null): Partial<CheckResult> => ({
  checkType: 'dcv',
  details: buildDnsDcvDetails({ method: 'dns-persistent', persistUntil }),
});

interface Row {
  readonly name: string;
  readonly record?: RequestRecord;
  readonly verdict?: AttemptVerdict;
  readonly results: readonly CheckResult[];
  readonly until: number | null;
}

const VERDICT = buildVerdict({ corroborating: CORROBORATING });
const SIX_OF_FOUR = buildVerdict({
  corroborating: [...SIX_CODES],
  baseline: { ...VERDICT.baseline, quorum: '6/6', required: 4 },
});
const UNSATISFIED = buildVerdict({
  corroborating: CORROBORATING,
  baseline: { ...VERDICT.baseline, satisfied: false, reasons: ['shared-host'] },
});

describe('until when a verdict may be used (TLS BR 4.2.1 [reuse] and 4.2.2.1 [caa])', () => {
  it.each<Row>([
    {
      name: 'TU-04 CAA counts from the acceptance of the request',
      results: results(caa(300)),
      until: TODAY + 8 * HOUR_MS,
    },
    {
      name: 'TU-04 a long TTL at every corroborating perspective counts',
      results: results(caa(86_400)),
      until: TODAY + DAY_MS,
    },
    {
      name: 'TU-04 the smallest TTL of several perspectives counts',
      results: results(caa(86_400), { fra: caa(40_000) }),
      until: TODAY + 40_000_000,
    },
    {
      name: 'TU-04 the TTL of a perspective that does not corroborate does not count',
      results: results(caa(86_400), { [SIX_CODES[5]]: caa(60) }),
      until: TODAY + DAY_MS,
    },
    {
      name: 'TU-04 one corroborating perspective without a record reduces the TTL to 8 hours',
      results: results(caa(86_400), { fra: caa(90_000, false) }),
      until: TODAY + 8 * HOUR_MS,
    },
    {
      name: 'TU-04 a TTL above 2^31 - 1 is treated as 0 (RFC 2181 section 8)',
      results: results(caa(2_147_483_648)),
      until: TODAY + 8 * HOUR_MS,
    },
    {
      name: 'TU-03 the smallest persistUntil of the corroborating perspectives counts',
      record: request({ check: PERSISTENT }),
      results: results(persistent(null), {
        fra: persistent((TODAY + 3 * DAY_MS) / 1000),
        iad: persistent((TODAY + 2 * DAY_MS) / 1000),
        [SIX_CODES[5]]: persistent((TODAY + DAY_MS) / 1000),
      }),
      until: TODAY + 2 * DAY_MS,
    },
    {
      name: 'TU-03 corroborations beyond the quorum shorten nothing',
      record: request({ check: PERSISTENT }),
      verdict: SIX_OF_FOUR,
      results: results(persistent((TODAY + 5 * DAY_MS) / 1000), { fra: persistent(0), iad: persistent(1) }),
      until: TODAY + 5 * DAY_MS,
    },
    {
      name: 'TU-03 corroborations beyond the quorum extend nothing',
      record: request({ check: PERSISTENT }),
      verdict: SIX_OF_FOUR,
      results: results(persistent((TODAY + 5 * DAY_MS) / 1000), {
        fra: persistent(null),
        iad: persistent(8_640_000_000_000),
      }),
      until: TODAY + 5 * DAY_MS,
    },
    {
      name: 'TU-04 the TTL that a quorum saw counts',
      verdict: SIX_OF_FOUR,
      results: results(caa(86_400), { fra: caa(0), iad: caa(40_000) }),
      until: TODAY + DAY_MS,
    },
    {
      name: 'TU-04 a TTL that fewer than the quorum saw does not count',
      verdict: SIX_OF_FOUR,
      results: results(caa(40_000), {
        fra: caa(2_000_000_000),
        iad: caa(86_400),
        [SIX_CODES[5]]: caa(86_400),
      }),
      until: TODAY + 40_000_000,
    },
    {
      name: 'UE-05 persistent records without persistUntil may be used for 10 days',
      record: request({ check: PERSISTENT }),
      results: results(persistent(null)),
      until: TODAY + 10 * DAY_MS,
    },
    {
      name: 'SI-04 a validation for S/MIME may be used for 398 days',
      record: request({
        check: { ...PERSISTENT, dcv: { method: 'acme-dns-01', keyAuthorizationHash: 'h' } },
        order: { reference: null, appliedFor: null, adnSteps: null, certificateType: 's-mime' },
      }),
      results: results({ checkType: 'dcv', details: buildDnsDcvDetails() }),
      until: TODAY + 398 * DAY_MS,
    },
    {
      name: 'DT-16 a validation through a reverse lookup ends with that method',
      record: request({
        check: {
          ...PERSISTENT,
          dcv: { method: 'acme-dns-01', keyAuthorizationHash: 'h' },
          adn: {
            wildcard: false,
            lookups: [{ type: 'PTR', name: '1.0.0.11.in-addr.arpa', expected: 'example.test' }],
          },
        },
        createdAt: Date.UTC(2026, 11, 10),
      }),
      results: results({ checkType: 'dcv', details: buildDnsDcvDetails() }),
      until: Date.UTC(2027, 2, 14, 23, 59, 59),
    },
    {
      name: 'TU-02 a verdict that is not valid is not usable',
      verdict: buildVerdict({ isValid: false }),
      results: results(caa(300)),
      until: null,
    },
    {
      name: 'TU-02 a valid verdict that does not satisfy the rules is not usable',
      verdict: UNSATISFIED,
      results: results(caa(300)),
      until: null,
    },
    {
      name: 'TU-02 a verdict with a missing result is not usable',
      results: results(caa(300)).slice(1),
      until: null,
    },
    {
      name: 'TU-02 a result of another attempt does not belong to this verdict',
      results: results(caa(300), { ams: { attempt: 2 } }),
      until: null,
    },
    {
      name: 'TU-04 the primary perspective’s TTL counts, too',
      record: request({ primary: 'osl' }),
      results: [...results(caa(86_400)), buildCheckResult({ perspective: 'osl', ...caa(50_000) })],
      until: TODAY + 50_000_000,
    },
    {
      name: 'TU-04 a verdict without the result of the designated primary is not usable',
      record: request({ primary: 'osl' }),
      results: results(caa(86_400)),
      until: null,
    },
  ])('$name', ({ record = request({ check: buildCheck() }), verdict = VERDICT, results: seen, until }) => {
    expect(usableUntil(record, verdict, seen)).toBe(until);
  });

  it('TU-04 usable_until is the same in response, job view, event and record', () => {
    const verdict = { ...VERDICT, results: results(caa(300)).map(readable) };
    const record = request({ status: 'completed', completedAt: TODAY + 500, verdicts: [verdict] });
    const until = '2026-11-29T18:00:00.000Z';
    expect(toMpicResponse(record).usable_until).toBe(until);
    expect(toJobView(record, [])).toMatchObject({
      usable_until: until,
      response: { usable_until: until },
    });
    expect(toCompletedEvent(record).usable_until).toBe(until);
    expect(auditAttempt(record, verdict, RECORDER).at(-1)).toMatchObject({ usable_until: until });
  });

  it('TU-02 an unfinished request is not usable', () => {
    expect(toJobView(request(), [])).toMatchObject({ usable_until: null, response: null });
  });
});
