import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { ReceivedMessage } from '../../shared/ports/queues.ts';
import {
  type Answer,
  answerRun,
  type Call,
  type Progress,
  type Run,
  replay,
  type Settings,
  startRun,
} from './replay.ts';
import {
  type Budget,
  type Defects,
  demandEnded,
  fingerprint,
  isReady,
  type Message,
  perform,
  readyAt,
  type State,
  Violation,
  type Work,
} from './world.ts';

/**
 * Time-out of a call to a store, queue, bus or audit trail, enforced by all clients. A deadline message waits 45 s for
 * a request that is still being stored; nothing would end a request stored later than that.
 */
const CALL_MS = 20_000;

/**
 * Time-out of sending a job. The job's time budget starts when the queue has it, so a check of a job that was sent
 * later would end after its attempt, and its result would not be recorded.
 */
const JOB_MS = 1000;

export interface SearchOptions {
  readonly record: RequestRecord;
  readonly settings: Settings;
  readonly budget: Budget;
  readonly defects?: Defects;
  /** Concurrent runs of the home region. */
  readonly maxAtOnce: number;
  readonly maxStates: number;
  /** When to stop, in `performance.now()` time. */
  readonly until: number;
}

export interface Found {
  readonly states: number;
  readonly transitions: number;
  /** Whether every reachable state was visited. */
  readonly isComplete: boolean;
  /** All states reachable in this many steps were visited. */
  readonly depth: number;
  /** The violation and the steps that lead to it; null if none was found. */
  readonly violation: { readonly what: string; readonly steps: readonly string[] } | null;
}

interface Step {
  readonly label: string;
  readonly state: State;
}

/**
 * Breadth-first search over all events of one request: every order of messages, calls and time steps, each fault of the
 * budget at each call, before and after its effect.
 *
 * Perspectives of one region with the same finding are equivalent: of those in the same state only the first proceeds.
 */
export async function search(options: SearchOptions): Promise<Found> {
  const explorer = new Explorer(options);
  return explorer.run();
}

class Explorer {
  readonly #options: SearchOptions;
  readonly #defects: Defects;
  readonly #progress = new Map<string, Progress>();
  readonly #numbers = new Map<string, number>();
  readonly #parents: number[] = [];
  readonly #labels: string[] = [];
  /** Successor states, by state number. Missing for states that were not expanded. */
  readonly #next: number[][] = [];
  readonly #ended = new Set<number>();
  #transitions = 0;
  #depth = 0;

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#defects = options.defects ?? {};
  }

  async run(): Promise<Found> {
    const { record, budget, maxStates, until } = this.#options;
    const initial: State = {
      now: record.createdAt,
      record: null,
      results: {},
      messages: [],
      audit: {},
      event: null,
      work: [],
      budget,
      serial: 0,
      acknowledged: false,
    };
    let queue = [{ number: this.#add(initial, -1, 'begin') ?? 0, state: initial }];
    while (queue.length > 0) {
      const following: typeof queue = [];
      for (const { number, state } of queue) {
        if (this.#numbers.size >= maxStates || performance.now() >= until) return this.#report(false, null);
        let steps: readonly Step[];
        try {
          steps = await this.#steps(state);
          if (steps.length === 0) demandEnded(state);
        } catch (error) {
          if (!(error instanceof Violation)) throw error;
          return this.#report(false, { what: error.message, steps: this.#way(number) });
        }
        if (state.record?.published) this.#ended.add(number);
        const followers: number[] = [];
        for (const step of steps) {
          this.#transitions += 1;
          const known = this.#numbers.get(fingerprint(step.state));
          const follower = known ?? this.#add(step.state, number, step.label);
          followers.push(follower);
          if (known === undefined) following.push({ number: follower, state: step.state });
        }
        this.#next[number] = followers;
      }
      queue = following;
      this.#depth += 1;
    }
    const dead = this.#findDeadEnd();
    const violation =
      dead === null ? null : { what: 'dead end: the request cannot end', steps: this.#way(dead) };
    return this.#report(true, violation);
  }

  #report(isComplete: boolean, violation: Found['violation']): Found {
    const states = this.#numbers.size;
    return { states, transitions: this.#transitions, isComplete, depth: this.#depth, violation };
  }

  #add(state: State, parent: number, label: string): number {
    const number = this.#numbers.size;
    this.#numbers.set(fingerprint(state), number);
    this.#parents[number] = parent;
    this.#labels[number] = label;
    this.#accepted[number] = state.record !== null;
    return number;
  }

  readonly #accepted: boolean[] = [];

  #way(number: number): readonly string[] {
    const steps: string[] = [];
    for (let at = number; at >= 0; at = this.#parents[at] ?? -1) steps.unshift(this.#labels[at] ?? '');
    return steps;
  }

  /** A state with an accepted request from which no state with the request completed and published is reachable. */
  #findDeadEnd(): number | null {
    const before: number[][] = this.#parents.map(() => []);
    this.#next.forEach((followers, number) => {
      for (const follower of followers) before[follower]?.push(number);
    });
    const canEnd = new Set(this.#ended);
    const open = [...canEnd];
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      for (const earlier of before[number] ?? []) {
        if (canEnd.has(earlier)) continue;
        canEnd.add(earlier);
        open.push(earlier);
      }
    }
    const dead = this.#accepted.findIndex((isAccepted, number) => isAccepted && !canEnd.has(number));
    return dead < 0 ? null : dead;
  }

  async #steps(state: State): Promise<readonly Step[]> {
    const steps: Step[] = [];
    const { record, maxAtOnce } = this.#options;
    const isPosted = state.work.some(({ run }) => run.program === 'start');
    if (state.budget.posts > 0 && !isPosted && state.work.length < maxAtOnce) {
      steps.push(...(await this.#post(state, record)));
    }
    for (const message of state.messages) {
      if (message.visibleAt > state.now || this.#isLikeAnEarlier(state, message)) continue;
      if (message.queue === 'job' && this.#isSilent(message)) continue;
      if (message.queue === 'job') steps.push(...(await this.#check(state, message)));
      else if (state.work.length < maxAtOnce) steps.push(...(await this.#take(state, message)));
    }
    for (const work of state.work) steps.push(...(await this.#proceed(state, work)));
    const next = await this.#nextMoment(state);
    if (next !== null)
      steps.push({ label: `time passes until ${next - record.createdAt}`, state: { ...state, now: next } });
    return steps;
  }

  /** The client posts, for the first time or again. Every try creates its own record. */
  async #post(state: State, record: RequestRecord): Promise<readonly Step[]> {
    const { now, serial, budget } = state;
    const own = {
      ...record,
      createdAt: now,
      attemptStartedAt: now,
      attemptDeadline: now + record.attemptTimeoutMs,
      attemptToken: `post-${budget.posts}`,
    };
    const run = startRun('start', JSON.stringify(own), now, serial);
    const spent = { ...budget, posts: budget.posts - 1 };
    return this.#settle({ ...state, budget: spent }, { run, message: null, seen: [] }, 'the client posts');
  }

  async #take(state: State, message: Message): Promise<readonly Step[]> {
    const { run, kept } = this.#receive(state, message);
    const program = run.program;
    const steps: Step[] = [];
    for (const after of kept)
      steps.push(...(await this.#settle(after, { run, message, seen: [] }, `${program} is delivered`)));
    return steps;
  }

  /** A run that processes the message, and the queue without the message, or with it for a second delivery. */
  #receive(state: State, message: Message): { run: Run; kept: readonly State[] } {
    const { now, serial, budget } = state;
    const received: ReceivedMessage = {
      messageId: 'm',
      body: message.body,
      receiveCount: message.received + 1,
      ageMs: message.received === 0 ? now - message.sentAt : 0,
    };
    const rest = state.messages.filter((other) => other !== message);
    const kept: State[] = [{ ...state, messages: rest }];
    if (budget.duplicates > 0)
      kept.push({
        ...state,
        messages: [...rest, again(message, now)],
        budget: { ...budget, duplicates: budget.duplicates - 1 },
      });
    return { run: startRun(message.queue, JSON.stringify(received), now, serial), kept };
  }

  #isSilent(message: Message): boolean {
    const { attempt, perspective } = kindOf(message, this.#options);
    return this.#options.settings.finds(attempt, perspective) === null;
  }

  /** A perspective checks and stores in one step, unless it crashes before or between its two writes. */
  async #check(state: State, message: Message): Promise<readonly Step[]> {
    const { run, kept } = this.#receive(state, message);
    const { perspective, attempt } = JSON.parse(message.body) as { perspective: string; attempt: number };
    const name = `${perspective} (attempt ${attempt})`;
    const steps: Step[] = [];
    for (const begun of kept) {
      let work: Work = { run, message, seen: [] };
      let after = begun;
      for (let calls = 0; ; calls++) {
        const progress = await this.#progressOf(work.run);
        const call = progress.pending.find(({ port }) => port !== 'schedule');
        if (call === undefined) break;
        if (after.budget.faults > 0)
          steps.push({
            label: `${name} crashes after ${calls} writes`,
            state: giveBack(spend(after), message),
          });
        const done = perform(after, work, call, this.#defects);
        after = done.state;
        work = { ...work, run: answerRun(work.run, answer(call, after, done.value, false)) };
      }
      steps.push({ label: `${name} checks`, state: after });
    }
    return steps;
  }

  /** All possible outcomes of the pending calls of a run. */
  async #proceed(state: State, work: Work): Promise<readonly Step[]> {
    const { pending } = await this.#progressOf(work.run);
    const others = { ...state, work: state.work.filter((other) => other !== work) };
    if (pending.some(({ port }) => port === 'job')) return this.#dispatch(others, work);
    const steps: Step[] = [];
    for (const call of pending) {
      if (!isReady(state, call)) continue;
      const name = `${work.run.program} ${call.port}`;
      const done = perform(others, work, call, this.#defects);
      const goOn = { ...answered(work, call, done.state, done.value), seen: merge(work.seen, done.seen) };
      steps.push(...(await this.#settle(done.state, goOn, name)));
      if (state.budget.faults === 0 || call.port === 'schedule') continue;
      const failing = { ...work, run: answerRun(work.run, answer(call, others, null, true)) };
      const before = spend(others);
      const after = spend(done.state);
      steps.push(
        { label: `${name}: crash before the effect`, state: this.#die(before, work) },
        { label: `${name}: crash after the effect`, state: this.#die(after, work) },
        ...(await this.#settle(before, failing, `${name} fails before its effect`)),
        ...(await this.#settle(after, failing, `${name} fails after its effect`)),
      );
    }
    return steps;
  }

  /**
   * Jobs are sent in parallel, each to its own queue, without reads in between: one step, unless the process crashes in
   * between or a queue rejects every try.
   */
  async #dispatch(state: State, work: Work): Promise<readonly Step[]> {
    const steps: Step[] = [];
    let after = state;
    let sending = work;
    for (let sent = 0; ; sent++) {
      const { pending } = await this.#progressOf(sending.run);
      const call = pending.find(({ port }) => port === 'job');
      if (call === undefined) break;
      if (state.budget.faults > 0) {
        steps.push({ label: `crash after ${sent} jobs`, state: this.#die(spend(after), work) });
        const refused = await this.#refuse(spend(after), sending, call);
        steps.push(...(await this.#settle(refused.state, refused.work, `job ${sent + 1} is rejected`)));
      }
      const done = perform(after, sending, call, this.#defects);
      after = done.state;
      sending = answered(sending, call, after, done.value);
    }
    return [...steps, ...(await this.#settle(after, sending, 'jobs are sent'))];
  }

  /** One queue rejects its job until the sender gives up; the others accept theirs. */
  async #refuse(state: State, work: Work, call: Call): Promise<{ state: State; work: Work }> {
    const { perspective } = JSON.parse(call.args[1] as string) as { perspective: string };
    let after = state;
    let sending = work;
    for (;;) {
      const { pending } = await this.#progressOf(sending.run);
      const [next] = pending.filter(({ port }) => port === 'job' || port === 'schedule');
      const isJob = pending.find(({ port }) => port === 'job') ?? next;
      if (isJob === undefined) return { state: after, work: sending };
      if (isJob.port === 'schedule' && !isPause(isJob, after)) return { state: after, work: sending };
      const isRefused = isJob.port === 'job' && isFor(isJob, perspective);
      const done = isRefused ? { state: after, value: null } : perform(after, sending, isJob, this.#defects);
      after = done.state;
      sending = { ...sending, run: answerRun(sending.run, answer(isJob, after, done.value, isRefused)) };
    }
  }

  #die(state: State, { message }: Work): State {
    return message === null ? state : giveBack(state, message);
  }

  /** After an answer a run continues to its next calls or ends. */
  async #settle(state: State, work: Work, label: string): Promise<readonly Step[]> {
    const progress = await this.#progressOf(work.run);
    const serial = state.serial + progress.drawn;
    const messages = state.messages.filter(
      ({ queue, body }) => queue !== 'deadline' || !progress.forgotten.includes(body),
    );
    const after = { ...state, serial, messages };
    if (progress.end === null) return [{ label, state: { ...after, work: [...after.work, work] } }];
    const { threw, value } = progress.end;
    if (threw) return [{ label: `${label}: ${String(value)}`, state: this.#die(after, work) }];
    if (work.run.program !== 'start') return [{ label: `${label}: done`, state: after }];
    if (typeof value === 'boolean' && after.record?.verdicts.at(-1)?.isValid !== value)
      throw new Violation('the response to the client differs from the verdict');
    return [{ label: `${label}: ${String(value)}`, state: { ...after, acknowledged: true } }];
  }

  async #progressOf(run: Run): Promise<Progress> {
    const before = this.#progress.get(run.hash);
    if (before !== undefined) return before;
    const progress = await replay(run, this.#options.settings);
    this.#progress.set(run.hash, progress);
    return progress;
  }

  /** The next time at which something becomes possible without another event. */
  async #nextMoment(state: State): Promise<number | null> {
    const moments = state.messages.map(({ visibleAt }) => visibleAt);
    if (state.record?.status === 'running') moments.push(state.record.attemptDeadline);
    let latest = Number.POSITIVE_INFINITY;
    for (const { run } of state.work) {
      const { pending } = await this.#progressOf(run);
      moments.push(...pending.flatMap((call) => readyAt(call) ?? []));
      const calledAt = run.answers.at(-1)?.at ?? run.startedAt;
      const bound = pending.some(({ port }) => port === 'job') ? JOB_MS : CALL_MS;
      if (pending.some((call) => readyAt(call) === null)) latest = Math.min(latest, calledAt + bound);
    }
    const later = moments.filter((moment) => moment > state.now && moment <= latest);
    return later.length === 0 ? null : Math.min(...later);
  }

  /** Whether an equivalent message of the same queue, ignoring the perspective, comes before this one. */
  #isLikeAnEarlier(state: State, message: Message): boolean {
    const index = state.messages.indexOf(message);
    const earlier = state.messages.slice(0, index);
    if (message.queue !== 'job') return earlier.some((other) => isSame(other, message));
    const [own, { finds }] = [kindOf(message, this.#options), this.#options.settings];
    return earlier.some((other) => {
      if (other.queue !== 'job') return false;
      const theirs = kindOf(other, this.#options);
      return (
        own.attempt === theirs.attempt &&
        own.rir === theirs.rir &&
        own.token === theirs.token &&
        other.received === message.received &&
        other.sentAt === message.sentAt &&
        finds(own.attempt, own.perspective) === finds(theirs.attempt, theirs.perspective) &&
        own.hasStored(state) === theirs.hasStored(state)
      );
    });
  }
}

function kindOf({ body }: Message, { record }: SearchOptions) {
  const { perspective, attempt, attemptToken } = JSON.parse(body) as {
    perspective: string;
    attempt: number;
    attemptToken: string;
  };
  return {
    perspective,
    attempt,
    token: attemptToken,
    rir: record.cohorts[0]?.find(({ code }) => code === perspective)?.rir,
    hasStored: ({ results }: State) => `${attempt}!${perspective}` in results,
  };
}

function isSame(a: Message, b: Message): boolean {
  return a.queue === b.queue && a.body === b.body && a.received === b.received && a.sentAt === b.sentAt;
}

function answer(call: Call, { now, serial }: State, value: unknown, failed: boolean): Answer {
  return { call: call.id, at: now, serial, value, failed };
}

function answered(work: Work, call: Call, state: State, value: unknown): Work {
  return { ...work, run: answerRun(work.run, answer(call, state, value, false)) };
}

function merge(before: readonly string[], more: readonly string[] | undefined): readonly string[] {
  return more === undefined ? before : [...new Set([...before, ...more])];
}

/** The longest pause before a rejected job is sent again; the model treats it as zero. */
const LONGEST_PAUSE_MS = 200;

function isPause({ args }: Call, { now }: State): boolean {
  return (args[0] as number) - now <= LONGEST_PAUSE_MS;
}

function isFor({ args }: Call, perspective: string): boolean {
  return args[0] === perspective;
}

function spend(state: State): State {
  return { ...state, budget: { ...state.budget, faults: state.budget.faults - 1 } };
}

/** A message that was received but not deleted. */
function again(message: Message, now: number): Message {
  return { ...message, visibleAt: now, received: Math.min(message.received + 1, 4) };
}

function giveBack(state: State, message: Message): State {
  return { ...state, messages: [...state.messages, again(message, state.now)] };
}
