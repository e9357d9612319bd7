import { performance } from 'node:perf_hooks';
import { type DomainName, parseQueryName, presentName } from '../dns/names.ts';
import type { RunningUnbound } from './running-unbound.ts';

/** Names of a top-level domain and above may stay known; what applicants control begins below. */
const SHARED_LABELS = 1;

/** Longest wait for the daemon to forget: it does so in less than a millisecond. */
const FORGET_TIMEOUT_MS = 1000;

/**
 * Sees to it that one check is told nothing that was learnt before it began: whatever is cached below the domains it asks
 * about is forgotten first, once per domain (TLS BR 3.2.2.9 [mpic]). Domains that its aliases led to are forgotten
 * when it ends.
 */
export class Freshness {
  readonly #instance: RunningUnbound;
  readonly #forgotten = new Map<string, Promise<boolean>>();
  readonly #learnt = new Set<string>();

  constructor(instance: RunningUnbound) {
    this.#instance = instance;
  }

  /** Before `name` is asked for. False: it may still be answered from before. */
  prepare(name: string, deadline: number): Promise<boolean> {
    const labels = parseQueryName(name);
    const domain = labels === null ? null : domainOf(labels);
    const timeoutMs = Math.min(FORGET_TIMEOUT_MS, deadline - performance.now());
    // A name that cannot be asked for, and one that there is no time for, is the resolver's to refuse.
    if (domain === null || timeoutMs <= 0) return Promise.resolve(true);
    const known = this.#forgotten.get(domain);
    if (known !== undefined) return known;
    const forgetting = this.#instance.forget(domain, timeoutMs);
    this.#forgotten.set(domain, forgetting);
    return forgetting;
  }

  /** @param aliases targets in presentation format, with a final dot. */
  learn(aliases: readonly string[]): void {
    for (const alias of aliases) {
      const labels = alias.slice(0, -1).split('.');
      if (labels.length > SHARED_LABELS) this.#learnt.add(`${labels.slice(-1 - SHARED_LABELS).join('.')}.`);
    }
  }

  /** Nobody waits for it: a check that begins meanwhile forgets by itself what it asks for. */
  forgetWhatWasLearnt(): void {
    for (const domain of this.#learnt) {
      if (!this.#forgotten.has(domain)) void this.#instance.forget(domain, FORGET_TIMEOUT_MS);
    }
  }
}

/** Before a question is put to `instance` again: a failure may be cached as well as an answer. */
export async function forgetFailure(instance: RunningUnbound, name: DomainName): Promise<void> {
  const domain = domainOf(name);
  if (domain !== null) await instance.forget(domain, FORGET_TIMEOUT_MS);
}

/** The name one label below the top-level domain, in presentation format; null for a top-level domain and the root. */
function domainOf(name: DomainName): string | null {
  return name.length <= SHARED_LABELS ? null : presentName(name.slice(-1 - SHARED_LABELS));
}
