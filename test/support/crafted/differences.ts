import type { DnssecStatus } from '../../../shared/domain/check/check.ts';
import type { DelvStatus } from './delv.ts';

interface Difference {
  /** Who is right, and why the other one differs. */
  readonly why: string;
  readonly ours: readonly DelvStatus[];
  readonly delv: readonly DelvStatus[];
  /** It depends on the order of records, or on what was asked before. */
  readonly sometimes?: boolean;
}

/** Everything that delv is known to see otherwise. Whatever is not explained by one of these is a failure. */
export const DIFFERENCES = {
  iterations: {
    why: 'RFC 9276 section 3.2 leaves the limit to the validator: ours refuses above 50, delv computes up to 150',
    ours: ['failed'],
    delv: ['secure', 'insecure'],
  },
  'sha1-beside-better': {
    why: 'RFC 4509 section 3 would ignore a SHA-1 digest beside a better one, as delv does; see decision 0015',
    // Insecure behind an insecure alias.
    ours: ['secure', 'insecure'],
    delv: ['failed'],
  },
  'revoked-key': {
    why: 'RFC 5011 section 2.1 takes a revoked key out of use, as delv does; see decision 0015',
    ours: ['secure'],
    delv: ['failed'],
  },
  'opt-out': {
    why: 'RFC 5155 section 9.2: no denial by an opt-out gap is authenticated, which delv says it is',
    ours: ['insecure'],
    delv: ['secure'],
  },
  'one-failure': {
    why: 'delv gives up after one signature that does not verify; RFC 6840 section 5.11 wants one that does',
    ours: ['secure'],
    delv: ['failed'],
    sometimes: true,
  },
  'proof-out-of-reach': {
    why: 'ours wants the proof of insecurity from every zone on the way, also where delv needs none, and one is wrong',
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

/** A status in the words of delv, which does not tell bogus from unknown. */
export function inDelvWords(status: DnssecStatus | null): DelvStatus {
  return status === 'secure' || status === 'insecure' ? status : 'failed';
}

/** Whether what the two say is what `difference`, or none, leads to expect. */
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
