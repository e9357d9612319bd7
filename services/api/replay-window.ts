import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { RULEBOOK } from '../../shared/domain/rules/rulebook.ts';

const HOUR_MS = 3_600_000;

/** For how long the answer to a validation, or to a question for contacts, is repeated: enough for any client that lost it, far below its reuse period. */
const REPLAY_HOURS = 24;

/**
 * Until when a repetition with the same `Idempotency-Key` gets the same answer, Unix milliseconds, that moment included.
 *
 * A CAA check may be acted on for its TTL, and for 8 hours where that is longer (TLS BR 4.2.2.1 [caa]); of several
 * perspectives the smallest TTL counts. An answer without an end would keep a permission that the domain has withdrawn.
 *
 * @param results those that the verdict rests on; without them no TTL is known.
 */
export function replayableUntil(record: RequestRecord, results: readonly CheckResult[]): number {
  const since = record.completedAt ?? record.createdAt;
  if (record.check.checkType !== 'caa') return since + REPLAY_HOURS * HOUR_MS;
  const ttlMs = results.length === 0 ? 0 : Math.min(...results.map(ttlSeconds)) * 1000;
  return since + Math.max(RULEBOOK.caa.useHours * HOUR_MS, ttlMs);
}

/** TTL of the CAA set that a perspective saw; 0 where it saw none, since a denial extends nothing. */
function ttlSeconds({ details }: CheckResult): number {
  return details.kind === 'caa' && details.recordPresent === true ? (details.dns.ttl ?? 0) : 0;
}
