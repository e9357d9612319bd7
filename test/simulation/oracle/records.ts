import { isDeepStrictEqual } from 'node:util';
import type { CheckJob } from '../../../shared/contract/messages/check-job.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import { disagreementMs } from '../plan.ts';
import type { RequestWrite, ResultWrite } from '../world/ledger.ts';
import { askedIn, type Case } from './case.ts';
import type { Letter } from './messages.ts';

/** Tolerance between the sending of a job and its start beyond its budget: a cold start, a batch. */
const JOB_SLACK_MS = 6000;

/** One record for each fact, and one event, in the right order. */
export function judgeRecords(one: Case, record: RequestRecord, writes: readonly RequestWrite[]): void {
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
      // An embedded process that dies may have seen and audited a result that never reached its disk.
      if (world.plan.shape === 'embedded' && !verdict.counted.includes(code))
        allowed.add(`${name}/${code}/late`);
      if (check === undefined) accuse('audit-missing', `${name}/${code}`, 'no record of the check');
      else lastFiled = Math.max(lastFiled, check.at);
      const versions = stored.get(`${attempt}!${code}`) ?? [];
      if (verdict.counted.includes(code)) {
        if (new Set(versions.map(({ text }) => text)).size > 1) allowed.add(`${name}/${code}/changed`);
      } else if (versions.length > 0) {
        allowed.add(`${name}/${code}/late`);
        // A hostile perspective may store a result without sending a wake-up.
        const isHonest = versions.every(({ by }) => !by.role.startsWith('hostile'));
        // A job sent by a thawed process looks new to a perspective whose clock is behind, which then sends no wake-up.
        const over =
          writes.find((write) => write.record.verdicts.some((one) => one.attempt === attempt))?.at ?? 0;
        const isSentLate = one.mail.jobs
          .get(`${requestId}!${attempt}!${code}`)
          ?.some(({ sent }) => sent.sentAt > over);
        const isMistaken = isSentLate === true && disagreementMs(world.plan) > 1000;
        if (isHonest && !isMistaken && !filed.has(`${name}/${code}/late`) && world.plan.shape !== 'embedded')
          accuse('late-not-recorded', `${name}/${code}`, 'a late result is not audited');
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
        accuse('audit-wrong', name, `${JSON.stringify(said)} instead of ${JSON.stringify(wanted)}`);
    }
  }
  for (const id of filed.keys())
    if (!allowed.has(id)) accuse('audit-wrong', id, 'a record of something that did not happen');

  const announced = evidence.eventOf(requestId);
  const verdict = record.verdicts.at(-1);
  if (announced === undefined) accuse('event-missing', requestId, 'no event');
  else {
    const { event, at } = announced;
    if (at < lastFiled)
      accuse('event-before-audit', requestId, 'the event was sent before the records were filed');
    if (published < at)
      accuse('published-before-event', requestId, 'marked as published before the event was sent');
    if (
      event.is_valid !== verdict?.isValid ||
      event.event_id !== `${requestId}/completed` ||
      event.attempt_count !== record.attempt ||
      event.baseline_requirements.quorum !== verdict?.baseline.quorum
    )
      accuse('event-wrong', requestId, `it contains ${event.is_valid} ${event.baseline_requirements.quorum}`);
  }
  if (published < lastFiled)
    accuse('published-before-audit', requestId, 'marked as published before its records were filed');
  judgeResults(one, record, stored);
}

/** Honest perspectives store each result once, and begin its check in time. */
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
      accuse('overwritten', about, 'a result was overwritten');
    const { startedAt } = JSON.parse(first.text) as { readonly startedAt: number };
    const [begun] = first.by.trueTimesOf(startedAt);
    const sends = mail.jobs.get(about);
    if (sends === undefined) continue;
    const slack = JOB_SLACK_MS + 2 * world.plan.clockErrorMs;
    // A process that is frozen between receiving a job and starting it cannot notice.
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
