import { performance } from 'node:perf_hooks';
import type { FailureInquiry, Lookup, LookupFailure, RecordType } from '../../../domain/dns/lookup.ts';
import type { CheckResolver, Resolver } from '../../../ports/resolver.ts';
import { createStubResolver, type StubCheck, type StubResolver } from '../stub/stub-resolver.ts';
import { type InquiryParts, inquire } from './failure-inquiry.ts';
import { CheckFreshness } from './freshness.ts';
import { OpenQuestions } from './open-questions.ts';
import type { RunningUnbound, UnboundSource } from './running-unbound.ts';

export interface UnboundResolverOptions {
  readonly supervisor: UnboundSource;
  /** Time-out of one query with all its tries, milliseconds; default that of `MPIC_DNS_TIMEOUT_MS`. */
  readonly queryTimeoutMs?: number;
  /**
   * A name that resolves if this perspective's own network works. Null if none is configured; then no failure can be
   * shown to be outside.
   */
  readonly controlName: string | null;
}

/** A lookup whose daemon ends is repeated once, at the restarted daemon. */
const MAX_INSTANCES_PER_LOOKUP = 2;

/**
 * A {@link Resolver} over the perspective's own validating unbound.
 *
 * A check receives no answer, for its names and their alias targets, to a query sent before it began (TLS BR 3.2.2.9
 * [mpic]). Only data above the registrable names and name server addresses stay cached, for a minute. A lookup whose
 * unbound ends is repeated at the next one. If there is none, it fails as `resolver-failed`, which is never treated as
 * permission.
 */
export function createUnboundResolver(options: UnboundResolverOptions): Resolver {
  const mode = `unbound ${options.supervisor.version}`;
  const known = new WeakMap<RunningUnbound, Daemon>();
  const daemonOf = (instance: RunningUnbound) => {
    const daemon = known.get(instance) ?? openDaemon(mode, instance, options.queryTimeoutMs);
    known.set(instance, daemon);
    return daemon;
  };
  const forCheck = () => new UnboundCheck(mode, options, daemonOf);
  return {
    mode,
    forCheck,
    async lookup(name, type, deadline, signal) {
      const check = forCheck();
      try {
        return await check.lookup(name, type, deadline, signal);
      } finally {
        check.end();
      }
    },
  };
}

/** What all checks at one daemon share. */
interface Daemon {
  readonly stub: StubResolver;
  readonly questions: OpenQuestions;
}

function openDaemon(mode: string, instance: RunningUnbound, queryTimeoutMs: number | undefined): Daemon {
  const stub = createStubResolver({
    mode,
    servers: [instance.server],
    validates: instance.verifiable,
    ...(queryTimeoutMs === undefined ? {} : { queryTimeoutMs }),
  });
  return { stub, questions: new OpenQuestions(instance) };
}

/** The state of a check at one daemon; replaced when the daemon ends. */
interface Session {
  readonly instance: RunningUnbound;
  readonly stub: StubCheck;
  readonly freshness: CheckFreshness;
  readonly leave: () => void;
}

class UnboundCheck implements CheckResolver {
  readonly mode: string;
  readonly #options: UnboundResolverOptions;
  readonly #daemonOf: (instance: RunningUnbound) => Daemon;
  #session: Session | null = null;
  #ended = false;

  constructor(mode: string, options: UnboundResolverOptions, daemonOf: (instance: RunningUnbound) => Daemon) {
    this.mode = mode;
    this.#options = options;
    this.#daemonOf = daemonOf;
  }

  end(): void {
    this.#ended = true;
    const session = this.#session;
    if (session === null) return;
    session.leave();
    session.stub.end();
  }

  async lookup(name: string, type: RecordType, deadline: number, signal?: AbortSignal): Promise<Lookup> {
    const startedAt = performance.now();
    const fail = (reason: LookupFailure['reason'], detail: string): LookupFailure => ({
      status: 'failed',
      name,
      type,
      server: this.mode,
      tries: 0,
      elapsedMs: performance.now() - startedAt,
      extendedErrors: [],
      dnssec: 'indeterminate',
      reason,
      rcode: null,
      retried: false,
      message: `${this.mode}: ${detail}`,
    });
    for (let round = 0; round < MAX_INSTANCES_PER_LOOKUP; round++) {
      const session = await this.#enter(deadline);
      if (this.#ended || signal?.aborted) return fail('aborted', 'the lookup was called off');
      if (session === null) break;
      const lookup = await session.stub.lookup(name, type, deadline, signal);
      const isCutOff = session.instance.ended && lookup.status === 'failed' && !signal?.aborted;
      if (!isCutOff || this.#ended) return lookup;
    }
    return fail(
      'resolver-failed',
      'the resolver of this perspective has ended; see the log of the perspective',
    );
  }

  async inquire(failure: LookupFailure, deadline: number, signal?: AbortSignal): Promise<FailureInquiry> {
    const controlName = this.#controlNameFor(failure.name);
    const session = await this.#enter(deadline);
    if (session === null) return { controlName, controlAnswered: false, lasted: false, security: 'unknown' };
    const lookup: InquiryParts['lookup'] = (...question) => this.lookup(...question);
    return inquire(failure, { ...session, controlName, lookup }, deadline, signal);
  }

  /** Null if the control name shares the domain of `name`, because both would then fail together. */
  #controlNameFor(name: string): string | null {
    const { controlName } = this.#options;
    if (controlName === null) return null;
    const common = controlName.split('.').slice(-2).join('.');
    return name === common || name.endsWith(`.${common}`) ? null : controlName;
  }

  async #enter(deadline: number): Promise<Session | null> {
    const known = this.#session;
    if (known !== null && !known.instance.ended) return known;
    const instance = await this.#options.supervisor.instance(deadline);
    if (instance === null || this.#ended) return null;
    // A parallel lookup of this check may have opened the session already.
    if (this.#session?.instance === instance) return this.#session;
    known?.leave();
    this.#session = this.#open(instance);
    return this.#session;
  }

  #open(instance: RunningUnbound): Session {
    const { stub: resolver, questions } = this.#daemonOf(instance);
    const freshness = new CheckFreshness(instance, questions);
    const stub = resolver.forCheck(freshness);
    const leave = instance.onEnd(() => stub.end());
    return { instance, stub, freshness, leave };
  }
}
