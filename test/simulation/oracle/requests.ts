import { isDeepStrictEqual } from 'node:util';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import { ATTEMPT_BOUND_MS } from '../bounds.ts';
import type { RequestWrite } from '../world/ledger.ts';
import { askedIn, type Case, TOO_LATE_MS } from './case.ts';
import { judgeFacts } from './facts.ts';
import { judgeRecords } from './records.ts';
import { judgeVerdict, type Start } from './verdicts.ts';

/** All rules of one request. */
export function judgeRequest(one: Case, requestId: string, writes: readonly RequestWrite[]): void {
  const { world, accuse } = one;
  const [first] = writes;
  const last = writes.at(-1);
  if (first === undefined || last === undefined) return;
  judgeChanges(one, requestId, writes);
  judgeFacts(one, first.record);
  const { record } = last;
  const isTold = world.ledger.answers.some(
    ({ status, content }) =>
      (status === 200 || status === 202) && (content as { mpic_id?: string }).mpic_id === requestId,
  );
  if (record.status !== 'completed' || !record.published) {
    // A process that could not tell whether its disk stored the request acknowledged it to no client.
    if (world.plan.shape !== 'embedded' || isTold)
      accuse(
        record.status === 'completed' ? 'not-published' : 'not-ended',
        requestId,
        `it is ${record.status} in attempt ${record.attempt} at the end`,
      );
    return;
  }
  let before = first;
  let start = startOf(first);
  for (const write of writes) {
    if (write.record.verdicts.length > before.record.verdicts.length) {
      const verdict = write.record.verdicts.at(-1);
      if (verdict !== undefined) judgeVerdict(one, before.record, start, verdict, write);
    }
    if (write.record.attempt > start.attempt) start = startOf(write);
    before = write;
  }
  judgeStarts(one, writes);
  judgeLength(one, record);
  judgeTimes(one, record, writes);
  judgeRecords(one, record, writes);
}

function startOf({ record, by }: RequestWrite): Start {
  const { attempt, attemptToken, attemptStartedAt, attemptDeadline } = record;
  return {
    attempt,
    token: attemptToken,
    startedAt: attemptStartedAt,
    deadline: attemptDeadline,
    trueStart: by.trueTimesOf(attemptStartedAt)[0],
  };
}

/** What is written once does not change: facts, verdicts, the end. */
function judgeChanges({ accuse }: Case, requestId: string, writes: readonly RequestWrite[]): void {
  let before = writes[0]?.record;
  for (const { record } of writes.slice(1)) {
    if (before === undefined) return;
    const added = record.verdicts.length - before.verdicts.length;
    if (!isDeepStrictEqual(factsOf(record), factsOf(before)))
      accuse('changed', requestId, 'an accepted fact has changed');
    if (!isDeepStrictEqual(record.verdicts.slice(0, before.verdicts.length), before.verdicts))
      accuse('changed', requestId, 'a verdict has changed');
    if (before.status === 'completed' && (record.status !== 'completed' || added !== 0))
      accuse('ended-twice', requestId, 'it was written after its end');
    if (before.published && !record.published)
      accuse('changed', requestId, 'it was published and no longer is');
    if (added < 0 || added > 1) accuse('changed', requestId, `${added} verdicts in one write`);
    const isEnd = record.status === 'completed' && before.status === 'running';
    if (isEnd !== (added === 1 && record.attempt === before.attempt))
      accuse('changed', requestId, 'a verdict without an end, or an end without a verdict');
    if (record.attempt !== before.attempt && (added !== 1 || record.attempt !== before.attempt + 1))
      accuse('changed', requestId, `attempt ${before.attempt} is followed by ${record.attempt}`);
    before = record;
  }
}

function factsOf(record: RequestRecord) {
  const {
    status,
    attempt,
    attemptToken,
    attemptStartedAt,
    attemptDeadline,
    verdicts,
    completedAt,
    published,
    ...facts
  } = record;
  return facts;
}

/** Each start has its own token, and without faults every perspective is asked. */
function judgeStarts({ world, accuse, mail }: Case, writes: readonly RequestWrite[]): void {
  const tokens = new Map<string | null, number>();
  for (const { record } of writes) {
    const { requestId, attempt, attemptToken } = record;
    const before = tokens.get(attemptToken);
    if (before !== undefined && before !== attempt)
      accuse('token-reused', requestId, `attempts ${before} and ${attempt} have the same token`);
    const isNew = before === undefined;
    if (record.attemptDeadline - record.attemptStartedAt !== record.attemptTimeoutMs)
      accuse(
        'wrong-deadline',
        `${requestId}/${attempt}`,
        `${record.attemptDeadline - record.attemptStartedAt} ms after its start`,
      );
    tokens.set(attemptToken, attempt);
    if (!isNew || world.plan.faults.length > 0 || world.plan.shape === 'embedded') continue;
    for (const code of askedIn(record, attempt))
      if (!mail.jobs.has(`${requestId}!${attempt}!${code}`))
        accuse(
          'not-asked',
          `${requestId}/${attempt}/${code}`,
          'it was sent no job, although there were no faults',
        );
  }
}

/** No attempt follows a valid one, and none is omitted after one that is not valid. */
function judgeLength({ accuse }: Case, record: RequestRecord): void {
  const { verdicts, attempt, maxAttempts, requestId } = record;
  if (verdicts.slice(0, -1).some(({ isValid }) => isValid))
    accuse('attempts-wrong', requestId, 'an attempt after one that was valid');
  if (verdicts.length !== attempt || attempt > maxAttempts)
    accuse('attempts-wrong', requestId, `${verdicts.length} verdicts, attempt ${attempt} of ${maxAttempts}`);
  const last = verdicts.at(-1);
  if (last?.isValid === false && attempt < maxAttempts && hasTimeAfter(record, last.decidedAt))
    accuse('attempts-wrong', requestId, `over after attempt ${attempt} of ${maxAttempts}`);
  for (const { attempt: ended, decidedAt } of verdicts.slice(0, -1))
    if (!hasTimeAfter(record, decidedAt))
      accuse(
        'attempts-wrong',
        requestId,
        `attempt ${ended + 1} begins although it can end too late for its rules`,
      );
}

/**
 * True if one more attempt, with the minute in which it may still be decided, ends before the latest time for which the
 * request was judged.
 */
function hasTimeAfter(
  { createdAt, maxAttempts, attemptTimeoutMs }: RequestRecord,
  decidedAt: number,
): boolean {
  const longestMs = attemptTimeoutMs + TOO_LATE_MS;
  return decidedAt + longestMs <= createdAt + maxAttempts * longestMs;
}

/** Without faults, attempts end and verdicts are published within the bound. */
function judgeTimes({ world, accuse }: Case, record: RequestRecord, writes: readonly RequestWrite[]): void {
  const { requestId, attemptTimeoutMs } = record;
  const { peaceAt, clockErrorMs } = world.plan;
  // If clocks disagree, a deadline message is put off at most three times.
  const bound = ATTEMPT_BOUND_MS + (clockErrorMs > 1000 ? 3 * attemptTimeoutMs : 0);
  let startedAt = writes[0]?.at ?? 0;
  let deadline = startedAt + attemptTimeoutMs;
  let before = writes[0];
  for (const write of writes) {
    if (before !== undefined && write.record.verdicts.length > before.record.verdicts.length) {
      const latest = Math.max(deadline, peaceAt) + bound;
      if (write.at > latest)
        accuse(
          'ended-late',
          requestId,
          `attempt ${before.record.attempt} ended ${Math.round(write.at - latest)} ms too late`,
        );
      startedAt = write.at;
      if (write.record.status === 'running') deadline = startedAt + attemptTimeoutMs;
    }
    before = write;
  }
  const published = writes.find((write) => write.record.published)?.at ?? Number.POSITIVE_INFINITY;
  if (published > Math.max(deadline, peaceAt) + bound)
    accuse(
      'published-late',
      requestId,
      `published ${Math.round(published - deadline)} ms after its last deadline`,
    );
}
