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

/** A message in a queue or in processing. */
export interface Message {
  readonly queue: 'deadline' | 'wake-up' | 'job';
  readonly body: string;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly received: number;
}

/** A current run and the message that it processes. */
export interface Work {
  readonly run: Run;
  readonly message: Message | null;
  /** Keys of the results that were stored when this run last read results; it must not overlook these. */
  readonly seen: readonly string[];
}

/** How many faults may still occur. */
export interface Budget {
  /** Crashes, and calls that fail before or after their effect. */
  readonly faults: number;
  /** Messages that are delivered a second time. */
  readonly duplicates: number;
  /** Posts by the client with the same key. */
  readonly posts: number;
}

/** Everything that outlives a process, and the current state of the processes. */
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
  /** Number of the next attempt start. */
  readonly serial: number;
  /** The client received the acceptance of its request. */
  readonly acknowledged: boolean;
}

/** Deliberate defects, to show that the search detects them. */
export interface Defects {
  /** Verdicts are written whatever the state of the request. */
  readonly unconditionalVerdict?: boolean;
  /** Deadlines are never delivered. */
  readonly lostDeadlines?: boolean;
  /** Reads miss the result stored last, as from a replica. */
  readonly staleReads?: boolean;
  /** The audit trail confirms records that it does not store. */
  readonly lostAudit?: boolean;
  /** The bus confirms events that it does not deliver. */
  readonly lostEvents?: boolean;
  /** Queues deliver delayed messages at once. */
  readonly impatientQueues?: boolean;
  /** The second writer of a verdict is told that it was the first. */
  readonly everybodyFirst?: boolean;
}

export class Violation extends Error {
  override readonly name = 'Violation';
}

function demand(condition: boolean, what: string): void {
  if (!condition) throw new Violation(what);
}

export const keyOf = ({ attempt, perspective }: ResultKey) => `${attempt}!${perspective}`;

/** Whether a call can be answered at the current time. */
export function isReady(state: State, { port, args }: Call): boolean {
  if (port === 'schedule') return state.now >= (args[0] as number);
  if (port !== 'nextResults') return true;
  const [, attempt, wait] = args as [string, number, ResultWait];
  return (
    state.now >= wait.until ||
    wait.missing.some((perspective) => keyOf({ attempt, perspective }) in state.results)
  );
}

/** When a call becomes ready if nothing else happens. */
export function readyAt({ port, args }: Call): number | null {
  if (port === 'schedule') return args[0] as number;
  return port === 'nextResults' ? (args[2] as ResultWait).until : null;
}

/** Performs a call in one step and asserts that it is allowed. */
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
      demand(state.event !== null, 'a request is marked as published before its event is published');
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

/** How late a verdict may be decided and still count. */
const FRESH_MS = 60_000;

/** The conditional write that ends an attempt. Compares the verdict with the rules. */
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
  demand(new Set(counted).size === counted.length, 'a result is counted twice');
  const stored = counted.map((perspective) => state.results[keyOf({ attempt, perspective })]);
  demand(
    stored.every((result) => result !== undefined),
    'a counted result is not stored',
  );
  demand(
    isDeepStrictEqual(
      JSON.parse(JSON.stringify(results)),
      JSON.parse(JSON.stringify(stored.map((result) => result && asStored(result)))),
    ),
    'the results frozen with the verdict differ from the stored results',
  );
  demand(
    stored.every((result) => result?.attemptToken === record.attemptToken),
    'a result of another start of the attempt is counted',
  );
  const cohort = record.cohorts[(attempt - 1) % record.cohorts.length] ?? [];
  const present = stored.flatMap((result) => result ?? []);
  const outcome = outcomeOf({ cohort, quorumCount: record.quorumCount }, present);
  const isOver = now >= record.attemptDeadline;
  const isStale = now > record.attemptDeadline + FRESH_MS;
  demand(!isValid || outcome === true, 'valid, but the rules say it is not');
  demand(!isValid || !isStale, 'valid, and decided more than a minute after its deadline');
  demand(isValid || outcome !== true || isStale, 'not valid, but the rules say it is');
  demand(outcome !== 'open' || isOver, 'an undecided attempt ends before its deadline');
  const overlooked = cohort
    .map(({ code }) => keyOf({ attempt, perspective: code }))
    .filter((key) => seen.includes(key) && !counted.includes(key.split('!')[1] ?? ''));
  demand(
    isValid || isStale || overlooked.length === 0,
    `an attempt is not valid and overlooks results that its ${run.program} could read`,
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
    demand(
      before === undefined || isDeepStrictEqual(before, one),
      `two different records have the id ${one.record_id}`,
    );
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
  demand(record?.status === 'completed', 'an event is published for a request that is not completed');
  if (record === null) throw new Error('unreachable');
  const missing = recordsOf(record).filter((id) => !(id in audit));
  demand(missing.length === 0, `an event is published before its records: ${missing[0]}`);
  const { is_valid, event_id } = event as { is_valid: boolean; event_id: string };
  demand(is_valid === record.verdicts.at(-1)?.isValid, 'an event differs from the verdict');
  demand(event_id === `${record.requestId}/completed`, 'an event has an unexpected id');
  demand(state.event === null || isDeepStrictEqual(state.event, event), 'two events differ');
  return { ...state, event };
}

/** Ids of the records that the verdicts of a request require: one per perspective and one per quorum. */
function recordsOf({ requestId, verdicts, cohorts }: RequestRecord): readonly string[] {
  return verdicts.flatMap(({ attempt }) => [
    ...(cohorts[(attempt - 1) % cohorts.length] ?? []).map(({ code }) => `${requestId}/${attempt}/${code}`),
    `${requestId}/${attempt}/quorum`,
  ]);
}

/** What must hold when no further event is possible. */
export function demandEnded(state: State): void {
  const { record, results, audit } = state;
  if (record === null) {
    demand(!state.acknowledged, 'a request that was acknowledged is not stored');
    return;
  }
  demand(record.status === 'completed', 'no event is left that would end the request');
  demand(record.published, 'no event is left that would publish the request');
  for (const result of Object.values(results)) {
    const verdict = record.verdicts.find(({ attempt }) => attempt === result.attempt);
    const id = `${record.requestId}/${result.attempt}/${result.perspective}/late`;
    const isCounted = verdict?.counted.includes(result.perspective) ?? false;
    demand(isCounted || id in audit, 'a result that was not counted has no late record');
    demand(!isCounted || !(id in audit), 'a counted result has a late record');
  }
}

const interned = new Map<string, number>();
const named = new WeakMap<object, number>();

/** A short name for a value, equal for equal values. Parts of a state never change, so each is serialised once. */
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

/** A result as read by the home region. */
function asStored(result: CheckResult): StoredResult {
  const stored = readBack.get(result) ?? buildStored(result);
  readBack.set(result, stored);
  return stored;
}

/** Equal for two states with the same possible events, ignoring the order of their parts. */
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
