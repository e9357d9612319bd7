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
  it('returns the worse of two in either order', () => {
    expect([...FROM_WORST].sort()).toEqual([...DNSSEC_STATUSES].sort());
    for (const [at, worse] of FROM_WORST.entries()) {
      for (const other of FROM_WORST.slice(at)) {
        expect([worseDnssec(worse, other), worseDnssec(other, worse)]).toEqual([worse, worse]);
      }
    }
  });
});

/**
 * `dns`: the status of the lookup for the data; null if nothing was queried, undefined if the check has no DNS part.
 */
const seenOf = (
  kind: string,
  dns: DnssecStatus | null | undefined,
  way?: readonly DnssecStatus[],
): SeenLookups => ({
  details: { kind, dns: dns === undefined ? undefined : { dnssec: dns } },
  ...(way === undefined ? {} : { adnLookups: way.map((dnssec) => ({ dnssec })) }),
});

describe('dnssecOf and isDnssecValidated', () => {
  it.each<{ name: string; seen: SeenLookups; dnssec: DnssecStatus | null; validated: boolean }>([
    {
      name: 'treat secure data as validated',
      seen: seenOf('dns', 'secure'),
      dnssec: 'secure',
      validated: true,
    },
    {
      name: 'treat insecure data as validated',
      seen: seenOf('caa', 'insecure'),
      dnssec: 'insecure',
      validated: true,
    },
    {
      name: 'treat data from an external resolver as not validated',
      seen: seenOf('dns', 'not validated'),
      dnssec: 'not validated',
      validated: false,
    },
    {
      name: 'treat bogus data as not validated',
      seen: seenOf('dns', 'bogus'),
      dnssec: 'bogus',
      validated: false,
    },
    {
      name: 'use the status of the lookups to the target if it is worse than the data',
      seen: seenOf('dns', 'secure', ['secure', 'indeterminate', 'secure']),
      dnssec: 'indeterminate',
      validated: false,
    },
    {
      name: 'use the status of the data if the lookups to the target are better',
      seen: seenOf('dns', 'insecure', ['secure']),
      dnssec: 'insecure',
      validated: true,
    },
    {
      name: 'treat a check of an IP address as validated without DNS',
      seen: seenOf('http', undefined),
      dnssec: null,
      validated: true,
    },
    {
      name: 'treat a check of an IP address with a null DNS part as validated',
      seen: { details: { kind: 'tls', dns: null } },
      dnssec: null,
      validated: true,
    },
    {
      name: 'treat an address from validated lookups as validated',
      seen: seenOf('http', undefined, ['secure']),
      dnssec: 'secure',
      validated: true,
    },
    {
      name: 'treat a check that should query the DNS and did not as not validated',
      seen: seenOf('caa', null),
      dnssec: null,
      validated: false,
    },
    {
      name: 'treat a check without details as not validated',
      seen: seenOf('none', undefined),
      dnssec: null,
      validated: false,
    },
    {
      name: 'treat a check without details as not validated even after validated lookups',
      seen: seenOf('none', undefined, ['secure']),
      dnssec: 'secure',
      validated: false,
    },
  ])('$name', ({ seen, dnssec, validated }) => {
    expect(dnssecOf(seen)).toBe(dnssec);
    expect(isDnssecValidated(seen)).toBe(validated);
  });
});
