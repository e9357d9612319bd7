import { describe, expect, it } from 'vitest';
import { DNSSEC_STATUSES, type DnssecStatus } from '../../../../shared/domain/check/check.ts';
import {
  dnssecOf,
  isDnssecValidated,
  type SeenLookups,
  worseDnssec,
} from '../../../../shared/domain/check/dnssec-status.ts';

const FROM_WORST: readonly DnssecStatus[] = ['bogus', 'indeterminate', 'not validated', 'insecure', 'secure'];

describe('worseDnssec (RFC 4035 section 4.3)', () => {
  it('keeps the worse of two, whichever comes first', () => {
    expect([...FROM_WORST].sort()).toEqual([...DNSSEC_STATUSES].sort());
    for (const [at, worse] of FROM_WORST.entries()) {
      for (const other of FROM_WORST.slice(at)) {
        expect([worseDnssec(worse, other), worseDnssec(other, worse)]).toEqual([worse, worse]);
      }
    }
  });
});

/** `dns`: the status of the lookup for the data; null when it asked nothing, undefined when the check has no DNS part. */
const seenOf = (
  kind: string,
  dns: DnssecStatus | null | undefined,
  way?: readonly DnssecStatus[],
): SeenLookups => ({
  details: { kind, dns: dns === undefined ? undefined : { dnssec: dns } },
  ...(way === undefined ? {} : { adnLookups: way.map((dnssec) => ({ dnssec })) }),
});

describe('what a result rests on', () => {
  it.each<{ name: string; seen: SeenLookups; dnssec: DnssecStatus | null; validated: boolean }>([
    { name: 'secure data is validated', seen: seenOf('dns', 'secure'), dnssec: 'secure', validated: true },
    {
      name: 'insecure data is validated',
      seen: seenOf('caa', 'insecure'),
      dnssec: 'insecure',
      validated: true,
    },
    {
      name: 'data of a resolver that is not our own is not validated',
      seen: seenOf('dns', 'not validated'),
      dnssec: 'not validated',
      validated: false,
    },
    { name: 'bogus data is not validated', seen: seenOf('dns', 'bogus'), dnssec: 'bogus', validated: false },
    {
      name: 'a way that is worse than the data counts',
      seen: seenOf('dns', 'secure', ['secure', 'indeterminate', 'secure']),
      dnssec: 'indeterminate',
      validated: false,
    },
    {
      name: 'a way that is better than the data does not',
      seen: seenOf('dns', 'insecure', ['secure']),
      dnssec: 'insecure',
      validated: true,
    },
    {
      name: 'an address that was connected to as such needs no validation',
      seen: seenOf('http', undefined),
      dnssec: null,
      validated: true,
    },
    {
      name: 'an address without a DNS part needs none either',
      seen: { details: { kind: 'tls', dns: null } },
      dnssec: null,
      validated: true,
    },
    {
      name: 'an address that a validated way led to is validated',
      seen: seenOf('http', undefined, ['secure']),
      dnssec: 'secure',
      validated: true,
    },
    {
      name: 'a check that should have asked and did not is not validated',
      seen: seenOf('caa', null),
      dnssec: null,
      validated: false,
    },
    {
      name: 'a check without details is not validated',
      seen: seenOf('none', undefined),
      dnssec: null,
      validated: false,
    },
    {
      name: 'a check without details is not validated by its way',
      seen: seenOf('none', undefined, ['secure']),
      dnssec: 'secure',
      validated: false,
    },
  ])('$name', ({ seen, dnssec, validated }) => {
    expect(dnssecOf(seen)).toBe(dnssec);
    expect(isDnssecValidated(seen)).toBe(validated);
  });
});
