import { createHmac } from 'node:crypto';
import type { Perspective } from '../check/perspective.ts';
import { buildCohorts } from './cohort-search.ts';

export interface CohortChoice {
  /** Remote perspectives with distinct codes; the caller leaves out a designated primary perspective. */
  readonly perspectives: readonly Perspective[];
  readonly size: number;
  readonly secret: string | Uint8Array;
  /** The normalised target. */
  readonly key: string;
}

const RANK_BYTES = 4;

/**
 * Choose disjoint cohorts of perspectives for one target: the first cohort for the first attempt, and so on.
 *
 * The same target gets the same cohorts while secret and perspectives are unchanged, and only the holder of the secret
 * can predict them: an attacker can neither target a cohort nor repeat requests until a favourable one is chosen. TLS
 * BR 3.2.2.9 [mpic] sets rules for distance and service regions and leaves the choice open. Empty if no cohort can be
 * built.
 *
 * @throws RangeError for an empty secret, because anyone could then compute the choice.
 */
export function chooseCohorts({
  perspectives,
  size,
  secret,
  key,
}: CohortChoice): readonly (readonly Perspective[])[] {
  if (secret.length === 0) throw new RangeError('The cohort secret is empty.');
  return buildCohorts(shuffleByKey(perspectives, secret, key), size);
}

/** The cohort with the 1-based number `cohortNumber`, or null if there is none. */
export function selectCohort<Cohort>(cohorts: readonly Cohort[], cohortNumber: number): Cohort | null {
  return cohorts[cohortNumber - 1] ?? null;
}

/**
 * The cohort of the 1-based `attempt`: in order, starting again at the first if there are more attempts than cohorts.
 */
export function cohortInTurn<Cohort>(cohorts: readonly Cohort[], attempt: number): Cohort | null {
  return selectCohort(cohorts, ((attempt - 1) % cohorts.length) + 1);
}

/** A permutation that depends on the codes, the secret and the key, not on the input order. */
function shuffleByKey(
  perspectives: readonly Perspective[],
  secret: string | Uint8Array,
  key: string,
): readonly Perspective[] {
  const byCode = [...perspectives].sort((a, b) => (a.code < b.code ? -1 : 1));
  const stream = keyedStream(byCode.length * RANK_BYTES, secret, key);
  return byCode
    .map((perspective, index) => ({ perspective, rank: stream.readUInt32BE(index * RANK_BYTES) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ perspective }) => perspective);
}

/** At least `length` octets that only the holder of the secret can compute: HMAC-SHA-256 in counter mode. */
function keyedStream(length: number, secret: string | Uint8Array, key: string): Buffer {
  const blocks: Buffer[] = [];
  for (let octets = 0; octets < length; ) {
    const block = createHmac('sha256', secret).update(`${blocks.length}:${key}`).digest();
    blocks.push(block);
    octets += block.length;
  }
  const [only] = blocks;
  return blocks.length === 1 && only !== undefined ? only : Buffer.concat(blocks);
}
