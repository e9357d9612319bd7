import { describe, expect, it } from 'vitest';
import type { Check } from '../../../../shared/domain/check/check.ts';
import type {
  CheckDetails,
  CheckResult,
  NameObservation,
} from '../../../../shared/domain/check/check-result.ts';
import { asVote, selectChangedResults } from '../../../../shared/domain/mpic/votes.ts';
import {
  buildCaaDetails,
  buildCheck,
  buildCheckResult,
  buildDcvCheck,
  buildDnsDcvDetails,
  buildHttpDcvDetails,
  buildRequestRecord,
  buildTlsAlpnDetails,
  buildVerdict,
  readable,
  SIX_CODES,
  unreadable,
} from '../../../support/builders.ts';

type DcvCheck = Extract<Check, { checkType: 'dcv' }>;

const NAME = { kind: 'domain', name: 'example.test', wildcard: false } as const;
const dcv = (parameters: DcvCheck['dcv'], adn?: DcvCheck['adn']): Check => ({
  checkType: 'dcv',
  target: NAME,
  dcv: parameters,
  ...(adn === undefined ? {} : { adn }),
});
const ACME_HTTP = dcv({ method: 'acme-http-01', token: 't', keyAuthorization: 't.k', httpHeaders: null });
const ACME_TLS = dcv({ method: 'acme-tls-alpn-01', keyAuthorizationHash: 'h' });
const NONE: CheckDetails = { kind: 'none' };
const FAILED = { passed: false, corroborates: false } as const;

const ALIAS = { type: 'CNAME', name: 'www.example.test', expected: 'shop.test' } as const;
const WITH_ALIAS = dcv(
  { method: 'acme-dns-01', keyAuthorizationHash: 'h' },
  { wildcard: false, lookups: [ALIAS] },
);
const seen = (changes: Partial<NameObservation> = {}): NameObservation => ({
  ...ALIAS,
  seen: ['shop.test.'],
  rcode: 0,
  dnssec: 'secure',
  ...changes,
});

describe('asVote: the check of a result', () => {
  it.each<{ name: string; check: Check; result: Partial<CheckResult>; counts: boolean }>([
    {
      name: 'CAA details for a CAA check',
      check: buildCheck(),
      result: { details: buildCaaDetails() },
      counts: true,
    },
    {
      name: 'DNS details of the method for a DNS validation',
      check: buildDcvCheck(),
      result: { checkType: 'dcv', details: buildDnsDcvDetails() },
      counts: true,
    },
    {
      name: 'HTTP details of the method for a web validation',
      check: ACME_HTTP,
      result: { checkType: 'dcv', details: buildHttpDcvDetails() },
      counts: true,
    },
    {
      name: 'TLS details of the method for a TLS validation',
      check: ACME_TLS,
      result: { checkType: 'dcv', details: buildTlsAlpnDetails() },
      counts: true,
    },
    {
      name: 'TLS details for a web validation',
      check: ACME_HTTP,
      result: { checkType: 'dcv', details: buildTlsAlpnDetails() },
      counts: false,
    },
    {
      name: 'HTTP details for a TLS validation',
      check: ACME_TLS,
      result: { checkType: 'dcv', details: buildHttpDcvDetails() },
      counts: false,
    },
    {
      name: 'details of another method for a web validation',
      check: ACME_HTTP,
      result: { checkType: 'dcv', details: buildHttpDcvDetails({ method: 'website-change' }) },
      counts: false,
    },
    {
      name: 'CAA details for a validation',
      check: buildDcvCheck(),
      result: { checkType: 'dcv', details: buildCaaDetails() },
      counts: false,
    },
    {
      name: 'DNS details for a CAA check',
      check: buildCheck(),
      result: { details: buildDnsDcvDetails() },
      counts: false,
    },
    {
      name: 'a result of a CAA check for a validation',
      check: buildDcvCheck(),
      result: { checkType: 'caa', details: buildCaaDetails() },
      counts: false,
    },
    {
      name: 'no details for a check that did not complete',
      check: buildCheck(),
      result: { ...FAILED, completed: false, details: NONE },
      counts: true,
    },
    {
      name: 'no details for a completed check',
      check: buildCheck(),
      result: { ...FAILED, details: NONE },
      counts: false,
    },
    {
      name: 'a validation with all lookups to its target',
      check: WITH_ALIAS,
      result: { checkType: 'dcv', details: buildDnsDcvDetails(), adnLookups: [seen()] },
      counts: true,
    },
    {
      name: 'a passed validation without lookups to its target',
      check: WITH_ALIAS,
      result: { checkType: 'dcv', details: buildDnsDcvDetails() },
      counts: false,
    },
    {
      name: 'a validation that expected another alias target',
      check: WITH_ALIAS,
      result: {
        checkType: 'dcv',
        details: buildDnsDcvDetails(),
        adnLookups: [seen({ expected: 'evil.test' })],
      },
      counts: false,
    },
    {
      name: 'a validation that looked up another name',
      check: WITH_ALIAS,
      result: { checkType: 'dcv', details: buildDnsDcvDetails(), adnLookups: [seen({ name: 'evil.test' })] },
      counts: false,
    },
    {
      name: 'a validation with lookups that the job does not have',
      check: buildDcvCheck(),
      result: { checkType: 'dcv', details: buildDnsDcvDetails(), adnLookups: [seen()] },
      counts: false,
    },
    {
      name: 'a validation that failed at a lookup, without details',
      check: WITH_ALIAS,
      result: { ...FAILED, checkType: 'dcv', details: NONE, adnLookups: [seen()] },
      counts: true,
    },
  ])('counts: $counts for $name', ({ check, result, counts }) => {
    const vote = asVote(buildRequestRecord({ check }), readable(buildCheckResult(result)));
    expect(vote.status).toBe(counts ? 'readable' : 'unreadable');
  });
});

describe('selectChangedResults', () => {
  const [first, second] = SIX_CODES;
  const vote = (perspective: string, digest: string, attempt = 1) => ({
    ...readable(buildCheckResult({ perspective, attempt })),
    digest,
  });
  const record = buildRequestRecord({
    verdicts: [buildVerdict({ results: [vote(first, 'a'), unreadable(second)] })],
  });

  it.each<{
    name: string;
    attempt?: number;
    stored: Parameters<typeof selectChangedResults>[2];
    changed: object[];
  }>([
    {
      name: 'nothing if all results are as counted',
      stored: [vote(first, 'a'), unreadable(second)],
      changed: [],
    },
    {
      name: 'a result with another digest, and the stored one',
      stored: [vote(first, 'b'), unreadable(second)],
      changed: [{ counted: { digest: 'a' }, found: { digest: 'b' } }],
    },
    {
      name: 'a result that no longer exists',
      stored: [unreadable(second)],
      changed: [{ counted: { digest: 'a' }, found: null }],
    },
    {
      name: 'a result that exists only for another attempt',
      stored: [vote(first, 'a', 2), unreadable(second)],
      changed: [{ counted: { digest: 'a' }, found: null }],
    },
    { name: 'nothing of an attempt without a verdict', attempt: 2, stored: [], changed: [] },
  ])('finds $name', ({ attempt = 1, stored, changed }) => {
    expect(selectChangedResults(record, attempt, stored, [])).toMatchObject(changed);
    expect(selectChangedResults(record, attempt, stored, [])).toHaveLength(changed.length);
  });

  it('finds nothing if the key could not be read', () => {
    const unread = [{ requestId: record.requestId, attempt: 1, perspective: first }];
    expect(selectChangedResults(record, 1, [unreadable(second)], unread)).toEqual([]);
  });
});
