import type { DnsDcvParameters, Target } from '../../shared/domain/check/check.ts';
import type { NearbyName } from '../../shared/domain/check/check-result.ts';
import { nearbyNames } from '../../shared/domain/dcv/nearby-names.ts';
import type { DnsQuestion } from '../../shared/domain/dcv/question.ts';
import { matchRecord, selectRecords } from '../../shared/domain/dcv/record-match.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';

/** The check whose record is missing. */
export interface MissingRecord {
  readonly target: Target;
  readonly parameters: DnsDcvParameters;
  readonly question: DnsQuestion;
  readonly wildcard: boolean;
  readonly asker: Resolver;
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly monotonic: () => number;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Time for all these lookups, which delay a result that has failed, milliseconds. */
const NEARBY_MS = 1000;

/**
 * Looks up the names at which applicants publish a missing record by mistake, all at once, so that the explanation can
 * say so. It cannot change the outcome of the check: a fault here leaves the evidence out, and nothing is looked up when
 * the deadline of the check is near.
 */
export async function lookNearby(missing: MissingRecord): Promise<readonly NearbyName[]> {
  const { target, parameters, question, asker, monotonic } = missing;
  const [name = ''] = question.names;
  const deadline = monotonic() + NEARBY_MS;
  if (deadline > missing.deadline) return [];
  const looks = nearbyNames(target, parameters, name).map((nearby) =>
    lookAt(nearby, missing, asker, deadline),
  );
  return Promise.all(looks).catch(() => []);
}

async function lookAt(
  name: string,
  { parameters, question, wildcard, now }: MissingRecord,
  asker: Resolver,
  deadline: number,
): Promise<NearbyName> {
  const lookup = await asker.lookup(name, question.type, deadline);
  if (lookup.status === 'failed') return { name, rcode: null, records: 0, matches: false };
  const records = selectRecords(
    parameters,
    lookup.records.filter(({ type }) => type === question.type),
  );
  const context = { wildcard, parameters, nowMs: now };
  const matches = records.some((record) => matchRecord(record, context) === 'exact');
  return { name, rcode: lookup.rcode, records: records.length, matches };
}
