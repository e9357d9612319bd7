import { Random } from '../../support/random.ts';
import type { VirtualTime } from '../../support/virtual-clock.ts';
import { type CallFate, type Fault, isCalm, type Plan } from '../plan.ts';
import type { SimProcess } from './process.ts';
import { hashText, type Trace } from './trace.ts';

/** One kind of call. */
export interface Site {
  /** The called dependency, for example `requests`, `jobs-eu-west-1`, `audit`. */
  readonly dependency: string;
  readonly operation: string;
  /** What the call is about, for the trace. */
  readonly about: string;
}

export interface CallOptions {
  /** Time-out of one try. */
  readonly timeoutMs?: number;
  readonly maxTries?: number;
  /** Minimum and maximum time of a request or its response. */
  readonly latencyMs?: readonly [number, number];
  /** A call in progress when the process dies never takes effect, as on a local disk. */
  readonly diesWithProcess?: boolean;
}

/** The settings of the clients in `shared/adapters/aws/clients.ts`. */
const TIMEOUT_MS = 5000;
const MAX_TRIES = 3;
const FIRST_BACKOFF_MS = 100;
/** Maximum number of calls in a history; the busiest needs a tenth: more is an endless loop. */
const MOST_CALLS = 200_000;
/** A longer wait has no time-out. */
const FOR_EVER_MS = 1e12;
const LATENCY_MS = [1, 9] as const;

/** A failed call, with the SDK's error names. */
export class CallError extends Error {
  override readonly name: string;
  readonly $metadata: { readonly attempts: number };

  constructor(name: string, attempts: number) {
    super(`${name} in the simulation`);
    this.name = name;
    this.$metadata = { attempts };
  }
}

/** The response of the dependency. `refuse` is an error that is not retried. */
export type Answer<T> = { readonly value: T } | { readonly refuse: (tries: number) => Error };

/** Calls of processes to their dependencies: latencies, losses, faults, and the retries of the SDK. */
export class Network {
  readonly #time: VirtualTime;
  readonly #trace: Trace;
  readonly #seed: number;
  readonly #faults: readonly Fault[];
  readonly #streams = new Map<string, Random>();
  readonly #counts = new Map<string, number>();
  /** How often each kind of fault occurred. */
  readonly happened = new Map<string, number>();
  readonly #peaceAt: number;
  /** True if nothing is slow or fails. */
  readonly isCalm: boolean;
  #calls = 0;
  #halted: (process: SimProcess, forMs: number | null) => void = () => {};

  constructor(time: VirtualTime, trace: Trace, plan: Plan) {
    const { seed, faults, peaceAt } = plan;
    this.#peaceAt = peaceAt;
    this.isCalm = isCalm(plan);
    this.#time = time;
    this.#trace = trace;
    this.#seed = seed;
    this.#faults = faults;
  }

  /** True after too many calls: no process can make a call any more. */
  get isRunaway(): boolean {
    return this.#calls > MOST_CALLS;
  }

  /** Sets the function that kills and freezes processes. */
  onHalt(halt: (process: SimProcess, forMs: number | null) => void): void {
    this.#halted = halt;
  }

  /** A separate random stream for each name, so that other events do not change it. */
  stream(name: string): Random {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new Random(hashText(name, this.#seed));
      this.#streams.set(name, stream);
    }
    return stream;
  }

  note(kind: string): void {
    this.happened.set(kind, (this.happened.get(kind) ?? 0) + 1);
  }

  /** Makes a call as a client of the SDK does: several tries, each with a time-out. */
  call<T>(
    process: SimProcess,
    site: Site,
    effect: (fate: CallFate | null) => Answer<T>,
    {
      timeoutMs = TIMEOUT_MS,
      maxTries = MAX_TRIES,
      latencyMs = LATENCY_MS,
      diesWithProcess = false,
    }: CallOptions = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      let tries = 0;
      const tryOnce = () => {
        tries += 1;
        this.#try(process, site, { timeoutMs, latencyMs, diesWithProcess }, effect, {
          answered: (answer) => {
            if ('value' in answer) resolve(answer.value);
            else reject(answer.refuse(tries));
          },
          failed: (name) => {
            if (tries >= maxTries) {
              this.#trace.note(`${process.name} ${site.operation} ${site.about} gives up: ${name}`);
              reject(new CallError(name, tries));
              return;
            }
            const backoff = this.stream('backoff').next() * FIRST_BACKOFF_MS * 2 ** (tries - 1);
            process.clock.schedule(backoff, tryOnce);
          },
        });
      };
      if (!process.isDead) tryOnce();
    });
  }

  #try<T>(
    process: SimProcess,
    site: Site,
    options: Required<Pick<CallOptions, 'timeoutMs' | 'latencyMs' | 'diesWithProcess'>>,
    effect: (fate: CallFate | null) => Answer<T>,
    then: { readonly answered: (answer: Answer<T>) => void; readonly failed: (name: string) => void },
  ): void {
    const random = this.stream(`${process.role}>${site.dependency}`);
    const nth = this.#count(site);
    this.#calls += 1;
    if (this.isRunaway) {
      process.kill();
      return;
    }
    if (this.#haltAt(process, site, nth, 'before')) return;
    if (process.isFrozen) {
      process.enter(() => this.#try(process, site, options, effect, then));
      return;
    }
    const fate = this.#fateOf(process, site, nth, random);
    if (fate !== null) this.note(fate);
    const [least, most] = options.latencyMs;
    const there = least + random.next() * (most - least);
    const back = least + random.next() * (most - least);
    let isOver = false;
    const finish = (act: () => void) => {
      if (isOver) return;
      isOver = true;
      act();
    };
    const isRefused = fate === 'refuse' || fate === 'throttle';
    // A process that died after sending its request does not wait for the response; the request arrives nevertheless.
    if (
      (fate === 'lose-request' || fate === 'lose-answer' || fate === 'slow') &&
      options.timeoutMs < FOR_EVER_MS
    )
      process.clock.schedule(options.timeoutMs, () => finish(() => then.failed('TimeoutError')));
    if (fate === 'lose-request') {
      this.#trace.note(`${process.name} ${site.dependency}.${site.operation} ${site.about} is lost`);
      return;
    }
    const arrival = fate === 'slow' ? there + 500 + random.next() * 9000 : there;
    this.#time.schedule(arrival, () => {
      if (options.diesWithProcess && process.isDead) return;
      const at = this.#time.elapsed.toFixed(2);
      if (isRefused) {
        this.#trace.note(`${at} ${process.name} ${site.dependency}.${site.operation} ${site.about} ${fate}`);
        this.#deliver(process, back, () =>
          finish(() =>
            then.failed(
              fate === 'throttle' ? 'ProvisionedThroughputExceededException' : 'InternalServerError',
            ),
          ),
        );
        return;
      }
      const answer = effect(fate);
      const outcome = 'value' in answer ? 'done' : 'refused';
      this.#trace.note(
        `${at} ${process.name} ${site.dependency}.${site.operation} ${site.about} ${outcome}${fate === null ? '' : ` ${fate}`}`,
      );
      if (this.#haltAt(process, site, nth, 'after')) return;
      if (fate === 'lose-answer') return;
      this.#deliver(process, back, () =>
        finish(() => (fate === 'fail-after' ? then.failed('InternalServerError') : then.answered(answer))),
      );
    });
  }

  #deliver(process: SimProcess, delayMs: number, action: () => void): void {
    this.#time.schedule(delayMs, () => process.enter(action));
  }

  #count({ dependency, operation }: Site): number {
    const name = `${dependency}.${operation}`;
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    return nth;
  }

  #fateOf(process: SimProcess, site: Site, nth: number, random: Random): CallFate | null {
    const now = this.#time.elapsed;
    if (now >= this.#peaceAt) return null;
    for (const fault of this.#faults) {
      if (fault.kind === 'one-call') {
        if (fault.nth === nth && fault.operation === site.operation && fault.dependency === site.dependency)
          return fault.fate;
      } else if (
        fault.kind === 'calls' &&
        now >= fault.from &&
        now < fault.until &&
        (fault.role === null || fault.role === process.role) &&
        site.dependency.startsWith(fault.dependency) &&
        (fault.share >= 1 || random.chance(fault.share))
      )
        return fault.fate;
    }
    return null;
  }

  #haltAt(process: SimProcess, site: Site, nth: number, moment: 'before' | 'after'): boolean {
    if (this.#time.elapsed >= this.#peaceAt) return false;
    for (const fault of this.#faults) {
      if (
        fault.kind !== 'end-at-call' ||
        fault.nth !== nth ||
        fault.moment !== moment ||
        fault.operation !== site.operation ||
        !site.dependency.startsWith(fault.dependency) ||
        this.#time.elapsed + (fault.freezeMs ?? 0) > this.#peaceAt
      )
        continue;
      this.note(fault.freezeMs === null ? 'kill-at-call' : 'freeze-at-call');
      this.#trace.note(`${process.name} ends ${moment} ${site.dependency}.${site.operation}`);
      this.#halted(process, fault.freezeMs);
      return fault.freezeMs === null;
    }
    return false;
  }
}
