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

describe('asVote: what a result is about', () => {
  it.each<{ name: string; check: Check; result: Partial<CheckResult>; counts: boolean }>([
    {
      name: 'a CAA check by CAA details',
      check: buildCheck(),
      result: { details: buildCaaDetails() },
      counts: true,
    },
    {
      name: 'a DNS validation by DNS details of its method',
      check: buildDcvCheck(),
      result: { checkType: 'dcv', details: buildDnsDcvDetails() },
      counts: true,
    },
    {
      name: 'a web validation by HTTP details of its method',
      check: ACME_HTTP,
      result: { checkType: 'dcv', details: buildHttpDcvDetails() },
      counts: true,
    },
    {
      name: 'a TLS validation by TLS details of its method',
      check: ACME_TLS,
      result: { checkType: 'dcv', details: buildTlsAlpnDetails() },
      counts: true,
    },
    {
      name: 'not a web validation by TLS details',
      check: ACME_HTTP,
      result: { checkType: 'dcv', details: buildTlsAlpnDetails() },
      counts: false,
    },
    {
      name: 'not a TLS validation by HTTP details',
      check: ACME_TLS,
      result: { checkType: 'dcv', details: buildHttpDcvDetails() },
      counts: false,
    },
    {
      name: 'not a web validation by details of another method',
      check: ACME_HTTP,
      result: { checkType: 'dcv', details: buildHttpDcvDetails({ method: 'website-change' }) },
      counts: false,
    },
    {
      name: 'not a validation by CAA details',
      check: buildDcvCheck(),
      result: { checkType: 'dcv', details: buildCaaDetails() },
      counts: false,
    },
    {
      name: 'not a CAA check by DNS details',
      check: buildCheck(),
      result: { details: buildDnsDcvDetails() },
      counts: false,
    },
    {
      name: 'not a validation by a result of a CAA check',
      check: buildDcvCheck(),
      result: { checkType: 'caa', details: buildCaaDetails() },
      counts: false,
    },
    {
      name: 'a check that could not be completed without details',
      check: buildCheck(),
      result: { ...FAILED, completed: false, details: NONE },
      counts: true,
    },
    {
      name: 'not a completed check without details',
      check: buildCheck(),
      result: { ...FAILED, details: NONE },
      counts: false,
    },
    {
      name: 'a validation that saw the whole way to its target',
      check: WITH_ALIAS,
      result: { checkType: 'dcv', details: buildDnsDcvDetails(), adnLookups: [seen()] },
      counts: true,
    },
    {
      name: 'not a passed validation that saw nothing of the way',
      check: WITH_ALIAS,
      result: { checkType: 'dcv', details: buildDnsDcvDetails() },
      counts: false,
    },
    {
      name: 'not a validation that looked for another alias target',
      check: WITH_ALIAS,
      result: {
        checkType: 'dcv',
        details: buildDnsDcvDetails(),
        adnLookups: [seen({ expected: 'evil.test' })],
      },
      counts: false,
    },
    {
      name: 'not a validation that looked at another name',
      check: WITH_ALIAS,
      result: { checkType: 'dcv', details: buildDnsDcvDetails(), adnLookups: [seen({ name: 'evil.test' })] },
      counts: false,
    },
    {
      name: 'not a validation that saw a way where none was told',
      check: buildDcvCheck(),
      result: { checkType: 'dcv', details: buildDnsDcvDetails(), adnLookups: [seen()] },
      counts: false,
    },
    {
      name: 'a validation that failed on its way without details',
      check: WITH_ALIAS,
      result: { ...FAILED, checkType: 'dcv', details: NONE, adnLookups: [seen()] },
      counts: true,
    },
  ])('$name', ({ check, result, counts }) => {
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
      name: 'nothing when everything is as it was counted',
      stored: [vote(first, 'a'), unreadable(second)],
      changed: [],
    },
    {
      name: 'a result with another digest, with what is there now',
      stored: [vote(first, 'b'), unreadable(second)],
      changed: [{ counted: { digest: 'a' }, found: { digest: 'b' } }],
    },
    {
      name: 'a result that is gone',
      stored: [unreadable(second)],
      changed: [{ counted: { digest: 'a' }, found: null }],
    },
    {
      name: 'a result that is there for another attempt only',
      stored: [vote(first, 'a', 2), unreadable(second)],
      changed: [{ counted: { digest: 'a' }, found: null }],
    },
    { name: 'nothing of an attempt without a verdict', attempt: 2, stored: [], changed: [] },
  ])('finds $name', ({ attempt = 1, stored, changed }) => {
    expect(selectChangedResults(record, attempt, stored, [])).toMatchObject(changed);
    expect(selectChangedResults(record, attempt, stored, [])).toHaveLength(changed.length);
  });

  it('finds nothing where the key could not be read', () => {
    const unread = [{ requestId: record.requestId, attempt: 1, perspective: first }];
    expect(selectChangedResults(record, 1, [unreadable(second)], unread)).toEqual([]);
  });
});
