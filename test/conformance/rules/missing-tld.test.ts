import { describe, expect, it } from 'vitest';
import { checkCaa } from '../../../services/perspective/check-caa.ts';
import { POLICIES } from '../../../shared/domain/check/check.ts';
import { CAA_DEFAULTS } from '../../support/caa-cases.ts';
import {
  type AnswerFacts,
  absent,
  cname,
  createZoneResolver,
  fails,
  issue,
  type Zone,
} from '../../support/zone-resolver.ts';

interface Row {
  readonly name: string;
  readonly zone: Zone;
  readonly tld?: AnswerFacts;
  readonly expected: object;
}

const NO_SUCH_TLD = 'mpic_error:caa_checker:no_such_tld';
const UNPROVEN = {
  completed: false,
  passed: false,
  corroborates: false,
  errors: [{ type: NO_SUCH_TLD, message: expect.stringContaining('without a validated proof') }],
  details: { reason: 'no-such-tld', recordPresent: null },
};

const ROWS: readonly Row[] = [
  {
    name: 'TU-01 a top-level domain that provably does not exist is a completed check that denies',
    zone: { corp: [absent] },
    tld: { dnssec: 'secure' },
    expected: {
      completed: true,
      passed: false,
      corroborates: false,
      errors: [{ type: NO_SUCH_TLD, message: expect.stringContaining('corp does not exist') }],
      details: { reason: 'no-such-tld', recordPresent: false, dns: { rcode: 3 } },
    },
  },
  {
    name: 'TU-01 a denial of the top-level domain without validation is not a completed check',
    zone: { corp: [absent] },
    tld: { dnssec: 'not validated' },
    expected: UNPROVEN,
  },
  {
    name: 'TU-01 an insecure denial of the top-level domain is not a completed check',
    zone: { corp: [absent] },
    tld: { dnssec: 'insecure' },
    expected: UNPROVEN,
  },
  {
    name: 'TU-01 a bogus denial of the top-level domain is a lookup failure',
    zone: { corp: [fails('bogus')] },
    expected: {
      completed: false,
      passed: false,
      errors: [{ type: 'mpic_error:caa_checker:lookup' }],
      details: { reason: 'lookup-failed' },
    },
  },
  {
    name: 'TU-01 a top-level domain without CAA permits',
    zone: {},
    tld: { dnssec: 'secure' },
    expected: { completed: true, passed: true, corroborates: true, details: { reason: 'no-records' } },
  },
  {
    name: 'TU-01 an alias of the top-level domain to a missing name is not a denial of it',
    zone: { corp: [cname('gone.example.net')] },
    tld: { dnssec: 'secure' },
    expected: { completed: true, passed: true, details: { reason: 'no-records' } },
  },
  {
    name: 'TU-01 a missing name below an existing top-level domain permits',
    zone: { 'other.corp': [issue('ca.example')] },
    expected: { completed: true, passed: true, details: { reason: 'no-records' } },
  },
  {
    name: 'TU-01 a nearer set decides before the top-level domain',
    zone: { 'intern.corp': [issue('ca.example')], corp: [absent] },
    tld: { dnssec: 'secure' },
    expected: { completed: true, passed: true, details: { reason: 'authorised', foundAt: 'intern.corp' } },
  },
  {
    name: 'TU-01 an accepted failure below does not hide that the top-level domain does not exist',
    zone: { 'intern.corp': [fails('servfail')], corp: [absent] },
    tld: { dnssec: 'secure' },
    expected: { passed: false, corroborates: false },
  },
];

describe.each(POLICIES)(
  'a top-level domain that does not exist, policy %s (TLS BR 1.6.1 [definitions])',
  (policy) => {
    it.each(ROWS)('$name', async ({ zone, tld, expected }) => {
      const outcome = await checkCaa({
        target: { kind: 'domain', name: 'www.intern.corp', wildcard: false },
        parameters: { ...CAA_DEFAULTS, allowLookupFailure: true },
        policy,
        resolver: createZoneResolver(zone, tld === undefined ? {} : { corp: tld }),
        deadline: 10_000,
      });
      expect(outcome).toMatchObject(expected);
    });
  },
);
