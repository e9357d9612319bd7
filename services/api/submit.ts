import {
  type ParsedMpicRequest,
  type ParsedRequest,
  parseContactsRequest,
  parseMpicRequest,
} from '../../shared/contract/api/request-schema.ts';
import { toAccepted, toMpicResponse } from '../../shared/contract/api/response.ts';
import { jsonInvalidIssue } from '../../shared/contract/api/validation-issue.ts';
import type { CheckType, Policy } from '../../shared/domain/check/check.ts';
import type { ApiErrorCode, Obstacle } from '../../shared/domain/errors.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { readableResults } from '../../shared/domain/mpic/votes.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import { type AcceptanceRules, acceptRequest } from './accept.ts';
import { jsonResponse } from './json-response.ts';
import { problemResponse, validationResponse } from './problems.ts';
import { readAsync } from './read-async.ts';
import { readJsonBody } from './read-body.ts';
import { replayableUntil } from './replay-window.ts';
import type { RequestLife } from './request-life.ts';
import { noteBody, type RequestFacts } from './request-log.ts';

export interface SubmitDeps {
  readonly life: RequestLife;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly rules: AcceptanceRules;
  /** Longest wait of a synchronous request, milliseconds. */
  readonly requestTimeoutMs: number;
  /** What keeps this process from taking requests; empty: nothing. */
  readonly obstacles: () => Promise<readonly Obstacle[]>;
  /** Called with each request that is accepted. */
  readonly onAccepted: (record: RequestRecord) => void;
  /** Resolves when it is this request's turn; left out, it always is. */
  readonly pace?: () => Promise<void>;
  /** Requests accepted and not decided, and repetitions that wait, of all callers or of one, as far as this process knows. */
  readonly countRunning: (caller?: string) => number;
  readonly maxRunning: number;
  /** How many of them one caller may have. */
  readonly maxRunningPerCaller: () => number;
}

export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** What can be submitted at one path. */
export interface Entrance {
  readonly parse: (body: unknown, policy: Policy) => ParsedMpicRequest;
  readonly checkTypes: readonly CheckType[];
}

/** `POST /mpic`. */
export const CHECKS: Entrance = { parse: parseMpicRequest, checkTypes: ['caa', 'dcv'] };
/** `POST /mpic/contacts`. */
export const CONTACTS: Entrance = { parse: parseContactsRequest, checkTypes: ['contacts'] };

/**
 * A request at an entrance: read, judge, accept; then the answer, or where to find it.
 *
 * @param facts gets what the body says about the check, for the log.
 */
export async function submit(
  deps: SubmitDeps,
  { parse, checkTypes }: Entrance,
  request: Request,
  caller: string,
  facts: RequestFacts,
): Promise<Response> {
  const giveUpAt = deps.clock.monotonic() + deps.requestTimeoutMs;
  const errorId = deps.ids.requestId();
  const idempotencyKey = request.headers.get('idempotency-key');
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    return problemResponse('invalid-idempotency-key', errorId);
  }
  const async = readAsync(request);
  if (async === null) return problemResponse('invalid-async', errorId);
  const [obstacle] = await deps.obstacles();
  const refusal = obstacle ?? findRefusal(deps, caller);
  if (refusal !== null) return problemResponse(refusal, errorId);

  const body = await readJsonBody(request);
  if (!body.ok) {
    return body.error === 'json-invalid'
      ? validationResponse([jsonInvalidIssue(body.message)], errorId)
      : problemResponse(body.error, errorId);
  }
  noteBody(facts, body.value);
  const ownId = idempotencyKey === null ? errorId : deps.ids.requestIdForKey(caller, idempotencyKey);
  // Before the request is judged again: a repetition gets its job even where a rule has changed since.
  const before = idempotencyKey === null ? null : await deps.life.find(ownId);
  const repetition: Repetition = { digest: body.digest, checkTypes, async, giveUpAt, caller };
  if (before !== null) return repeat(deps, before, repetition);

  const parsed = parse(body.value, deps.rules.policy);
  if (!parsed.ok) return validationResponse(parsed.issues, errorId);
  const token = oneUseToken(parsed.request);
  const requestId = token === null ? ownId : deps.ids.requestIdForToken(token);
  const acceptance = acceptRequest(deps.rules, parsed.request, {
    requestId,
    caller,
    requestDigest: body.digest,
    attemptToken: deps.ids.attemptToken(),
    async,
    now: deps.clock.now(),
  });
  if (acceptance.kind === 'refused') return validationResponse(acceptance.issues, errorId);
  const { record } = acceptance;
  await deps.pace?.();
  // Those that came together with this one have begun meanwhile.
  const refusalNow = findRefusal(deps, caller);
  if (refusalNow !== null) return problemResponse(refusalNow, errorId);
  const started = await deps.life.accept(record);
  if (started.outcome === 'exists') {
    const existing = await deps.life.find(requestId);
    // Of a token that was used long ago only that is left.
    if (existing === null && token !== null) return problemResponse('request-token-used', errorId);
    if (existing === null) throw new Error(`request ${requestId} exists and cannot be read`);
    if (token !== null && !(await isSameUse(deps, existing, caller, body.digest)))
      return problemResponse('request-token-used', errorId);
    return repeat(deps, existing, repetition);
  }
  deps.onAccepted(record);
  if (async) {
    // Whoever is told to come back later is told when the jobs are out.
    await started.dispatched;
    return acceptedResponse(record);
  }
  const decided = await deps.life.decide(record, giveUpAt);
  return decided === null ? acceptedResponse(record) : mpicResponse(decided);
}

/**
 * A Request Token without a time is for one use (TLS BR 1.6.1 [definitions]): the request is known by it, so that the store
 * takes one for each token, whoever sends it and with whatever key. The same body again is the same job, and no second use.
 */
function oneUseToken({ parameters }: ParsedRequest): string | null {
  if (parameters.checkType !== 'dcv') return null;
  const { dcv, challengeType, challengeCreatedAt } = parameters;
  if (challengeType !== 'request-token' || challengeCreatedAt !== null) return null;
  const token = 'challengeValue' in dcv ? dcv.challengeValue : '';
  // Some records are compared without case, and a token that differs in nothing else is no other one.
  return token === '' ? null : token.toLowerCase();
}

/** Whether a request with the token of `existing` is that request again, while its answer may be acted on. */
async function isSameUse(
  deps: SubmitDeps,
  existing: RequestRecord,
  caller: string,
  requestDigest: string,
): Promise<boolean> {
  const isOwn = existing.caller === caller && existing.requestDigest === requestDigest;
  return isOwn && !(await isPastReplay(deps, existing));
}

/** Why no request of `caller` can begin now; null when one can. */
function findRefusal(deps: SubmitDeps, caller: string): ApiErrorCode | null {
  if (deps.countRunning() >= deps.maxRunning) return 'overloaded';
  const share = deps.maxRunningPerCaller();
  return share < deps.maxRunning && deps.countRunning(caller) >= share ? 'too-many-requests' : null;
}

/** Says that an answer is not that of a fresh request. */
const REPLAYED = { 'idempotency-replayed': 'true' } as const;

interface Repetition {
  readonly caller: string;
  readonly digest: string;
  readonly checkTypes: readonly CheckType[];
  readonly async: boolean;
  /** Monotonic milliseconds. */
  readonly giveUpAt: number;
}

/** The same key again: the same job, whatever has become of it by now, as long as its answer may be acted on. */
async function repeat(
  deps: SubmitDeps,
  existing: RequestRecord,
  { caller, digest, checkTypes, async, giveUpAt }: Repetition,
): Promise<Response> {
  const { requestId } = existing;
  // The same body at another path is another request.
  const isSame = existing.requestDigest === digest && checkTypes.includes(existing.check.checkType);
  if (!isSame) return problemResponse('idempotency-key-reused', requestId);
  if (await isPastReplay(deps, existing)) return problemResponse('idempotency-key-expired', requestId);
  // Those that came together with this one wait meanwhile.
  const refusal = findRefusal(deps, caller);
  if (refusal !== null) return problemResponse(refusal, requestId);
  return deps.life.countIn(caller, async () => {
    if (existing.status === 'running') await deps.life.askAgain(existing);
    if (async) return acceptedResponse(existing, REPLAYED);
    const ended = await deps.life.awaitEnd(requestId, giveUpAt);
    return ended === null ? acceptedResponse(existing, REPLAYED) : mpicResponse(ended, REPLAYED);
  });
}

/** What the verdict rests on is looked at only where a TTL could make the window longer. */
async function isPastReplay(deps: SubmitDeps, existing: RequestRecord): Promise<boolean> {
  const now = deps.clock.now();
  if (now <= replayableUntil(existing, [])) return false;
  if (existing.check.checkType !== 'caa') return true;
  const { verdicts } = await deps.life.withEvidence(existing);
  return now > replayableUntil(existing, readableResults(verdicts.at(-1)?.results ?? []));
}

function mpicResponse(record: RequestRecord, headers: Record<string, string> = {}): Response {
  return jsonResponse(200, toMpicResponse(record), { 'mpic-id': record.requestId, ...headers });
}

function acceptedResponse(record: RequestRecord, headers: Record<string, string> = {}): Response {
  return jsonResponse(202, toAccepted(record), { location: `/mpic/${record.requestId}`, ...headers });
}
