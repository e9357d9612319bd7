import type { CheckResult } from '../../domain/check/check-result.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import type { RequestRecord } from '../../domain/mpic/lifecycle.ts';

/**
 * Stored text of results whose evidence one answer shows, bytes. A function can answer with 6 MB, and an answer shows the last
 * attempt twice; what is said of a result in the API takes about as much room as what was stored.
 */
const MAX_SHOWN_BYTES = 4_000_000;
const MAX_BESIDE_BYTES = 1_000_000;

const MAX_ERRORS_LEFT = 1;

/** What an answer shows of a request: the evidence of its largest results is left out where it would not fit. */
export interface Shown {
  readonly record: RequestRecord;
  readonly isShortened: boolean;
}

/**
 * The record with as much evidence as an answer can hold, the smallest results first; the audit trail has all of it. The
 * verdicts stay. It depends on the record alone, so that every answer about a request is the same.
 */
export function fitForAnswer(record: RequestRecord): Shown {
  const last = record.verdicts.at(-1);
  const votes = record.verdicts.flatMap((verdict) =>
    verdict.results.map((vote) => ({ vote, times: verdict === last ? 2 : 1 })),
  );
  const tooMuch = findTooMuch(votes, MAX_SHOWN_BYTES);
  if (tooMuch.size === 0) return { record, isShortened: false };
  const shorten = (vote: StoredResult) => (tooMuch.has(vote) ? withoutEvidence(vote) : vote);
  const verdicts = record.verdicts.map((verdict) => ({ ...verdict, results: verdict.results.map(shorten) }));
  return { record: { ...record, verdicts }, isShortened: true };
}

/** The same of results that are shown beside an answer, and of those of an attempt under way, which has none. */
export function fitBeside(votes: readonly StoredResult[]): readonly StoredResult[] {
  const tooMuch = findTooMuch(
    votes.map((vote) => ({ vote, times: 1 })),
    MAX_BESIDE_BYTES,
  );
  return votes.map((vote) => (tooMuch.has(vote) ? withoutEvidence(vote) : vote));
}

function findTooMuch(
  votes: readonly { readonly vote: StoredResult; readonly times: number }[],
  limit: number,
): ReadonlySet<StoredResult> {
  const bySize = [...votes].sort((one, other) => one.vote.bytes - other.vote.bytes);
  const tooMuch = new Set<StoredResult>();
  let shown = 0;
  for (const { vote, times } of bySize) {
    shown += vote.bytes * times;
    if (shown > limit) tooMuch.add(vote);
  }
  return tooMuch;
}

function withoutEvidence(vote: StoredResult): StoredResult {
  if (vote.status === 'unreadable') return vote;
  const { adnLookups: _, ...result } = vote.result;
  const bare: CheckResult = {
    ...result,
    errors: result.errors.slice(0, MAX_ERRORS_LEFT),
    details: { kind: 'none' },
  };
  return { ...vote, result: bare };
}
