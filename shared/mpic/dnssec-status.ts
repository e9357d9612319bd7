import type { CheckResult, DnssecStatus } from './check.ts';

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

/** The worst status of what a result rests on, the way to its target included; null when it asked nothing of the DNS. */
export function dnssecOf({
  details,
  adnLookups = [],
}: Pick<CheckResult, 'details' | 'adnLookups'>): DnssecStatus | null {
  const ofDetails = details.kind === 'none' ? null : (details.dns?.dnssec ?? null);
  const all = [...(ofDetails === null ? [] : [ofDetails]), ...adnLookups.map(({ dnssec }) => dnssec)];
  return all.length === 0 ? null : all.reduce(worseDnssec);
}
