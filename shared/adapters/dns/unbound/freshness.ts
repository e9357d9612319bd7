import { performance } from 'node:perf_hooks';
import { type DomainName, nameKey, presentName } from '../message/names.ts';
import type { Question } from '../stub/exchange.ts';
import type { Freshness } from '../stub/freshness.ts';
import { domainOf, type OpenQuestions, requestKey } from './open-questions.ts';
import type { RunningUnbound } from './running-unbound.ts';

/** Longest wait for the daemon to forget: it does so in less than a millisecond, if it has time. */
const FORGET_TIMEOUT_MS = 2500;

/** One domain that this check has had forgotten. */
interface Forgotten {
  /** Questions of other checks that were open when it was: what comes of them may be cached since. */
  readonly early: Set<string>;
}

/**
 * Sees to it that one check is told nothing that was asked for before it began. Whatever is cached below a domain is
 * forgotten before the check first asks about it, or uses what an alias there led to; and what another check was asking just
 * then is waited for and forgotten, too (TLS BR 3.2.2.9 [mpic]).
 *
 * Left is what the daemon fetches on its own account: where name servers are, for a minute, and an answer that an alias of
 * another check was about to bring when this one began, as old as that query.
 */
export class CheckFreshness implements Freshness {
  readonly #instance: RunningUnbound;
  readonly #questions: OpenQuestions;
  readonly #begun: number;
  readonly #forgotten = new Map<string, Forgotten>();
  readonly #forgetting = new Map<string, Promise<Forgotten | null>>();

  constructor(instance: RunningUnbound, questions: OpenQuestions) {
    this.#instance = instance;
    this.#questions = questions;
    this.#begun = questions.now;
  }

  async prepare(question: Question, deadline: number): Promise<boolean> {
    const domain = domainOf(question.name);
    if (domain === null) return true;
    const key = nameKey(domain);
    const known = this.#forgotten.get(key) ?? (await this.#forgetDomain(key, domain, deadline));
    if (known === null) return false;
    const request = requestKey(question);
    if (!known.early.has(request)) return true;
    const settled = await this.#questions.settled(key, request, this.#begun, deadline);
    if (!settled || !(await this.#forget(question.name, deadline))) return false;
    known.early.delete(request);
    return true;
  }

  covers(question: Question): boolean {
    const domain = domainOf(question.name);
    if (domain === null) return true;
    const known = this.#forgotten.get(nameKey(domain));
    return known !== undefined && !known.early.has(requestKey(question));
  }

  /** Of a failure the whole domain: where its servers are is part of it. */
  async forget(name: DomainName, deadline: number): Promise<void> {
    const domain = domainOf(name);
    if (domain !== null) await this.#forget(domain, deadline);
  }

  put(question: Question): () => void {
    const domain = domainOf(question.name);
    return domain === null ? () => {} : this.#questions.put(nameKey(domain), question);
  }

  /** Once for each domain; lookups side by side wait for the same. */
  #forgetDomain(key: string, domain: DomainName, deadline: number): Promise<Forgotten | null> {
    const known = this.#forgetting.get(key);
    if (known !== undefined) return known;
    // What is open before the daemon forgets; of what opens later it has nothing to forget.
    const early = new Set(this.#questions.before(key, this.#begun));
    const forgetting = this.#forget(domain, deadline).then((done) => {
      if (!done) return null;
      const forgotten = { early };
      this.#forgotten.set(key, forgotten);
      return forgotten;
    });
    this.#forgetting.set(key, forgetting);
    return forgetting;
  }

  #forget(name: DomainName, deadline: number): Promise<boolean> {
    const timeoutMs = Math.min(FORGET_TIMEOUT_MS, deadline - performance.now());
    return timeoutMs <= 0 ? Promise.resolve(false) : this.#instance.forget(presentName(name), timeoutMs);
  }
}
