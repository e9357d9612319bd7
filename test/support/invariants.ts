import { expect } from 'vitest';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import { decide } from '../../shared/domain/mpic/decision.ts';
import {
  type AttemptVerdict,
  cohortOfAttempt,
  isTooLate,
  perspectivesAsked,
  type RequestRecord,
} from '../../shared/domain/mpic/lifecycle.ts';
import { toFinding } from '../../shared/domain/mpic/votes.ts';
import { rulesAt } from '../../shared/domain/rules/rules.ts';
import type { ResultReader } from '../../shared/ports/request-store.ts';
import type { RecordingAudit } from './recording-audit.ts';

/** The effects of requests outside the store. */
export interface Trail {
  readonly audit: RecordingAudit;
  readonly events: readonly RequestCompletedEvent[];
}

/** The decision for exactly these results; for requests without a designated primary. */
export function decideAnew(record: RequestRecord, verdict: AttemptVerdict, counted: readonly StoredResult[]) {
  const decision = decide({
    policy: record.policy,
    rules: rulesAt(new Date(record.rulesAsOf)),
    cohort: cohortOfAttempt(record, verdict.attempt),
    quorumCount: record.quorumCount,
    monitoring: record.monitoring,
    methodEnded: false,
    tooLate: isTooLate(verdict.startedAt + record.attemptTimeoutMs, verdict.decidedAt),
    findings: new Map(counted.map((vote) => [vote.perspective, toFinding(vote)])),
    primary: { status: 'not-declared' },
    sharedHost: record.sharedHost,
    final: true,
  });
  if (decision.status !== 'settled') throw new Error('a final decision is settled');
  const { isValid, mpicCompleted, corroborating, baseline } = decision;
  return { isValid, mpicCompleted, corroborating, baseline };
}

/**
 * Asserts the invariants of a completed request: it ended once, by the decision on results of its own attempts, and the
 * audit trail and the event report it once each.
 */
export async function expectEndedOnce(
  trail: Trail,
  reader: ResultReader,
  record: RequestRecord,
): Promise<void> {
  const id = record.requestId;
  expect(record, id).toMatchObject({ status: 'completed', published: true });
  expect(
    record.verdicts.map(({ attempt }) => attempt),
    'one verdict for each attempt, in order',
  ).toEqual(Array.from({ length: record.attempt }, (_, index) => index + 1));
  expect(record.attempt).toBeLessThanOrEqual(record.maxAttempts);
  for (const verdict of record.verdicts) await expectPureVerdict(reader, record, verdict);
  expect(record.verdicts.slice(0, -1).filter(({ isValid }) => isValid)).toEqual([]);
  expectEvidence(trail, record);
}

async function expectPureVerdict(reader: ResultReader, record: RequestRecord, verdict: AttemptVerdict) {
  const { attempt, counted } = verdict;
  const keys = counted.map((perspective) => ({ perspective, attempt }));
  const results = await reader.readResults(record.requestId, keys);
  expect(new Set(counted).size, 'no result is counted twice').toBe(counted.length);
  expect(
    results.map((result) => [result.attempt, result.perspective]),
    'every counted result is stored and of this attempt',
  ).toEqual(counted.map((code) => [attempt, code]));
  expect(verdict.results, 'the counted results are frozen with the verdict').toEqual(results);
  const { isValid, mpicCompleted, corroborating, baseline } = verdict;
  expect({ isValid, mpicCompleted, corroborating, baseline }).toEqual(decideAnew(record, verdict, results));
}

function expectEvidence({ audit, events }: Trail, record: RequestRecord): void {
  const id = record.requestId;
  const checks = record.verdicts.flatMap(({ attempt }) =>
    perspectivesAsked(record, attempt).map((code) => `${id}/${attempt}/${code}`),
  );
  expect(audit.idsOf(id, 'perspective-check')).toEqual(checks.sort());
  expect(audit.idsOf(id, 'quorum-decision')).toEqual(
    record.verdicts.map(({ attempt }) => `${id}/${attempt}/quorum`).sort(),
  );
  expect(audit.contradictions).toEqual([]);
  const about = events.filter((event) => event.mpic_id === id);
  expect(about.length, 'the event is published').toBeGreaterThan(0);
  for (const event of about) expect(event).toEqual(about[0]);
  expect(about[0]).toMatchObject({
    event_id: `${id}/completed`,
    is_valid: record.verdicts.at(-1)?.isValid,
    attempt_count: record.attempt,
  });
}
