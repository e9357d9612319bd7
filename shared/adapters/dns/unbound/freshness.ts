import { performance } from 'node:perf_hooks';
import { type DomainName, nameKey, presentName } from '../message/names.ts';
import type { Question } from '../stub/exchange.ts';
import type { Freshness } from '../stub/freshness.ts';
import { domainOf, type OpenQuestions, requestKey } from './open-questions.ts';
import type { RunningUnbound } from './running-unbound.ts';

/** Time-out of a flush; an idle daemon takes less than a millisecond. */
const FORGET_TIMEOUT_MS = 2500;

/** A domain flushed for this check. */
interface Forgotten {
  /** Queries of other checks that were open at the flush; their answers may be cached since. */
  readonly early: Set<string>;
}

/**
 * Ensures that a check receives no answer to a query sent before the check began (TLS BR 3.2.2.9 [mpic]). Flushes the
 * cache below a domain before the check first queries it or uses an alias target there. Waits for queries that other
 * checks have open for it then, and flushes their answers too.
 *
 * Two things remain: name server addresses, cached for a minute, and the answer for an alias target that the daemon was
 * already following for another check, as old as that query.
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

  /** Flushes the whole domain: the addresses of its servers may be part of the failure. */
  async forget(name: DomainName, deadline: number): Promise<void> {
    const domain = domainOf(name);
    if (domain !== null) await this.#forget(domain, deadline);
  }

  put(question: Question): () => void {
    const domain = domainOf(question.name);
    return domain === null ? () => {} : this.#questions.put(nameKey(domain), question);
  }

  /** Flush a domain once; parallel lookups wait for the same flush. */
  #forgetDomain(key: string, domain: DomainName, deadline: number): Promise<Forgotten | null> {
    const known = this.#forgetting.get(key);
    if (known !== undefined) return known;
    // Queries open before the flush; later ones bring fresh answers.
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
