import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainName, lowerAscii } from '../message/names.ts';
import { TYPE } from '../message/protocol.ts';
import type { Question } from '../stub/exchange.ts';
import type { RunningUnbound } from './running-unbound.ts';

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([name, number]) => [number, name]),
);

/**
 * The form in which the daemon lists `question` as open request; names that differ only in special characters look
 * equal.
 */
export function requestKey({ name, type }: Question): string {
  const text = name.map((label) => lowerAscii(label).replace(/[^a-z0-9_*-]/g, '?')).join('.');
  return `${TYPE_NAMES.get(type) ?? `TYPE${type}`} ${text}.`;
}

/** Queries of one question not known to be finished: the numbers of the first and the last. */
interface Open {
  /** See {@link requestKey}. */
  readonly key: string;
  first: number;
  last: number;
}

const POLL_MS = 5;
const LIST_TIMEOUT_MS = 1000;
/** Queries of aborted or timed-out lookups stay listed as open. Above this number, the daemon's own list is read. */
const MANY = 2000;

/**
 * Tracks which queries, sent by the checks of this process to one daemon, may still be open there.
 *
 * The daemon answers equal queries together. A check whose query joins that of another check, or finds its answer in
 * the cache, would receive an answer to a query sent before the check began.
 */
export class OpenQuestions {
  readonly #instance: RunningUnbound;
  /** By domain, then by the key under which the daemon treats queries as equal. */
  readonly #domains = new Map<string, Map<string, Open>>();
  #number = 0;
  #size = 0;
  #looking: Promise<void> | null = null;

  constructor(instance: RunningUnbound) {
    this.#instance = instance;
  }

  /** The number of the next query; all lower ones were sent earlier. */
  get now(): number {
    return this.#number;
  }

  /**
   * Note that `question` is sent. Call the returned function once it is answered; all earlier equal queries are
   * answered then too.
   */
  put(domain: string, question: Question): () => void {
    const key = requestKey(question);
    // The daemon processes a query without validation separately, so an answer to one says nothing about the other;
    // both share the cache.
    const apart = question.checkingDisabled === true ? `${key} CD` : key;
    const number = this.#number++;
    const open = this.#domains.get(domain) ?? new Map<string, Open>();
    this.#domains.set(domain, open);
    const known = open.get(apart);
    if (known === undefined) {
      open.set(apart, { key, first: number, last: number });
      this.#size += 1;
    } else {
      known.last = number;
    }
    if (this.#size > MANY) void this.#look();
    return () => this.#close(domain, apart, number);
  }

  /** The keys of queries about `domain` that were sent before number `begun` and may still be open. */
  before(domain: string, begun: number): ReadonlySet<string> {
    const open = [...(this.#domains.get(domain)?.values() ?? [])];
    return new Set(open.filter(({ first }) => first < begun).map(({ key }) => key));
  }

  /** Wait until no query with `key` from before `begun` is open; false if `deadline` comes first. */
  async settled(domain: string, key: string, begun: number, deadline: number): Promise<boolean> {
    for (;;) {
      if (!this.before(domain, begun).has(key)) return true;
      if (performance.now() + POLL_MS >= deadline || this.#instance.ended) return false;
      await this.#look();
    }
  }

  #close(domain: string, apart: string, upTo: number): void {
    const open = this.#domains.get(domain);
    const known = open?.get(apart);
    if (open === undefined || known === undefined || known.first > upTo) return;
    if (known.last > upTo) {
      known.first = upTo + 1;
      return;
    }
    open.delete(apart);
    this.#size -= 1;
    if (open.size === 0) this.#domains.delete(domain);
  }

  /**
   * Read the daemon's open requests after a short pause; queries not listed are finished. All waiters share one read.
   */
  #look(): Promise<void> {
    this.#looking ??= this.#lookSoon().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookSoon(): Promise<void> {
    await sleep(POLL_MS);
    const upTo = this.#number - 1;
    const working = await this.#instance.openRequests(LIST_TIMEOUT_MS);
    if (working === null) return;
    for (const [domain, open] of [...this.#domains]) {
      for (const [apart, { key }] of [...open]) if (!working.has(key)) this.#close(domain, apart, upTo);
    }
  }
}

/** Number of labels that may stay cached: applicants control only names below a top-level domain. */
const SHARED_LABELS = 1;

/**
 * The domain that is flushed as a whole, one label below the top-level domain; null for a top-level domain and the
 * root.
 */
export function domainOf(name: DomainName): DomainName | null {
  return name.length <= SHARED_LABELS ? null : name.slice(-1 - SHARED_LABELS);
}
