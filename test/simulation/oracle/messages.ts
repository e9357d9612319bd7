import { isDeepStrictEqual } from 'node:util';
import type { CheckJob } from '../../../shared/contract/messages/check-job.ts';
import type { DeadlineMessage } from '../../../shared/contract/messages/deadline.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import { DEADLINES, jobsOf } from '../world/cloud.ts';
import type { RequestWrite, Sent } from '../world/ledger.ts';
import { codeOf, type World } from '../world/world.ts';
import { askedIn } from './case.ts';
import type { Accuse } from './judge.ts';

/** A sent message and its parsed body. */
export interface Letter<T> {
  readonly sent: Sent;
  readonly says: T;
}

/**
 * Jobs by `request!attempt!perspective`, deadline messages by request. Empty for the embedded shape, whose queues are
 * inside its process.
 */
export interface Mail {
  readonly jobs: ReadonlyMap<string, readonly Letter<CheckJob>[]>;
  readonly deadlines: ReadonlyMap<string, readonly Letter<DeadlineMessage>[]>;
}

export function gatherMail({ ledger, config }: World): Mail {
  const jobs = new Map<string, Letter<CheckJob>[]>();
  const deadlines = new Map<string, Letter<DeadlineMessage>[]>();
  const jobQueues = new Set(config.perspectives.map(({ code }) => jobsOf(code)));
  for (const sent of ledger.sent.values()) {
    if (sent.queue === DEADLINES) {
      const says = JSON.parse(sent.body) as DeadlineMessage;
      add(deadlines, says.requestId, { sent, says });
    } else if (jobQueues.has(sent.queue)) {
      const says = JSON.parse(sent.body) as CheckJob;
      add(jobs, `${says.requestId}!${says.attempt}!${says.perspective}`, { sent, says });
    }
  }
  return { jobs, deadlines };
}

function add<T>(map: Map<string, T[]>, key: string, one: T): void {
  const before = map.get(key);
  if (before === undefined) map.set(key, [one]);
  else before.push(one);
}

/** Jobs exist only for attempts that have begun, and messages are deleted only when their work is done. */
export function judgeMail(world: World, accuse: Accuse, { jobs, deadlines }: Mail): void {
  if (world.plan.shape === 'embedded') return;
  for (const [slot, letters] of jobs)
    for (const letter of letters) {
      judgeJob(world, accuse, slot, letter);
      judgeJobAcknowledged(world, accuse, slot, letter);
    }
  for (const [requestId, letters] of deadlines) {
    const writes = world.ledger.requests.get(requestId) ?? [];
    for (const letter of letters) judgeDeadlineAcknowledged(accuse, letter, letters, writes);
  }
  for (const [requestId, writes] of world.ledger.requests)
    judgeBeginnings(accuse, writes, deadlines.get(requestId) ?? []);
}

function judgeJob(
  { ledger }: World,
  accuse: Accuse,
  slot: string,
  { sent, says: job }: Letter<CheckJob>,
): void {
  const begun = ledger.requests.get(job.requestId)?.find(({ record }) => record.attempt === job.attempt);
  if (begun === undefined || begun.at > sent.sentAt) {
    accuse('job-before-start', slot, 'a job of an attempt that is not stored');
    return;
  }
  const { record } = begun;
  if (!askedIn(record, job.attempt).includes(job.perspective))
    accuse('asked-wrong', slot, 'a job for a perspective that is not asked in this attempt');
  const { check, policy, attemptToken, requestDigest, deadline } = job;
  const found = { check, policy, attemptToken, requestDigest, deadline };
  const expected = {
    check: record.check,
    policy: record.policy,
    attemptToken: record.attemptToken,
    requestDigest: record.requestDigest,
    deadline: record.attemptDeadline,
  };
  if (!isDeepStrictEqual(found, expected))
    accuse('job-wrong', slot, `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

/** A job is deleted only when its result is stored or its time is over. */
function judgeJobAcknowledged(
  { ledger, plan, config }: World,
  accuse: Accuse,
  slot: string,
  { sent, says: job }: Letter<CheckJob>,
): void {
  if (sent.acknowledgedAt === null) return;
  const at = sent.acknowledgedAt;
  if (plan.hostile.some(({ perspective }) => codeOf(config.perspectives, perspective) === job.perspective))
    return;
  // A process whose clock differs from the platform's may consider a job expired, and then runs no check.
  if (plan.faults.some(({ kind }) => kind === 'clock-jump')) return;
  // A job that a frozen process sends late is over at its deadline, which a later delivery is held against.
  const budgetEnd = sent.sentAt + job.budgetMs;
  const deadline = job.deadline - plan.startsAt;
  const isOver = at >= Math.min(budgetEnd, deadline) - 2 * plan.clockErrorMs;
  const stored = ledger.results.get(job.requestId)?.get(`${job.attempt}!${job.perspective}`) ?? [];
  if (!isOver && !stored.some((write) => write.at <= at))
    accuse('acknowledged-early', slot, 'a job was deleted before its result was stored');
}

/**
 * A deadline message is deleted only when its attempt is over and a completed request is published, or when another
 * deadline message is left.
 */
function judgeDeadlineAcknowledged(
  accuse: Accuse,
  { sent, says: deadline }: Letter<DeadlineMessage>,
  letters: readonly Letter<DeadlineMessage>[],
  writes: readonly RequestWrite[],
): void {
  const at = sent.acknowledgedAt;
  if (at === null) return;
  const { requestId, attempt, attemptToken } = deadline;
  const isWaiting = ({ sent: other }: Letter<DeadlineMessage>) =>
    other.id !== sent.id && (other.acknowledgedAt === null || other.acknowledgedAt > at);
  const waiting = letters.filter(isWaiting);
  const isSame = ({ says }: Letter<DeadlineMessage>) =>
    says.attempt === attempt && says.attemptToken === attemptToken;
  const record = writes.findLast((write) => write.at <= at)?.record;
  const isOfIt = (one: RequestRecord) => one.attempt === attempt && one.attemptToken === attemptToken;
  const about = `${requestId}/${attempt}`;
  const isOpen =
    record === undefined || record.attempt < attempt
      ? writes.some((write) => isOfIt(write.record))
      : record.status === 'running' && isOfIt(record);
  if (isOpen && !waiting.some(isSame))
    accuse('acknowledged-early', about, 'a deadline message was deleted before its attempt was over');
  if (record?.status === 'completed' && !record.published && waiting.length === 0)
    accuse('acknowledged-early', about, 'the last deadline message was deleted before the publication');
}

/** Each start of an attempt has a deadline message before it is stored. */
function judgeBeginnings(
  accuse: Accuse,
  writes: readonly RequestWrite[],
  letters: readonly Letter<DeadlineMessage>[],
): void {
  let before: RequestRecord | null = null;
  for (const { record, at } of writes) {
    const isNew = before === null || before.attempt !== record.attempt;
    before = record;
    if (!isNew) continue;
    const { requestId, attempt, attemptToken } = record;
    const isAnnounced = letters.some(
      ({ sent, says }) => sent.sentAt <= at && says.attempt === attempt && says.attemptToken === attemptToken,
    );
    if (!isAnnounced)
      accuse(
        'begun-without-deadline',
        `${requestId}/${attempt}`,
        'no deadline message was sent before it began',
      );
  }
}
