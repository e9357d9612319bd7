import { describe, expect, it } from 'vitest';
import { type CaaCheck, checkCaa } from '../../../services/perspective/check-caa.ts';
import type { FailureInquiry } from '../../../shared/ports/resolver.ts';
import { CAA_DEFAULTS } from '../../support/caa-cases.ts';
import { inquiringResolver } from '../../support/inquiring-resolver.ts';
import {
  type AnswerFacts,
  createZoneResolver,
  fails,
  issue,
  type Zone,
} from '../../support/zone-resolver.ts';

const NAME = 'www.example.com';
const SHOWN: FailureInquiry = {
  controlName: 'control.example',
  controlAnswered: true,
  security: 'insecure',
  insecurity: { at: 'example.com.', by: 'no-ds' },
};

interface Given {
  readonly zone: Zone;
  readonly inquiry?: Partial<FailureInquiry>;
  readonly facts?: AnswerFacts;
  readonly allow?: boolean;
  readonly policy?: CaaCheck['policy'];
}

function run({ zone, inquiry = {}, facts = { retried: true }, allow = true, policy }: Given) {
  const resolver = inquiringResolver(createZoneResolver(zone, { [NAME]: facts }), { ...SHOWN, ...inquiry });
  const outcome = checkCaa({
    target: { kind: 'domain', name: NAME, wildcard: false },
    parameters: { ...CAA_DEFAULTS, allowLookupFailure: allow },
    policy: policy ?? 'baseline-requirements',
    resolver,
    deadline: 10_000,
  });
  return { resolver, outcome };
}

const silent: Zone = { [NAME]: [fails('timeout')] };

describe('checkCaa: a failed lookup that may permit (TLS BR 4.2.2.1 [caa], L-02 to L-05)', () => {
  it('passes and corroborates when it was retried, the fault is outside and the name is proven insecure', async () => {
    const outcome = await run({ zone: silent }).outcome;
    expect(outcome).toMatchObject({
      completed: true,
      passed: true,
      corroborates: true,
      errors: [{ type: 'mpic_error:caa_checker:lookup' }],
      details: {
        reason: 'lookup-failure-allowed',
        recordPresent: null,
        lookupFailures: [
          {
            name: NAME,
            retried: true,
            faultOutside: true,
            controlName: 'control.example',
            security: 'insecure',
            insecurity: { at: 'example.com.', by: 'no-ds' },
          },
        ],
        dns: { dnssec: 'insecure', insecurity: { at: 'example.com.', by: 'no-ds' }, ttl: null },
      },
    });
  });

  it.each<{ name: string; given: Given; shown: object }>([
    {
      name: 'it was not retried',
      given: { zone: silent, facts: { retried: false } },
      shown: { retried: false },
    },
    {
      name: 'the control name did not resolve either',
      given: { zone: silent, inquiry: { controlAnswered: false } },
      shown: { faultOutside: false },
    },
    {
      name: 'there was no control name on another path',
      given: { zone: silent, inquiry: { controlName: null, controlAnswered: false } },
      shown: { faultOutside: false, controlName: null },
    },
    {
      name: 'the name is signed all the way down',
      given: { zone: silent, inquiry: { security: 'signed' } },
      shown: { security: 'signed' },
    },
    {
      name: 'nothing could be proven about the name',
      given: { zone: silent, inquiry: { security: 'unknown' } },
      shown: { security: 'unknown' },
    },
    {
      name: 'the data is bogus',
      given: { zone: { [NAME]: [fails('bogus')] } },
      shown: { security: 'bogus' },
    },
    {
      name: 'the status is indeterminate',
      given: { zone: { [NAME]: [fails('indeterminate')] } },
      shown: { security: 'indeterminate' },
    },
    {
      name: 'the answer is malformed',
      given: { zone: { [NAME]: [fails('malformed')] } },
      shown: { faultOutside: false },
    },
  ])('does not permit when $name, and says so', async ({ given, shown }) => {
    const outcome = await run(given).outcome;
    expect(outcome).toMatchObject({
      completed: false,
      passed: false,
      corroborates: false,
      details: { reason: 'lookup-failed', lookupFailures: [shown] },
    });
  });

  it('is not looked into when the caller did not ask', async () => {
    const { resolver, outcome } = run({ zone: silent, allow: false });
    expect(await outcome).toMatchObject({ passed: false, details: { reason: 'lookup-failed' } });
    expect((await outcome).details).not.toHaveProperty('lookupFailures');
    expect(resolver.inquired).toEqual([]);
  });

  it('is not looked into when it is of a kind that nothing forgives', async () => {
    const { resolver, outcome } = run({ zone: { [NAME]: [fails('bogus')] } });
    await outcome;
    expect(resolver.inquired).toEqual([]);
  });

  it('lets a denial above still deny', async () => {
    const outcome = await run({ zone: { ...silent, 'example.com': [issue(';')] } }).outcome;
    expect(outcome).toMatchObject({
      completed: true,
      passed: false,
      corroborates: false,
      details: { reason: 'issuer-not-authorised', foundAt: 'example.com', lookupFailures: [{ name: NAME }] },
    });
  });

  it('permits with a permission above', async () => {
    const outcome = await run({ zone: { ...silent, 'example.com': [issue('ca.example')] } }).outcome;
    expect(outcome).toMatchObject({
      passed: true,
      corroborates: true,
      details: { reason: 'lookup-failure-allowed', foundAt: null },
    });
  });

  it('needs the proof for every failure on the way', async () => {
    const zone: Zone = { ...silent, 'example.com': [fails('servfail')] };
    const outcome = await run({ zone }).outcome;
    // The second failure was not retried.
    expect(outcome).toMatchObject({ passed: false, corroborates: false, errors: [{}, {}] });
  });

  it('under open-mpic passes without the proof, but does not corroborate', async () => {
    const inquiry = { security: 'unknown' as const };
    const outcome = await run({ zone: silent, inquiry, policy: 'open-mpic' }).outcome;
    expect(outcome).toMatchObject({ passed: true, corroborates: false });
  });

  it('under open-mpic corroborates with it', async () => {
    const outcome = await run({ zone: silent, policy: 'open-mpic' }).outcome;
    expect(outcome).toMatchObject({ passed: true, corroborates: true });
  });
});
