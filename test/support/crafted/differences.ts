import type { DnssecStatus } from '../../../shared/domain/check/check.ts';
import type { DelvStatus } from './delv.ts';

interface Difference {
  /** Which one is right, and why the other one differs. */
  readonly why: string;
  readonly ours: readonly DelvStatus[];
  readonly delv: readonly DelvStatus[];
  /** The difference depends on the order of records or on earlier queries. */
  readonly sometimes?: boolean;
}

/** All known differences to delv. A difference that is not in this list fails the test. */
export const DIFFERENCES = {
  iterations: {
    why: 'RFC 9276 section 3.2 leaves the limit to the validator: ours rejects more than 50, delv accepts up to 150',
    ours: ['failed'],
    delv: ['secure', 'insecure'],
  },
  'sha1-beside-better': {
    why: 'RFC 4509 section 3 would ignore a SHA-1 digest beside a better one, as delv does; see decision 0015',
    // Insecure after an insecure alias.
    ours: ['secure', 'insecure'],
    delv: ['failed'],
  },
  'revoked-key': {
    why: 'RFC 5011 section 2.1 takes a revoked key out of use, as delv does; see decision 0015',
    ours: ['secure'],
    delv: ['failed'],
  },
  'opt-out': {
    why: 'RFC 5155 section 9.2: a denial by an opt-out gap is not authenticated, but delv reports it as authenticated',
    ours: ['insecure'],
    delv: ['secure'],
  },
  'one-failure': {
    why: 'delv stops after one signature that does not verify; RFC 6840 section 5.11 requires only one that does',
    ours: ['secure'],
    delv: ['failed'],
    sometimes: true,
  },
  'proof-out-of-reach': {
    why: 'ours requires the insecurity proof of every zone on the path, delv does not, and one proof is wrong',
    ours: ['failed'],
    delv: ['secure', 'insecure'],
  },
  'longer-chains': {
    why: 'ours follows ten aliases, delv more',
    ours: ['failed'],
    delv: ['secure'],
  },
} as const satisfies Record<string, Difference>;

export type DelvDifference = keyof typeof DIFFERENCES;

/** A status as delv reports it; delv does not distinguish bogus from unknown. */
export function inDelvWords(status: DnssecStatus | null): DelvStatus {
  return status === 'secure' || status === 'insecure' ? status : 'failed';
}

/** Whether the two statuses are as expected with `difference`, or without one. */
export function isExplained(
  ours: DelvStatus,
  delv: DelvStatus,
  difference: DelvDifference | undefined,
): boolean {
  if (difference === undefined) return ours === delv;
  const known: Difference = DIFFERENCES[difference];
  if (!known.ours.includes(ours)) return false;
  return known.delv.includes(delv) || (known.sometimes === true && delv === ours);
}
