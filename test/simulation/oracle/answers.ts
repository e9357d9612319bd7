import { isDeepStrictEqual } from 'node:util';
import type { JobView, MpicResponse } from '../../../shared/contract/api/response-schema.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import { disagreementMs } from '../plan.ts';
import type { Answer, RequestWrite } from '../world/ledger.ts';
import type { World } from '../world/world.ts';
import { sha256 } from './case.ts';
import type { Accuse } from './judge.ts';

const HOUR_MS = 3_600_000;
/** The TTLs of the simulated zones are far below the 8 hours for which a CAA check may be used. */
const CAA_REPLAY_MS = 8 * HOUR_MS;
const DCV_REPLAY_MS = 24 * HOUR_MS;
/** How long after the last fault its effects may last. */
const AFTERMATH_MS = 60_000;
const FULL_PATIENCE_MS = 30_000;

/** Checks all answers to clients: nothing that is not stored, no two different answers, nothing of another caller. */
export function judgeAnswers(world: World, accuse: Accuse): void {
  const responses = new Map<string, MpicResponse>();
  const idsByKey = new Map<string, string>();
  for (const answer of world.ledger.answers) {
    judgeStatus(world, accuse, answer);
    if (answer.method === 'GET') judgeRead(world, accuse, answer, responses);
    else judgePost(world, accuse, answer, { responses, idsByKey });
  }
  judgeTokens(world, accuse);
}

function judgeStatus({ plan }: World, accuse: Accuse, { status, at, sentAt, client, content }: Answer): void {
  const about = `client ${client}`;
  if (status === 500) accuse('internal-error', about, JSON.stringify(content));
  if (status === 400 || status === 401 || status === 403) accuse('refused', about, JSON.stringify(content));
  if (sentAt <= plan.peaceAt + AFTERMATH_MS) return;
  if (status === 502 || status === 503) accuse('unavailable-in-peace', about, `${status}`);
  if (status === null && at - sentAt >= FULL_PATIENCE_MS - 1)
    accuse('unavailable-in-peace', about, 'silence');
}

interface Told {
  readonly responses: Map<string, MpicResponse>;
  readonly idsByKey: Map<string, string>;
}

function judgePost(world: World, accuse: Accuse, answer: Answer, told: Told): void {
  const { status, content, caller, key, body } = answer;
  const about = `client ${answer.client}`;
  if (status === 422) {
    judgeRefusal(world, accuse, answer);
    return;
  }
  if (status !== 200 && status !== 202) return;
  const { mpic_id: id } = content as { readonly mpic_id: string };
  const writes = world.ledger.requests.get(id);
  const created = writes?.[0];
  if (writes === undefined || created === undefined || created.at > answer.at) {
    accuse('told-unstored', id, `${about} got the id of a request that is not stored`);
    return;
  }
  const { record } = created;
  if (record.caller !== caller) accuse('foreign', id, `${about} got a request of ${record.caller}`);
  if (record.requestDigest !== sha256(body))
    accuse('key-confusion', id, `${about} got a request with another body`);
  if (key !== null && oneUseToken(record) === null) {
    const name = `${caller} ${key}`;
    const before = told.idsByKey.get(name);
    if (before !== undefined && before !== id)
      accuse('key-confusion', id, `the key ${name} belongs to ${before}, too`);
    told.idsByKey.set(name, id);
  }
  if (!answer.isReplayed && created.at < answer.sentAt)
    accuse(
      'unmarked-replay',
      id,
      `${about} got the answer of an earlier request without Idempotency-Replayed`,
    );
  if (answer.isReplayed && created.at > answer.at)
    accuse('unmarked-replay', id, 'a new request has Idempotency-Replayed');
  judgeAge(world, accuse, answer, writes);
  if (status === 200) judgeResponse(world, accuse, answer, content as MpicResponse, told.responses);
}

/** An answer is repeated only as long as it may be used. */
function judgeAge({ plan }: World, accuse: Accuse, answer: Answer, writes: readonly RequestWrite[]): void {
  if (!answer.isReplayed) return;
  const ended = endOf(writes);
  if (ended === undefined) return;
  const age = answer.sentAt - ended.at - disagreementMs(plan);
  if (age > replayMs(ended.record))
    accuse('replayed-late', ended.record.requestId, `${Math.round(age / HOUR_MS)} hours after its end`);
}

function replayMs({ check }: RequestRecord): number {
  return check.checkType === 'caa' ? CAA_REPLAY_MS : DCV_REPLAY_MS;
}

function judgeRefusal({ ledger, plan }: World, accuse: Accuse, answer: Answer): void {
  const { error, request_id: id } = answer.content as { readonly error: string; readonly request_id: string };
  const about = `client ${answer.client}`;
  if (error === 'idempotency-key-reused') {
    const created = ledger.requests.get(id)?.[0];
    if (created !== undefined && created.at > answer.at)
      accuse('refused-unstored', id, `${about} was rejected because of a request that was not stored`);
    else if (created?.record.requestDigest === sha256(answer.body))
      accuse('key-confusion', id, `${about} was rejected for another body, but sent the same one`);
  } else if (error === 'idempotency-key-expired') {
    const ended = endOf(ledger.requests.get(id) ?? []);
    // The age of a request without an end counts from its creation.
    const since = ended?.at ?? ledger.requests.get(id)?.[0]?.at ?? 0;
    const record = ledger.requests.get(id)?.[0]?.record;
    if (record !== undefined && answer.at - since + disagreementMs(plan) < replayMs(record))
      accuse('expired-early', id, `${about} was rejected ${Math.round(answer.at - since)} ms after the end`);
  } else if (error === 'request-token-used') {
    const own = [...ledger.requests.values()].some(([first]) => {
      const record = first?.record;
      return (
        record !== undefined &&
        oneUseToken(record) !== null &&
        answer.body.includes(oneUseToken(record) ?? '')
      );
    });
    if (!own) accuse('key-confusion', about, 'its token was rejected as used, but was not');
  } else accuse('refused', about, error);
}

function judgeRead(world: World, accuse: Accuse, answer: Answer, responses: Map<string, MpicResponse>): void {
  const { requestId, caller, status, content } = answer;
  const record = world.ledger.requests.get(requestId ?? '')?.[0]?.record;
  if (record === undefined) return;
  const isOwn = record.caller === caller;
  if (status === 404 && isOwn) accuse('vanished', record.requestId, 'its caller got a 404');
  if (status !== 200) return;
  if (!isOwn) accuse('foreign', record.requestId, `${caller} can read a request of ${record.caller}`);
  const view = content as JobView;
  if ((view.status === 'completed') !== (view.response !== null))
    accuse('wrong-answer', record.requestId, 'a response before the end, or an end without a response');
  if (view.response !== null) judgeResponse(world, accuse, answer, view.response, responses);
}

/** A response matches the stored verdict and never changes. */
function judgeResponse(
  world: World,
  accuse: Accuse,
  answer: Answer,
  response: MpicResponse,
  responses: Map<string, MpicResponse>,
): void {
  const id = response.mpic_id;
  const before = responses.get(id);
  if (before === undefined) responses.set(id, response);
  else if (before.is_valid !== response.is_valid) {
    accuse('two-verdicts', id, `answered ${before.is_valid} and ${response.is_valid}`);
  } else if (!isDeepStrictEqual(before, response)) accuse('two-answers', id, 'two responses differ');
  const ended = endOf(world.ledger.requests.get(id) ?? []);
  if (ended === undefined || ended.at > answer.at) {
    accuse('told-too-soon', id, 'a verdict was sent before it was stored');
    return;
  }
  const { record } = ended;
  const verdict = record.verdicts.at(-1);
  if (verdict === undefined) return;
  const found = {
    isValid: response.is_valid,
    completed: response.mpic_completed,
    quorum: response.baseline_requirements.quorum,
    satisfied: response.baseline_requirements.satisfied,
    attempts: response.actual_orchestration_parameters.attempt_count,
    previous: response.previous_attempt_results?.length ?? 0,
    completedAt: Date.parse(response.completed_at),
    silent: response.perspectives.filter(({ check_response: { errors } }) =>
      (errors ?? []).some(({ error_type }) => error_type === 'mpic_error:coordinator:remote_check'),
    ).length,
    corroborating: response.perspectives.filter(
      ({ check_response: item }) => item.check_passed && item.check_completed,
    ).length,
  };
  const cohort = record.cohorts[(record.attempt - 1) % record.cohorts.length] ?? [];
  const expected = {
    isValid: verdict.isValid,
    completed: verdict.mpicCompleted,
    quorum: verdict.baseline.quorum,
    satisfied: verdict.baseline.satisfied,
    attempts: record.attempt,
    previous: record.attempt - 1,
    completedAt: Math.floor(verdict.decidedAt / 1000) * 1000,
    silent: cohort.filter(({ code }) => !verdict.counted.includes(code)).length,
    corroborating: verdict.corroborating.length,
  };
  found.completedAt = Math.floor(found.completedAt / 1000) * 1000;
  if (!isDeepStrictEqual(found, expected))
    accuse('wrong-answer', id, `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

/** A single-use token belongs to one request. */
function judgeTokens({ ledger }: World, accuse: Accuse): void {
  const used = new Map<string, string>();
  for (const [id, [first]] of ledger.requests) {
    const token = first === undefined ? null : oneUseToken(first.record);
    if (token === null) continue;
    const before = used.get(token);
    if (before !== undefined) accuse('token-used-twice', id, `its token was used by ${before}`);
    used.set(token, id);
  }
}

function oneUseToken({ check, echo }: RequestRecord): string | null {
  const isOneUse = echo.checkParameters?.challenge_type === 'request-token';
  if (check.checkType !== 'dcv' || !isOneUse) return null;
  return String(echo.checkParameters?.challenge_value);
}

function endOf(writes: readonly RequestWrite[]): RequestWrite | undefined {
  return writes.find(({ record }) => record.status === 'completed');
}
