import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CheckJob } from '../../../shared/messages/check-job.ts';
import type { AttemptVerdict, RequestRecord } from '../../../shared/mpic/lifecycle.ts';
import { ATTEMPT_BOUND_MS } from '../bounds.ts';
import { disagreementMs } from '../plan.ts';
import type { RequestWrite, ResultWrite } from '../world/ledger.ts';
import type { World } from '../world/world.ts';
import type { Evidence } from './evidence.ts';
import type { Accuse } from './judge.ts';
import type { Letter, Mail } from './messages.ts';
import { type Attempt, isSettled, outcomeOf, type PrimaryStatus, readVote } from './rules.ts';

export interface Case {
  readonly world: World;
  readonly accuse: Accuse;
  readonly evidence: Evidence;
  readonly mail: Mail;
  readonly endedAt: number;
}

/** Times are rounded to milliseconds, and a timer may ring a fraction of one early. */
const ROUNDING_MS = 3;
/** How much later than its attempt's deadline a decision may still say yes. */
const TOO_LATE_MS = 60_000;
/** What a job may lie about between being sent and being begun beyond its own measure: a cold start, a batch. */
const JOB_SLACK_MS = 6000;

/** A start of an attempt, as the store has it. */
interface Start {
  readonly attempt: number;
  readonly token: string | null;
  readonly startedAt: number;
  readonly deadline: number;
  /** When it began, by the true time. */
  readonly trueStart: number;
}

/** All that has to hold of one request. */
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
    // A process that could not tell whether its disk has taken the request has said so to nobody.
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

/** What is written once stays: facts, verdicts, the end. */
function judgeChanges({ accuse }: Case, requestId: string, writes: readonly RequestWrite[]): void {
  let before = writes[0]?.record;
  for (const { record } of writes.slice(1)) {
    if (before === undefined) return;
    const added = record.verdicts.length - before.verdicts.length;
    if (!isDeepStrictEqual(factsOf(record), factsOf(before)))
      accuse('changed', requestId, 'what was accepted has changed');
    if (!isDeepStrictEqual(record.verdicts.slice(0, before.verdicts.length), before.verdicts))
      accuse('changed', requestId, 'a verdict has changed');
    if (before.status === 'completed' && (record.status !== 'completed' || added !== 0))
      accuse('ended-twice', requestId, 'it was written after its end');
    if (before.published && !record.published) accuse('changed', requestId, 'it was published and is not');
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

/** It is what somebody has asked for. */
function judgeFacts({ world, accuse }: Case, record: RequestRecord): void {
  const { plan, config } = world;
  const client = plan.clients.find(
    ({ body, caller }) => caller === record.caller && sha256(body) === record.requestDigest,
  );
  if (client === undefined) {
    accuse('wrong-facts', record.requestId, 'nobody has asked for this');
    return;
  }
  const body = JSON.parse(client.body) as {
    readonly check_type: string;
    readonly domain_or_ip_target: string;
    readonly orchestration_parameters?: Record<string, number>;
  };
  const asked = body.orchestration_parameters ?? {};
  const count = asked.perspective_count ?? plan.defaultCount;
  const quorum = asked.quorum_count ?? count - (count >= 6 ? 2 : 1);
  const primary =
    plan.primary === 'perspective' && config.primary?.kind === 'perspective' ? config.primary.code : null;
  const target = record.check.target;
  const expected = {
    checkType: body.check_type,
    name: body.domain_or_ip_target,
    policy: plan.policy,
    quorum,
    maxAttempts: Math.min(asked.max_attempts ?? 1, config.maxAttempts),
    primary,
    monitoring: quorum === 0,
    sharedHost: plan.shape === 'embedded',
    day: dayOf(record.createdAt + config.maxAttempts * (record.attemptTimeoutMs + TOO_LATE_MS)),
  };
  const found = {
    checkType: record.check.checkType,
    name: target.kind === 'domain' ? target.name : '',
    policy: record.policy,
    quorum: record.quorumCount,
    maxAttempts: record.maxAttempts,
    primary: record.primary,
    monitoring: record.monitoring,
    sharedHost: record.sharedHost,
    day: record.rulesAsOf,
  };
  if (!isDeepStrictEqual(found, expected))
    accuse('wrong-facts', record.requestId, `${JSON.stringify(found)} and not ${JSON.stringify(expected)}`);
  const known = new Map(config.perspectives.map(({ code, rir }) => [code, rir]));
  for (const cohort of record.cohorts) {
    const codes = new Set(cohort.map(({ code }) => code));
    const isSound =
      codes.size === count &&
      cohort.length === count &&
      (primary === null || !codes.has(primary)) &&
      cohort.every(({ code, rir }) => known.get(code) === rir);
    if (!isSound) accuse('wrong-facts', record.requestId, `a cohort of ${JSON.stringify(cohort)}`);
  }
}

/** The rules are those of the day on which its last attempt can be decided at the latest. */
const dayOf = (unixMs: number) => new Date(unixMs).toISOString().slice(0, 10);

const cohortOf = (record: RequestRecord, attempt: number) =>
  record.cohorts[(attempt - 1) % record.cohorts.length] ?? [];

export const askedIn = (record: RequestRecord, attempt: number) => [
  ...cohortOf(record, attempt).map(({ code }) => code),
  ...(record.primary === null ? [] : [record.primary]),
];

/** One attempt: it had its time, and was decided as the rules say, on what was stored then. */
function judgeVerdict(
  { world, accuse, evidence }: Case,
  record: RequestRecord,
  start: Start,
  verdict: AttemptVerdict,
  write: RequestWrite,
): void {
  const { requestId } = record;
  const { attempt } = verdict;
  const about = `${requestId}/${attempt}`;
  if (
    attempt !== start.attempt ||
    verdict.attemptToken !== start.token ||
    verdict.startedAt !== start.startedAt
  )
    accuse('wrong-start', about, 'the verdict is about another start of the attempt');
  const asked = askedIn(record, attempt);
  const stored = world.ledger.results.get(requestId) ?? new Map<string, ResultWrite[]>();
  const filed = evidence.recordsOf(requestId);
  const votes = new Map<string, ReturnType<typeof readVote>>();
  for (const code of asked) {
    const check = filed.get(`${about}/${code}`)?.record;
    if (check?.event !== 'perspective-check') continue;
    if (check.counted !== verdict.counted.includes(code))
      accuse('audit-wrong', `${about}/${code}`, 'the record and the verdict disagree on whether it counted');
    if (check.stored_sha256 === null) continue;
    const counted = stored
      .get(`${attempt}!${code}`)
      ?.find(({ text, at }) => at <= write.at && sha256(text) === check.stored_sha256);
    if (counted === undefined) {
      accuse('counted-unstored', `${about}/${code}`, 'it counted before it was stored, or was never');
      continue;
    }
    votes.set(
      code,
      readVote(counted.text, {
        requestId,
        perspective: code,
        attempt,
        token: start.token,
        digest: record.requestDigest,
        checkType: record.check.checkType,
      }),
    );
  }
  const counted = asked.filter((code) => votes.has(code));
  if (!isDeepStrictEqual(counted, [...verdict.counted]))
    accuse('counted-wrong', about, `counted ${verdict.counted} and on record ${counted}`);

  const isTooLate = verdict.decidedAt - start.deadline > TOO_LATE_MS;
  const now: Attempt = {
    policy: record.policy,
    day: record.rulesAsOf,
    cohort: cohortOf(record, attempt),
    quorumCount: record.quorumCount,
    isMonitoring: record.monitoring,
    isSharedHost: record.sharedHost,
    votes,
    primary: primaryOf(record, votes),
    isTooLate,
  };
  if (isTooLate && verdict.isValid)
    accuse('stale-valid', about, `decided ${verdict.decidedAt - start.deadline} ms after its deadline`);

  const settled = isSettled(now);
  const trueDeadline = start.trueStart + record.attemptTimeoutMs;
  const [, decidedAt] = write.by.trueTimesOf(verdict.decidedAt);
  const isBefore = decidedAt < trueDeadline - ROUNDING_MS;
  const isBeforeAtHome = verdict.decidedAt < start.deadline - ROUNDING_MS;
  // Where there is only one clock at home, that is the one that counts.
  const isEarly = isBefore && (world.plan.shape !== 'embedded' || isBeforeAtHome);
  if (!settled && isEarly)
    accuse(
      'ended-early',
      about,
      `ended ${Math.round(trueDeadline - decidedAt)} ms before its deadline, ${verdict.baseline.quorum}`,
    );
  if (!settled) {
    // A process whose clock is ahead ends what one before it has begun: what is stored after that is late.
    const due = isBefore && !isEarly ? write.at : trueDeadline;
    for (const code of asked) {
      const early = stored.get(`${attempt}!${code}`)?.find(({ at }) => at < due - ROUNDING_MS);
      if (early !== undefined && !votes.has(code))
        accuse(
          'overlooked',
          `${about}/${code}`,
          `stored ${Math.round(trueDeadline - early.at)} ms before the deadline and not counted in ${verdict.baseline.quorum}`,
        );
    }
  }
  if (!isTooLate || !verdict.isValid) judgeReport(accuse, about, verdict, now, isBefore && isBeforeAtHome);
}

function primaryOf(
  record: RequestRecord,
  votes: ReadonlyMap<string, ReturnType<typeof readVote>>,
): PrimaryStatus {
  if (record.primary === null) return record.primarySite === null ? 'not-declared' : 'site';
  const vote = votes.get(record.primary);
  if (vote === undefined) return 'pending';
  const isFor = vote.passed && vote.corroborates && vote.completed;
  return isFor && (record.policy === 'open-mpic' || vote.isValidated) ? 'passed' : 'failed';
}

/** The verdict and all it says of itself. */
function judgeReport(
  accuse: Accuse,
  about: string,
  verdict: AttemptVerdict,
  attempt: Attempt,
  isEarly: boolean,
): void {
  const { baseline } = verdict;
  const found = {
    isValid: verdict.isValid,
    mpicCompleted: verdict.mpicCompleted,
    corroborating: [...verdict.corroborating],
    quorum: baseline.quorum,
    required: baseline.required,
    minimum: baseline.minimumPerspectives,
    rirs: [...baseline.rirs],
    reasons: [...baseline.reasons],
    satisfied: baseline.satisfied,
    primary: baseline.primary?.status,
  };
  // Silence of the primary perspective is a failure at the deadline, and nothing before it.
  const isOpen = attempt.primary === 'pending';
  const readings: readonly PrimaryStatus[] = !isOpen
    ? [attempt.primary]
    : isEarly
      ? ['pending']
      : isSettled(attempt)
        ? ['pending', 'failed']
        : ['failed'];
  const expected = readings.map((primary) => {
    const outcome = outcomeOf({ ...attempt, primary });
    return { ...outcome, satisfied: outcome.reasons.length === 0, primary };
  });
  if (expected.some((one) => isDeepStrictEqual(one, found))) return;
  const [nearest] = expected;
  const isUnsaid = expected.some((one) => {
    const reasons = one.reasons.filter((reason) => reason !== 'too-late');
    return isDeepStrictEqual({ ...one, reasons, satisfied: reasons.length === 0 }, found);
  });
  if (isUnsaid) {
    accuse('too-late-unsaid', about, 'it was decided too late, and does not say so');
    return;
  }
  const isVerdictWrong = !expected.some(({ isValid }) => isValid === found.isValid);
  accuse(
    isVerdictWrong ? (found.isValid ? 'wrong-valid' : 'wrong-invalid') : 'wrong-report',
    about,
    `${JSON.stringify(found)} and not ${JSON.stringify(nearest)}`,
  );
}

/** Each start has a token of its own, and where nothing goes wrong everybody is asked in it. */
function judgeStarts({ world, accuse, mail }: Case, writes: readonly RequestWrite[]): void {
  const tokens = new Map<string | null, number>();
  for (const { record } of writes) {
    const { requestId, attempt, attemptToken } = record;
    const before = tokens.get(attemptToken);
    if (before !== undefined && before !== attempt)
      accuse('token-reused', requestId, `attempts ${before} and ${attempt} have one token`);
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
        accuse('not-asked', `${requestId}/${attempt}/${code}`, 'it was sent no job, and nothing went wrong');
  }
}

/** No attempt after one that says yes, and none left out after one that says no. */
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
        `attempt ${ended + 1} begins when it can end too late for its rules`,
      );
}

/** Whether one more attempt ends, with the minute in which it may be decided, before the end for which a request is judged. */
function hasTimeAfter(
  { createdAt, maxAttempts, attemptTimeoutMs }: RequestRecord,
  decidedAt: number,
): boolean {
  const longestMs = attemptTimeoutMs + TOO_LATE_MS;
  return decidedAt + longestMs <= createdAt + maxAttempts * longestMs;
}

/** Once everything works again, it does not take long. */
function judgeTimes({ world, accuse }: Case, record: RequestRecord, writes: readonly RequestWrite[]): void {
  const { requestId, attemptTimeoutMs } = record;
  const { peaceAt, clockErrorMs } = world.plan;
  // A deadline is put off three times at most where clocks disagree.
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

/** One record for each fact, and one event, in their order. */
function judgeRecords(one: Case, record: RequestRecord, writes: readonly RequestWrite[]): void {
  const { world, accuse, evidence } = one;
  const { requestId } = record;
  const filed = evidence.recordsOf(requestId);
  const stored = world.ledger.results.get(requestId) ?? new Map<string, ResultWrite[]>();
  const published = writes.find((write) => write.record.published)?.at ?? 0;
  const allowed = new Set<string>();
  let lastFiled = 0;
  for (const verdict of record.verdicts) {
    const { attempt } = verdict;
    const name = `${requestId}/${attempt}`;
    for (const code of askedIn(record, attempt)) {
      const check = filed.get(`${name}/${code}`);
      allowed.add(`${name}/${code}`);
      // One process that dies may have seen, and put on record, what never came to its disk.
      if (world.plan.shape === 'embedded' && !verdict.counted.includes(code))
        allowed.add(`${name}/${code}/late`);
      if (check === undefined) accuse('audit-missing', `${name}/${code}`, 'no record of the check');
      else lastFiled = Math.max(lastFiled, check.at);
      const versions = stored.get(`${attempt}!${code}`) ?? [];
      if (verdict.counted.includes(code)) {
        if (new Set(versions.map(({ text }) => text)).size > 1) allowed.add(`${name}/${code}/changed`);
      } else if (versions.length > 0) {
        allowed.add(`${name}/${code}/late`);
        // A hostile one need not tell anybody that it has stored something.
        const isHonest = versions.every(({ by }) => !by.role.startsWith('hostile'));
        // What a process sends when it thaws looks young to a perspective whose clock is behind, which then tells nobody.
        const over =
          writes.find((write) => write.record.verdicts.some((one) => one.attempt === attempt))?.at ?? 0;
        const isSentLate = one.mail.jobs
          .get(`${requestId}!${attempt}!${code}`)
          ?.some(({ sent }) => sent.sentAt > over);
        const isMistaken = isSentLate === true && disagreementMs(world.plan) > 1000;
        if (isHonest && !isMistaken && !filed.has(`${name}/${code}/late`) && world.plan.shape !== 'embedded')
          accuse('late-not-recorded', `${name}/${code}`, 'a result that came too late is not on record');
      }
    }
    const quorum = filed.get(`${name}/quorum`);
    allowed.add(`${name}/quorum`);
    if (quorum?.record.event !== 'quorum-decision') accuse('audit-missing', name, 'no record of the quorum');
    else {
      lastFiled = Math.max(lastFiled, quorum.at);
      const { is_valid, quorum: count, reasons, baseline_satisfied, corroborating } = quorum.record;
      const said = {
        is_valid,
        count,
        reasons: [...reasons],
        baseline_satisfied,
        corroborating: [...corroborating],
      };
      const wanted = {
        is_valid: verdict.isValid,
        count: verdict.baseline.quorum,
        reasons: [...verdict.baseline.reasons],
        baseline_satisfied: verdict.baseline.satisfied,
        corroborating: [...verdict.corroborating],
      };
      if (!isDeepStrictEqual(said, wanted))
        accuse('audit-wrong', name, `${JSON.stringify(said)} and not ${JSON.stringify(wanted)}`);
    }
  }
  for (const id of filed.keys())
    if (!allowed.has(id)) accuse('audit-wrong', id, 'a record of nothing that happened');

  const announced = evidence.eventOf(requestId);
  const verdict = record.verdicts.at(-1);
  if (announced === undefined) accuse('event-missing', requestId, 'no event');
  else {
    const { event, at } = announced;
    if (at < lastFiled)
      accuse('event-before-audit', requestId, 'the event went out before the records were filed');
    if (published < at)
      accuse('published-before-event', requestId, 'said to be published before the event went out');
    if (
      event.is_valid !== verdict?.isValid ||
      event.event_id !== `${requestId}/completed` ||
      event.attempt_count !== record.attempt ||
      event.baseline_requirements.quorum !== verdict?.baseline.quorum
    )
      accuse('event-wrong', requestId, `it says ${event.is_valid} ${event.baseline_requirements.quorum}`);
  }
  if (published < lastFiled)
    accuse('published-before-audit', requestId, 'said to be published before its records were filed');
  judgeResults(one, record, stored);
}

/** What honest perspectives store: once, and begun in time. */
function judgeResults(
  { world, accuse, mail }: Case,
  { requestId, attemptTimeoutMs }: RequestRecord,
  stored: ReadonlyMap<string, readonly ResultWrite[]>,
): void {
  for (const [slot, versions] of stored) {
    const honest = versions.filter(({ by }) => !by.role.startsWith('hostile'));
    const [first] = honest;
    if (first === undefined) continue;
    const about = `${requestId}!${slot}`;
    if (honest.some(({ text }) => text !== first.text))
      accuse('overwritten', about, 'a result took the place of another');
    const { startedAt } = JSON.parse(first.text) as { readonly startedAt: number };
    const [begun] = first.by.trueTimesOf(startedAt);
    const sends = mail.jobs.get(about);
    if (sends === undefined) continue;
    const slack = JOB_SLACK_MS + 2 * world.plan.clockErrorMs;
    // A process that stands still between the receipt of a job and its beginning cannot notice.
    const isInTime = ({ sent, says }: Letter<CheckJob>) =>
      begun - sent.sentAt - first.by.standstillMs(sent.sentAt, begun) <=
      Math.min(says.budgetMs, attemptTimeoutMs) + slack;
    if (!sends.some(isInTime))
      accuse(
        'worked-too-late',
        about,
        `begun ${Math.round(begun - (sends.at(-1)?.sent.sentAt ?? 0))} ms after its job was sent`,
      );
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
