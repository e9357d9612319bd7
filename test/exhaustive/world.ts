import { isDeepStrictEqual } from 'node:util';
import type { AuditRecord } from '../../shared/contract/audit/audit-schema.ts';
import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import type { ResultKey } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import type { AttemptVerdict, RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { NextAttempt, ResultWait } from '../../shared/ports/request-store.ts';
import { buildStored } from '../support/builders.ts';
import { outcomeOf } from './oracle.ts';
import { type Call, hashOf, type Run } from './replay.ts';

/** A message in a queue, or in the hands of a run. */
export interface Message {
  readonly queue: 'deadline' | 'wake-up' | 'job';
  readonly body: string;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly received: number;
}

/** A run that is under way, and the message that it has in hand. */
export interface Work {
  readonly run: Run;
  readonly message: Message | null;
  /** Results under their keys when this run last looked for them: what it may not overlook. */
  readonly seen: readonly string[];
}

/** How much trouble may still come. */
export interface Budget {
  /** Crashes, and calls that fail before or after their effect. */
  readonly faults: number;
  /** Messages that are delivered once more. */
  readonly duplicates: number;
  /** Posts of the client with the same key. */
  readonly posts: number;
}

/** Everything that outlives a process, and the processes themselves as far as they have come. */
export interface State {
  readonly now: number;
  readonly record: RequestRecord | null;
  /** By `attempt!perspective`. */
  readonly results: Readonly<Record<string, CheckResult>>;
  readonly messages: readonly Message[];
  readonly audit: Readonly<Record<string, AuditRecord>>;
  readonly event: unknown;
  readonly work: readonly Work[];
  readonly budget: Budget;
  /** Number of the next start of an attempt. */
  readonly serial: number;
  /** The client was told that its request is accepted. */
  readonly acknowledged: boolean;
}

/** Ways to break the world, by which the search is shown to find what it looks for. */
export interface Defects {
  /** A verdict is written whatever the request is doing. */
  readonly unconditionalVerdict?: boolean;
  /** Deadlines are never delivered. */
  readonly lostDeadlines?: boolean;
  /** A look at results misses the one stored last, as from a replica. */
  readonly staleReads?: boolean;
  /** The audit trail says it has taken what it has not. */
  readonly lostAudit?: boolean;
  /** The bus says it has taken what it has not. */
  readonly lostEvents?: boolean;
  /** Queues deliver at once what they were to hold back. */
  readonly impatientQueues?: boolean;
  /** Whoever ends an attempt second is told that it was first. */
  readonly everybodyFirst?: boolean;
}

export class Violation extends Error {
  override readonly name = 'Violation';
}

function demand(condition: boolean, what: string): void {
  if (!condition) throw new Violation(what);
}

export const keyOf = ({ attempt, perspective }: ResultKey) => `${attempt}!${perspective}`;

/** Whether a call can be answered now. */
export function isReady(state: State, { port, args }: Call): boolean {
  if (port === 'schedule') return state.now >= (args[0] as number);
  if (port !== 'nextResults') return true;
  const [, attempt, wait] = args as [string, number, ResultWait];
  return (
    state.now >= wait.until ||
    wait.missing.some((perspective) => keyOf({ attempt, perspective }) in state.results)
  );
}

/** When a call that is not ready will be, should nothing else happen. */
export function readyAt({ port, args }: Call): number | null {
  if (port === 'schedule') return args[0] as number;
  return port === 'nextResults' ? (args[2] as ResultWait).until : null;
}

/** Do what a call asks for, in one step, and see that it may be done. */
export function perform(
  state: State,
  work: Work,
  { port, args }: Call,
  defects: Defects,
): { readonly state: State; readonly value: unknown; readonly seen?: readonly string[] } {
  const { record } = state;
  switch (port) {
    case 'schedule':
      return { state, value: null };
    case 'create': {
      if (record !== null) return { state, value: 'exists' };
      return { state: { ...state, record: args[0] as RequestRecord }, value: 'created' };
    }
    case 'read':
      return { state, value: record };
    case 'readResults': {
      const keys = args[1] as readonly ResultKey[];
      return { state, value: storedUnder(state, keys, defects) };
    }
    case 'snapshot': {
      const keys = args[1] as readonly ResultKey[];
      const results = storedUnder(state, keys, defects);
      return { state, value: { record, results, unread: [] }, seen: Object.keys(state.results) };
    }
    case 'nextResults': {
      const [, attempt, { missing }] = args as [string, number, ResultWait];
      const keys = missing.map((perspective) => ({ perspective, attempt }));
      return { state, value: storedUnder(state, keys, defects), seen: Object.keys(state.results) };
    }
    case 'record': {
      const result = args[0] as CheckResult;
      const key = keyOf(result);
      if (key in state.results) return { state, value: 'duplicate' };
      return { state: { ...state, results: { ...state.results, [key]: result } }, value: 'recorded' };
    }
    case 'advance': {
      const [, attempt, verdict, next] = args as [string, number, AttemptVerdict, NextAttempt];
      return endAttempt(state, work, attempt, verdict, defects, {
        attempt: attempt + 1,
        attemptToken: next.token,
        attemptStartedAt: next.startedAt,
        attemptDeadline: next.deadline,
      });
    }
    case 'close': {
      const [, attempt, verdict] = args as [string, number, AttemptVerdict];
      return endAttempt(state, work, attempt, verdict, defects, {
        status: 'completed',
        completedAt: verdict.decidedAt,
      });
    }
    case 'markPublished': {
      demand(state.event !== null, 'a request is marked as published before its event is out');
      if (record === null) return { state, value: null };
      return { state: { ...state, record: { ...record, published: true } }, value: null };
    }
    case 'deadline': {
      const [body, delayMs] = args as [string, number];
      if (defects.lostDeadlines) return { state, value: null };
      return { state: send(state, 'deadline', body, defects.impatientQueues ? 0 : delayMs), value: null };
    }
    case 'wake-up':
      return { state: send(state, 'wake-up', args[0] as string, 0), value: null };
    case 'job':
      demand(record !== null, 'a job is sent for a request that is not stored');
      return { state: send(state, 'job', args[1] as string, 0), value: null };
    case 'audit':
      return { state: append(state, args[0] as readonly AuditRecord[], defects), value: null };
    case 'publish':
      return { state: defects.lostEvents ? state : publish(state, args[0]), value: null };
    default:
      throw new Error(`no port ${port}`);
  }
}

export function send(state: State, queue: Message['queue'], body: string, delayMs: number): State {
  const { now } = state;
  const message = { queue, body, sentAt: now, visibleAt: now + delayMs, received: 0 };
  return { ...state, messages: [...state.messages, message] };
}

function storedUnder(state: State, keys: readonly ResultKey[], { staleReads }: Defects) {
  const last = staleReads ? Object.keys(state.results).at(-1) : undefined;
  return keys.flatMap((key) => {
    const result = state.results[keyOf(key)];
    return result === undefined || keyOf(key) === last ? [] : [asStored(result)];
  });
}

/** How late a verdict may be and still be about its time. */
const FRESH_MS = 60_000;

/** The one conditional write that ends an attempt. What it says is judged by the rules. */
function endAttempt(
  state: State,
  { seen, run }: Work,
  attempt: number,
  verdict: AttemptVerdict,
  { unconditionalVerdict, everybodyFirst }: Defects,
  change: Partial<RequestRecord>,
): { readonly state: State; readonly value: unknown } {
  const { record, now } = state;
  demand(record !== null, 'a verdict on a request that does not exist');
  if (record === null) throw new Error('unreachable');
  const isRunning = record.status === 'running' && record.attempt === attempt;
  if (!isRunning && !unconditionalVerdict) return { state, value: everybodyFirst ? 'written' : 'superseded' };

  demand(
    !record.verdicts.some((before) => before.attempt === attempt),
    `a second verdict on attempt ${attempt}`,
  );
  demand(
    record.verdicts.every(({ isValid }) => !isValid),
    'a verdict after a valid one',
  );
  const { counted, results, isValid } = verdict;
  demand(new Set(counted).size === counted.length, 'a result counts twice');
  const stored = counted.map((perspective) => state.results[keyOf({ attempt, perspective })]);
  demand(
    stored.every((result) => result !== undefined),
    'a result counts that is not stored',
  );
  demand(
    isDeepStrictEqual(
      JSON.parse(JSON.stringify(results)),
      JSON.parse(JSON.stringify(stored.map((result) => result && asStored(result)))),
    ),
    'what is frozen with the verdict is not what is stored',
  );
  demand(
    stored.every((result) => result?.attemptToken === record.attemptToken),
    'a result of another start of the attempt counts',
  );
  const cohort = record.cohorts[(attempt - 1) % record.cohorts.length] ?? [];
  const present = stored.flatMap((result) => result ?? []);
  const outcome = outcomeOf({ cohort, quorumCount: record.quorumCount }, present);
  const isOver = now >= record.attemptDeadline;
  const isStale = now > record.attemptDeadline + FRESH_MS;
  demand(!isValid || outcome === true, 'valid, and the rules do not say so');
  demand(!isValid || !isStale, 'valid, and decided more than a minute after its deadline');
  demand(isValid || outcome !== true || isStale, 'not valid, and the rules say it is');
  demand(outcome !== 'open' || isOver, 'an attempt ends before its time although it was open');
  const overlooked = cohort
    .map(({ code }) => keyOf({ attempt, perspective: code }))
    .filter((key) => seen.includes(key) && !counted.includes(key.split('!')[1] ?? ''));
  demand(
    isValid || isStale || overlooked.length === 0,
    `an attempt is not valid, and overlooks what its ${run.program} could read`,
  );
  return {
    state: { ...state, record: { ...record, ...change, verdicts: [...record.verdicts, verdict] } },
    value: 'written',
  };
}

function append(state: State, records: readonly AuditRecord[], { lostAudit }: Defects): State {
  const { record } = state;
  if (lostAudit) return state;
  const audit = { ...state.audit };
  for (const one of records) {
    const before = audit[one.record_id];
    demand(before === undefined || isDeepStrictEqual(before, one), `two records say ${one.record_id}`);
    audit[one.record_id] = one;
  }
  demand(
    record !== null &&
      records.every((one) => !one.record_id.endsWith('/quorum') || record.status === 'completed'),
    'a verdict is in the audit trail before it is stored',
  );
  return { ...state, audit };
}

function publish(state: State, event: unknown): State {
  const { record, audit } = state;
  demand(record?.status === 'completed', 'an event about a request that is not over');
  if (record === null) throw new Error('unreachable');
  const missing = recordsOf(record).filter((id) => !(id in audit));
  demand(missing.length === 0, `an event before the records it announces: ${missing[0]}`);
  const { is_valid, event_id } = event as { is_valid: boolean; event_id: string };
  demand(is_valid === record.verdicts.at(-1)?.isValid, 'an event that says something else than the verdict');
  demand(event_id === `${record.requestId}/completed`, 'an event with a name of its own');
  demand(state.event === null || isDeepStrictEqual(state.event, event), 'two events that differ');
  return { ...state, event };
}

/** Records that the verdicts of a request need: one for each perspective asked, and one for each quorum. */
function recordsOf({ requestId, verdicts, cohorts }: RequestRecord): readonly string[] {
  return verdicts.flatMap(({ attempt }) => [
    ...(cohorts[(attempt - 1) % cohorts.length] ?? []).map(({ code }) => `${requestId}/${attempt}/${code}`),
    `${requestId}/${attempt}/quorum`,
  ]);
}

/** What must hold when nothing is left to happen. */
export function demandEnded(state: State): void {
  const { record, results, audit } = state;
  if (record === null) {
    demand(!state.acknowledged, 'a request that was acknowledged is not stored');
    return;
  }
  demand(record.status === 'completed', 'nothing is left that would end the request');
  demand(record.published, 'nothing is left that would publish the request');
  for (const result of Object.values(results)) {
    const verdict = record.verdicts.find(({ attempt }) => attempt === result.attempt);
    const id = `${record.requestId}/${result.attempt}/${result.perspective}/late`;
    const isCounted = verdict?.counted.includes(result.perspective) ?? false;
    demand(isCounted || id in audit, 'a result that did not count is not on record as late');
    demand(!isCounted || !(id in audit), 'a result that counted is on record as late');
  }
}

const interned = new Map<string, number>();
const named = new WeakMap<object, number>();

/** A short name for a value, the same for the same value. What is in a state never changes, so that it is looked at once. */
function nameOf(value: unknown): number {
  const known = typeof value === 'object' && value !== null ? named.get(value) : undefined;
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  const name = interned.get(text) ?? interned.size;
  interned.set(text, name);
  if (typeof value === 'object' && value !== null) named.set(value, name);
  return name;
}

const readBack = new WeakMap<CheckResult, StoredResult>();

/** A result as the home region reads it. */
function asStored(result: CheckResult): StoredResult {
  const stored = readBack.get(result) ?? buildStored(result);
  readBack.set(result, stored);
  return stored;
}

/** The same for two states in which the same can happen, whatever the order of what lies in them. */
export function fingerprint(state: State): string {
  const { now, record, results, messages, audit, event, work, budget, serial, acknowledged } = state;
  const parts = [
    now,
    nameOf(record),
    Object.keys(results)
      .sort()
      .map((key) => `${key}:${nameOf(results[key])}`)
      .join(),
    messages
      .map(
        (message) =>
          `${nameOf(message.body)}/${message.sentAt}/${Math.max(message.visibleAt, now)}/${message.received}`,
      )
      .sort()
      .join(),
    Object.keys(audit)
      .sort()
      .map((id) => nameOf(audit[id]))
      .join(),
    nameOf(event),
    work
      .map(({ run, message, seen }) => `${run.hash}${nameOf(message)}${nameOf([...seen].sort())}`)
      .sort()
      .join(),
    `${budget.faults},${budget.duplicates},${budget.posts}`,
    serial,
    acknowledged,
  ];
  return hashOf(parts.join('|'));
}
