import type { DnssecStatus } from './check.ts';

/** From worst to best: a chain of answers has the status of its worst part (RFC 4035 section 4.3). */
const RANK: Readonly<Record<DnssecStatus, number>> = {
  bogus: 0,
  indeterminate: 1,
  'not validated': 2,
  insecure: 3,
  secure: 4,
};

export function worseDnssec(one: DnssecStatus, other: DnssecStatus): DnssecStatus {
  return RANK[other] < RANK[one] ? other : one;
}

/** The DNS lookups of a result: the members of a `CheckResult` or audit record that this file reads. */
export interface SeenLookups {
  readonly details: {
    readonly kind: string;
    readonly dns?: { readonly dnssec: DnssecStatus | null } | null | undefined;
  };
  readonly adnLookups?: readonly { readonly dnssec: DnssecStatus }[] | undefined;
}

/**
 * The worst status among all lookups of a result, including those that led to the target; null if the check queried no
 * DNS.
 */
export function dnssecOf({ details, adnLookups = [] }: SeenLookups): DnssecStatus | null {
  const ofDetails = details.dns?.dnssec ?? null;
  const all = [...(ofDetails === null ? [] : [ofDetails]), ...adnLookups.map(({ dnssec }) => dnssec)];
  return all.length === 0 ? null : all.reduce(worseDnssec);
}

/**
 * Whether all lookups of a result are validated: secure, or proven insecure. True for a check that connects to an IP
 * address and so needs no DNS query.
 */
export function isDnssecValidated(seen: SeenLookups): boolean {
  const { kind, dns } = seen.details;
  if (kind === 'none' || (dns !== null && dns !== undefined && dns.dnssec === null)) return false;
  const dnssec = dnssecOf(seen);
  return dnssec === null || dnssec === 'secure' || dnssec === 'insecure';
}
