import { describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import { CAA_CASES, type CaaCase, parametersOf, targetOf } from '../support/caa-cases.ts';
import { createZoneResolver } from '../support/zone-resolver.ts';

/** The resolver of this test supplies no proof of insecurity, so the circumstances of a row have no effect here. */
const isProvenPermission = (row: CaaCase) => row.expected === 'allow' && row.circumstances !== undefined;

function check(row: CaaCase) {
  return checkCaa({
    target: targetOf(row),
    parameters: parametersOf(row),
    policy: 'baseline-requirements',
    resolver: createZoneResolver(row.zone),
    deadline: 10_000,
  });
}

describe('worked examples of CAA checking (RFC 8659, RFC 8657, RFC 9495, TLS BR 4.2.2.1 [caa])', () => {
  it('include every row once', () => {
    const ids = Array.from({ length: 84 }, (_, at) => `C${String(at + 1).padStart(2, '0')}`);
    expect(CAA_CASES.map(({ id }) => id)).toEqual(ids);
  });

  it.each(CAA_CASES.filter((row) => row.circumstances === undefined))(
    '$id: $name gets $expected, since $why',
    async (row) => {
      const outcome = await check(row);
      expect(outcome).toMatchObject({
        completed: row.reason !== 'lookup-failed',
        passed: row.expected === 'allow',
        corroborates: row.expected === 'allow',
        details: { kind: 'caa', reason: row.reason, foundAt: row.foundAt },
      });
      expect(outcome.errors.map(({ type }) => type)).toEqual(
        row.reason === 'lookup-failed' ? ['mpic_error:caa_checker:lookup'] : [],
      );
    },
  );

  it.each(CAA_CASES.filter((row) => row.circumstances !== undefined))(
    '$id: a lookup failure of $name is not permission without a proof that the domain is insecure',
    async (row) => {
      const outcome = await check(row);
      expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
      expect(outcome.details).toMatchObject({ reason: 'lookup-failed', recordPresent: null });
    },
  );

  it('include one row in which only a proof makes the failure permission', () => {
    expect(CAA_CASES.filter(isProvenPermission).map(({ id }) => id)).toEqual(['C77']);
  });
});
