import { createHash } from 'node:crypto';
import { Coordinator } from '../../services/coordinator/coordinator.ts';
import { DispatchBook } from '../../services/coordinator/dispatch.ts';
import type { DecisionDeps } from '../../services/coordinator/finish.ts';
import { createPublisher } from '../../services/coordinator/publish.ts';
import { createJobHandler } from '../../services/perspective/handle-job.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ReceivedMessage } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import { buildCaaDetails } from '../support/builders.ts';

/** A pending call to a port. */
export interface Call {
  /** Index among all calls of this run. */
  readonly id: number;
  readonly port: string;
  readonly args: readonly unknown[];
}

/** The answer to one call, its time, and the number of the next attempt start after it. */
export interface Answer {
  readonly call: number;
  readonly at: number;
  readonly serial: number;
  readonly value: unknown;
  readonly failed: boolean;
}

/** State of a run when it cannot continue before a call is answered. */
export interface Progress {
  readonly pending: readonly Call[];
  /** The outcome; null while it runs. */
  readonly end: { readonly threw: boolean; readonly value: unknown } | null;
  /** Attempt starts since the last answer. */
  readonly drawn: number;
  /** Deadline messages withdrawn since the last answer. */
  readonly forgotten: readonly string[];
}

/** One running process: the shipped function, its input, and every answer that it received. */
export interface Run {
  readonly program: 'start' | 'deadline' | 'wake-up' | 'job';
  /** A {@link RequestRecord} for `start`, else a {@link ReceivedMessage}, as JSON. */
  readonly input: string;
  readonly startedAt: number;
  readonly serial: number;
  readonly answers: readonly Answer[];
  /** Hash of all members above. */
  readonly hash: string;
}

export interface Settings {
  readonly lingerMs: number;
  readonly checkTimeoutMs: number;
  /** Whether queues can withdraw a delayed message, as in-memory queues can. */
  readonly forgets: boolean;
  /** Whether a perspective corroborates in an attempt; null if it never receives its job. */
  readonly finds: (attempt: number, perspective: string) => boolean | null;
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

export function startRun(program: Run['program'], input: string, startedAt: number, serial: number): Run {
  const hash = hashOf(`${program}|${input}|${startedAt}|${serial}`);
  return { program, input, startedAt, serial, answers: [], hash };
}

export function answerRun(run: Run, answer: Answer): Run {
  return { ...run, answers: [...run.answers, answer], hash: hashOf(run.hash + JSON.stringify(answer)) };
}

export function hashOf(text: string): string {
  return createHash('md5').update(text).digest('base64');
}

/**
 * Replays a run from its beginning: calls the shipped function in its own process, with the answers that it received. A
 * continuation cannot be copied, so it is recreated for every branch of the search.
 */
export async function replay(run: Run, settings: Settings): Promise<Progress> {
  const calls: Call[] = [];
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let now = run.startedAt;
  let serial = run.serial;
  let drawn = 0;
  let forgotten: string[] = [];

  const ask = (port: string, args: readonly unknown[]): Promise<never> => {
    const call = { id: calls.length, port, args: JSON.parse(JSON.stringify(args)) as unknown[] };
    calls.push(call);
    return new Promise((resolve, reject) => {
      waiting.set(call.id, { resolve: resolve as (value: unknown) => void, reject });
    });
  };
  const port =
    (name: string) =>
    (...args: readonly unknown[]) =>
      ask(name, args);
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    schedule(delayMs, action) {
      const id = calls.length;
      ask('schedule', [now + delayMs]).then(action, () => {});
      return () => void waiting.delete(id);
    },
  };
  const requests = {
    create: port('create'),
    read: port('read'),
    advance: port('advance'),
    close: port('close'),
    markPublished: port('markPublished'),
    awaitCompletion: port('awaitCompletion'),
  };
  const deadlines = {
    send: port('deadline'),
    ...(settings.forgets ? { forget: (body: string) => void forgotten.push(body) } : {}),
  };
  const deps: DecisionDeps = {
    requests,
    results: {
      readResults: port('readResults'),
      snapshot: port('snapshot'),
      nextResults: port('nextResults'),
    },
    jobs: { send: port('job') },
    dispatches: new DispatchBook(clock),
    deadlines,
    clock,
    log: SILENT,
    ids: { attemptToken: () => `start-${serial + drawn++}` },
    publisher: createPublisher({
      requests,
      deadlines,
      bus: { publish: port('publish') },
      audit: { append: port('audit') },
      recorder: { service: 'mpic', version: '0.0.0', instance: 'any' },
      clock,
      log: SILENT,
    }),
  };

  let end: Progress['end'] = null;
  perform(run, deps, settings, ask).then(
    (value) => {
      end = { threw: false, value: value ?? null };
    },
    (error: unknown) => {
      end = { threw: true, value: String(error) };
    },
  );
  await quiet();
  for (const answer of run.answers) {
    now = answer.at;
    serial = answer.serial;
    drawn = 0;
    forgotten = [];
    const call = waiting.get(answer.call);
    waiting.delete(answer.call);
    if (answer.failed) call?.reject(new StoreUnavailableError('out of order'));
    else call?.resolve(structuredClone(answer.value));
    await quiet();
  }
  return { pending: calls.filter(({ id }) => waiting.has(id)), end, drawn, forgotten };
}

async function perform(
  { program, input }: Run,
  deps: DecisionDeps,
  settings: Settings,
  ask: (port: string, args: readonly unknown[]) => Promise<never>,
): Promise<unknown> {
  const given: unknown = JSON.parse(input);
  if (program === 'start') return accept(given as RequestRecord, deps, settings);
  const message = given as ReceivedMessage;
  const { handleDeadline, handleWakeUp } = new Coordinator(deps, settings);
  if (program === 'deadline') return handleDeadline(message);
  if (program === 'wake-up') return handleWakeUp(message);
  const { perspective, attempt } = JSON.parse(message.body) as { perspective: string; attempt: number };
  const passed = settings.finds(attempt, perspective) === true;
  return createJobHandler({
    perspective,
    view: { allowedNetworks: [] } as never,
    results: { record: (result) => ask('record', [result]) },
    wakeUps: { send: (body) => ask('wake-up', [body]) },
    runCheck: async () => ({
      completed: true,
      passed,
      corroborates: passed,
      errors: [],
      details: buildCaaDetails(),
    }),
    clock: deps.clock,
    log: SILENT,
    checkTimeoutMs: settings.checkTimeoutMs,
    recorder: 'mpic',
  })(message);
}

/** What the api does with a request that it has accepted: it answers at once, or waits for the verdict. */
async function accept(record: RequestRecord, deps: DecisionDeps, { lingerMs }: Settings): Promise<unknown> {
  const coordinator = new Coordinator(deps, { lingerMs });
  const started = await coordinator.accept(record);
  if (started.outcome === 'exists') return 'exists';
  if (record.async) {
    await started.dispatched;
    return 'accepted';
  }
  const driven = await coordinator.drive(record);
  await coordinator.drain();
  return driven.record.verdicts.at(-1)?.isValid;
}

/** Runs everything that needs no answer: all chained promise jobs run before the next immediate. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
