import { describe, expect, it } from 'vitest';
import { type CaaCheck, checkCaa } from '../../../services/perspective/check-caa.ts';
import type { FailureInquiry, LookupFailure } from '../../../shared/domain/dns/lookup.ts';
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
  lasted: true,
  security: 'insecure',
  insecurity: { at: 'example.com.', by: 'no-ds' },
};

interface Given {
  readonly zone: Zone;
  readonly inquiry?: Partial<FailureInquiry> | ((failure: LookupFailure) => FailureInquiry);
  readonly facts?: AnswerFacts;
  readonly allow?: boolean;
  readonly policy?: CaaCheck['policy'];
}

function run({ zone, inquiry = {}, facts = { retried: true }, allow = true, policy }: Given) {
  const shown = typeof inquiry === 'function' ? inquiry : { ...SHOWN, ...inquiry };
  const resolver = inquiringResolver(createZoneResolver(zone, { [NAME]: facts }), shown);
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

describe('checkCaa: a failed lookup as permission (TLS BR 4.2.2.1 [caa], L-02 to L-05)', () => {
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
      given: { zone: silent, facts: { retried: false }, inquiry: { lasted: false } },
      shown: { retried: false },
    },
    {
      name: 'the failure did not last',
      given: { zone: silent, inquiry: { lasted: false } },
      shown: { retried: true, faultOutside: false },
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
      name: 'the name is signed up to the root',
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
  ])('is not permission when $name, and the evidence shows it', async ({ given, shown }) => {
    const outcome = await run(given).outcome;
    expect(outcome).toMatchObject({
      completed: false,
      passed: false,
      corroborates: false,
      details: { reason: 'lookup-failed', lookupFailures: [shown] },
    });
  });

  it('starts no inquiry when the caller did not ask for it', async () => {
    const { resolver, outcome } = run({ zone: silent, allow: false });
    expect(await outcome).toMatchObject({ passed: false, details: { reason: 'lookup-failed' } });
    expect((await outcome).details).not.toHaveProperty('lookupFailures');
    expect(resolver.inquired).toEqual([]);
  });

  it('starts no inquiry for a kind of failure that is never permission', async () => {
    const { resolver, outcome } = run({ zone: { [NAME]: [fails('bogus')] } });
    await outcome;
    expect(resolver.inquired).toEqual([]);
  });

  it('still denies when a set above denies', async () => {
    const outcome = await run({ zone: { ...silent, 'example.com': [issue(';')] } }).outcome;
    expect(outcome).toMatchObject({
      completed: true,
      passed: false,
      corroborates: false,
      details: { reason: 'issuer-not-authorised', foundAt: 'example.com', lookupFailures: [{ name: NAME }] },
    });
  });

  it('passes with a permitting set above', async () => {
    const outcome = await run({ zone: { ...silent, 'example.com': [issue('ca.example')] } }).outcome;
    expect(outcome).toMatchObject({
      passed: true,
      corroborates: true,
      details: { reason: 'lookup-failure-allowed', foundAt: null },
    });
  });

  it('needs the proof for every failed level', async () => {
    const zone: Zone = { ...silent, 'example.com': [fails('servfail')] };
    const inquiry = ({ name }: LookupFailure): FailureInquiry => ({ ...SHOWN, lasted: name === NAME });
    const outcome = await run({ zone, inquiry }).outcome;
    expect(outcome).toMatchObject({
      passed: false,
      corroborates: false,
      errors: [{}, {}],
      details: { lookupFailures: [{ faultOutside: true }, { name: 'example.com', faultOutside: false }] },
    });
  });

  it('uses the answer of a repeated query, whether it permits or denies', async () => {
    const inquiry = async (permits: string) => {
      const answer = await createZoneResolver({ [NAME]: [issue(permits)] }).lookup(NAME, 'CAA', 0);
      if (answer.status !== 'answered') throw new TypeError('the resolver did not answer');
      return { controlAnswered: true, lasted: false, answer };
    };
    const denied = await run({ zone: silent, inquiry: await inquiry(';') }).outcome;
    expect(denied).toMatchObject({
      completed: true,
      passed: false,
      errors: [],
      details: { reason: 'issuer-not-authorised', foundAt: NAME },
    });
    expect(denied.details).not.toHaveProperty('lookupFailures');
    const permitted = await run({ zone: silent, inquiry: await inquiry('ca.example') }).outcome;
    expect(permitted).toMatchObject({ passed: true, corroborates: true, details: { reason: 'authorised' } });
  });

  it.each(['signed', 'unknown'] as const)(
    'is not permission under open-mpic for a bare SERVFAIL when the security is %s',
    async (security) => {
      // The data may be bogus.
      const zone: Zone = { [NAME]: [fails('servfail')] };
      const outcome = await run({ zone, inquiry: { security }, policy: 'open-mpic' }).outcome;
      expect(outcome).toMatchObject({
        completed: false,
        passed: false,
        details: { reason: 'lookup-failed' },
      });
    },
  );

  it('under open-mpic passes without the proof, but does not corroborate', async () => {
    const inquiry = { security: 'unknown' as const };
    const outcome = await run({ zone: silent, inquiry, policy: 'open-mpic' }).outcome;
    expect(outcome).toMatchObject({ passed: true, corroborates: false });
  });

  it('under open-mpic corroborates with the proof', async () => {
    const outcome = await run({ zone: silent, policy: 'open-mpic' }).outcome;
    expect(outcome).toMatchObject({ passed: true, corroborates: true });
  });
});
