import type { DnssecStatus } from './check.ts';

/** From worst to best: a chain of answers is worth as much as its worst part (RFC 4035 section 4.3). */
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

/** What a result says of its lookups: the part of a `CheckResult`, or of an audit record, that is looked at here. */
export interface SeenLookups {
  readonly details: {
    readonly kind: string;
    readonly dns?: { readonly dnssec: DnssecStatus | null } | null | undefined;
  };
  readonly adnLookups?: readonly { readonly dnssec: DnssecStatus }[] | undefined;
}

/** The worst status of what a result rests on, the way to its target included; null when it asked nothing of the DNS. */
export function dnssecOf({ details, adnLookups = [] }: SeenLookups): DnssecStatus | null {
  const ofDetails = details.dns?.dnssec ?? null;
  const all = [...(ofDetails === null ? [] : [ofDetails]), ...adnLookups.map(({ dnssec }) => dnssec)];
  return all.length === 0 ? null : all.reduce(worseDnssec);
}

/**
 * Whether everything that a result rests on is validated: secure, or insecure by proof. For an address that was connected
 * to as such nothing was asked of the DNS, and nothing needs to be.
 */
export function isDnssecValidated(seen: SeenLookups): boolean {
  const { kind, dns } = seen.details;
  if (kind === 'none' || (dns !== null && dns !== undefined && dns.dnssec === null)) return false;
  const dnssec = dnssecOf(seen);
  return dnssec === null || dnssec === 'secure' || dnssec === 'insecure';
}
