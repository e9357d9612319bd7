import type { Backend } from '../../services/hosts/local/backend.ts';
import type { Level } from '../../shared/adapters/embedded/level.ts';
import type { AuditTrail } from '../../shared/ports/audit-trail.ts';
import type { Consumer, MessageHandler } from '../../shared/ports/queues.ts';
import type { ProcessClock } from './virtual-clock.ts';

export interface PortCall {
  readonly port: 'requests' | 'results' | 'jobs' | 'deadlines' | 'wakeUps' | 'bus' | 'audit' | 'level';
  /** Name of the method; `deliver` for the delivery of a message to its handler. */
  readonly method: string;
  /** Request id, perspective of a result, or body of a message. */
  readonly about: string;
}

/** Wraps every call of a port: may delay or fail it, before or after its effect. */
export type Around = <T>(call: PortCall, effect: () => Promise<T>) => Promise<T>;

/** A call that never returns. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** `backend` with every call wrapped in `around`. */
export function interceptPorts(backend: Backend, around: Around): Backend {
  const { requests, results, jobs, deadlines, wakeUps, bus } = backend;
  const deliver =
    (port: 'jobs' | 'deadlines' | 'wakeUps', handler: MessageHandler): MessageHandler =>
    (message) =>
      around({ port, method: 'deliver', about: message.body }, () => handler(message));
  const onRequest = <T>(method: string, about: string, effect: () => Promise<T>) =>
    around({ port: 'requests', method, about }, effect);
  const onResult = <T>(method: string, about: string, effect: () => Promise<T>) =>
    around({ port: 'results', method, about }, effect);
  return {
    requests: {
      create: (record) => onRequest('create', record.requestId, () => requests.create(record)),
      read: (id) => onRequest('read', id, () => requests.read(id)),
      advance: (id, attempt, verdict, next) =>
        onRequest('advance', id, () => requests.advance(id, attempt, verdict, next)),
      close: (id, attempt, verdict) => onRequest('close', id, () => requests.close(id, attempt, verdict)),
      markPublished: (id) => onRequest('markPublished', id, () => requests.markPublished(id)),
      awaitCompletion: (id, waitMs, signal) =>
        onRequest('awaitCompletion', id, () => requests.awaitCompletion(id, waitMs, signal)),
    },
    results: {
      record: (result) => onResult('record', result.perspective, () => results.record(result)),
      readResults: (id, keys) => onResult('readResults', id, () => results.readResults(id, keys)),
      snapshot: (id, keys) => onResult('snapshot', id, () => results.snapshot(id, keys)),
      nextResults: (id, attempt, wait) =>
        onResult('nextResults', id, () => results.nextResults(id, attempt, wait)),
    },
    jobs: {
      send: (perspective, body, signal) =>
        around({ port: 'jobs', method: 'send', about: body }, () => jobs.send(perspective, body, signal)),
    },
    deadlines: {
      send: (body, delayMs, signal) =>
        around({ port: 'deadlines', method: 'send', about: body }, () =>
          deadlines.send(body, delayMs, signal),
        ),
      forget: (body) => deadlines.forget?.(body),
    },
    wakeUps: {
      send: (body) => around({ port: 'wakeUps', method: 'send', about: body }, () => wakeUps.send(body)),
    },
    bus: {
      publish: (event) =>
        around({ port: 'bus', method: 'publish', about: event.mpic_id }, () => bus.publish(event)),
    },
    consumeJobs: (code, handler): Consumer => backend.consumeJobs(code, deliver('jobs', handler)),
    consumeDeadlines: (handler): Consumer => backend.consumeDeadlines(deliver('deadlines', handler)),
    consumeWakeUps: (handler): Consumer => backend.consumeWakeUps(deliver('wakeUps', handler)),
    recover: () => backend.recover(),
    countOpen: (caller) => backend.countOpen(caller),
    unpublished: () => backend.unpublished(),
    obstacles: () => backend.obstacles(),
    publications: backend.publications,
    close: () => backend.close(),
  };
}

export function interceptAudit(audit: AuditTrail, around: Around): AuditTrail {
  return {
    append: (records, filedAt) =>
      around({ port: 'audit', method: 'append', about: records[0]?.record_id ?? '' }, () =>
        audit.append(records, filedAt),
      ),
  };
}

type LevelOperations = ({ type: 'put'; key: string; value: string } | { type: 'del'; key: string })[];

/** The database of the embedded backend, with its writes wrapped in `around`. */
export function interceptLevel(level: Level, around: Around): Level {
  return new Proxy(level, {
    get(target, property) {
      if (property === 'batch') {
        return (operations: LevelOperations) =>
          around({ port: 'level', method: 'batch', about: '' }, () => target.batch(operations));
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * One process's handle of a database that outlives it: closing and opening it does not affect other handles. A closed
 * handle rejects calls, as LevelDB does.
 *
 * @param canOpen called at each opening; throws like a disk that is still full.
 */
export function handleOf(level: Level, canOpen: () => void = () => {}): Level {
  let isOpen = true;
  return new Proxy(level, {
    get(target, property) {
      if (property === 'open')
        return async () => {
          canOpen();
          isOpen = true;
        };
      if (property === 'close')
        return async () => {
          isOpen = false;
        };
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) => {
        if (!isOpen) throw new Error('Database is not open');
        return value.apply(target, parameters) as unknown;
      };
    },
  });
}

/**
 * A process that is killed at one step. Each port call has two steps: before its effect and after it. After the kill no
 * call has an effect or returns, and no timer fires.
 */
export class DoomedProcess {
  readonly #fatalStep: number;
  readonly #clock: ProcessClock;
  #steps = 0;
  #dead = false;
  /** The call at which the process was killed. */
  lastCall: PortCall | null = null;

  constructor(fatalStep: number, clock: ProcessClock) {
    this.#fatalStep = fatalStep;
    this.#clock = clock;
  }

  get dead(): boolean {
    return this.#dead;
  }

  readonly around: Around = async (call, effect) => {
    if (this.#isOver(call)) return never();
    const result = await effect();
    return this.#isOver(call) ? never() : result;
  };

  kill(): void {
    this.#dead = true;
    this.#clock.stop();
  }

  #isOver(call: PortCall): boolean {
    if (this.#dead) return true;
    this.#steps += 1;
    if (this.#steps === this.#fatalStep) {
      this.lastCall = call;
      this.kill();
    }
    return this.#dead;
  }
}
