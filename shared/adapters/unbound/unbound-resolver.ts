import { performance } from 'node:perf_hooks';
import type {
  CheckResolver,
  FailureInquiry,
  Lookup,
  LookupFailure,
  RecordType,
  Resolver,
} from '../../ports/resolver.ts';
import { presentName } from '../dns/names.ts';
import { createStubResolver, type StubCheck, type StubResolver } from '../dns/stub-resolver.ts';
import { Freshness, forgetFailure } from './freshness.ts';
import type { RunningUnbound, UnboundSource } from './running-unbound.ts';

export interface UnboundResolverOptions {
  readonly supervisor: UnboundSource;
  /** How long one try may take, in milliseconds. Default 2500. */
  readonly queryTimeoutMs?: number;
  /**
   * A name that resolves as long as this perspective's own network does. Null: no failure can be shown to lie outside.
   */
  readonly controlName: string | null;
}

/** An instance that ends under a lookup gets one successor; nothing restarts more often than that. */
const MAX_INSTANCES_PER_LOOKUP = 2;

/**
 * A {@link Resolver} over the validating unbound of this perspective alone.
 *
 * Every check starts without anything cached of the names that it asks for, whatever an earlier check has learnt (TLS BR
 * 3.2.2.9 [mpic]); only what lies above the registrable names, and where name servers are, stays known for a
 * minute. A lookup whose unbound ends under it is repeated at the next one. When there is none, it fails as
 * `resolver-failed`, which nothing forgives.
 */
export function createUnboundResolver(options: UnboundResolverOptions): Resolver {
  const mode = `unbound ${options.supervisor.version}`;
  const stubs = new WeakMap<RunningUnbound, StubResolver>();
  const stubAt = (instance: RunningUnbound) => {
    const stub = stubs.get(instance) ?? openStub(mode, instance, options.queryTimeoutMs);
    stubs.set(instance, stub);
    return stub;
  };
  const forCheck = () => new UnboundCheck(mode, options, stubAt);
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

function openStub(mode: string, instance: RunningUnbound, queryTimeoutMs: number | undefined): StubResolver {
  return createStubResolver({
    mode,
    servers: [instance.server],
    validates: true,
    ...(queryTimeoutMs === undefined ? {} : { queryTimeoutMs }),
    beforeRetry: (name) => forgetFailure(instance, name),
  });
}

/** What a check does at one instance; a new one begins when that ends. */
interface Session {
  readonly instance: RunningUnbound;
  readonly stub: StubCheck;
  readonly freshness: Freshness;
  readonly leave: () => void;
}

class UnboundCheck implements CheckResolver {
  readonly mode: string;
  readonly #options: UnboundResolverOptions;
  readonly #stubAt: (instance: RunningUnbound) => StubResolver;
  #session: Session | null = null;
  #ended = false;

  constructor(
    mode: string,
    options: UnboundResolverOptions,
    stubAt: (instance: RunningUnbound) => StubResolver,
  ) {
    this.mode = mode;
    this.#options = options;
    this.#stubAt = stubAt;
  }

  end(): void {
    this.#ended = true;
    const session = this.#session;
    if (session === null) return;
    session.leave();
    session.stub.end();
    session.freshness.forgetWhatWasLearnt();
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
      if (!(await session.freshness.prepare(name, deadline))) {
        if (session.instance.ended) continue;
        return fail('resolver-failed', 'it cannot be shown to have forgotten earlier answers');
      }
      const lookup = await session.stub.lookup(name, type, deadline, signal);
      if (lookup.status === 'answered') session.freshness.learn(lookup.cnameChain);
      const isCutOff = session.instance.ended && lookup.status === 'failed' && !signal?.aborted;
      if (!isCutOff || this.#ended) return lookup;
    }
    return fail(
      'resolver-failed',
      'the resolver of this perspective has ended; see the log of the perspective',
    );
  }

  /** TLS BR 4.2.2.1 [caa]: is the fault outside, and is the name insecure (RFC 4035 section 4.3)? */
  async inquire(failure: LookupFailure, deadline: number, signal?: AbortSignal): Promise<FailureInquiry> {
    const controlName = this.#controlNameFor(failure.name);
    const [control, end] = await Promise.all([
      controlName === null ? null : this.lookup(controlName, 'A', deadline, signal),
      this.#findEndOfTrust(failure.name, deadline, signal),
    ]);
    const controlAnswered = control?.status === 'answered' && control.records.length > 0;
    const shown = { controlName, controlAnswered };
    if (end?.status !== 'insecure') return { ...shown, security: end?.status ?? 'unknown' };
    return { ...shown, security: 'insecure', insecurity: { at: presentName(end.at), by: end.by } };
  }

  async #findEndOfTrust(name: string, deadline: number, signal: AbortSignal | undefined) {
    const session = await this.#enter(deadline);
    return session === null ? null : session.stub.findEndOfTrust(name, deadline, signal);
  }

  /** Another authoritative path, or it would fail together with the name. */
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
    // Another lookup of this check may have been faster.
    if (this.#session?.instance === instance) return this.#session;
    known?.leave();
    this.#session = this.#open(instance);
    return this.#session;
  }

  #open(instance: RunningUnbound): Session {
    const stub = this.#stubAt(instance).forCheck();
    const leave = instance.onEnd(() => stub.end());
    return { instance, stub, freshness: new Freshness(instance), leave };
  }
}
