import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainName, lowerAscii } from '../message/names.ts';
import { TYPE } from '../message/protocol.ts';
import type { Question } from '../stub/exchange.ts';
import type { RunningUnbound } from './running-unbound.ts';

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([name, number]) => [number, name]),
);

/** How the daemon lists `question` among what it works on; two names that differ in odd characters only look the same. */
export function requestKey({ name, type }: Question): string {
  const text = name.map((label) => lowerAscii(label).replace(/[^a-z0-9_*-]/g, '?')).join('.');
  return `${TYPE_NAMES.get(type) ?? `TYPE${type}`} ${text}.`;
}

/** Tries of one question that are not known to be over: the numbers of the first and the last. */
interface Open {
  /** See {@link requestKey}. */
  readonly key: string;
  first: number;
  last: number;
}

const POLL_MS = 5;
const LIST_TIMEOUT_MS = 1000;
/** Tries whose end nobody saw, because their lookups were called off or timed out. At so many the daemon is asked. */
const MANY = 2000;

/**
 * The questions that the checks of this process have put to one daemon, and which of them it may still be working on.
 *
 * A daemon lets equal questions share one answer. A check that joins a question of another one, or finds what came of it a
 * moment later in the cache, is told what was asked for before it began.
 */
export class OpenQuestions {
  readonly #instance: RunningUnbound;
  /** By domain, then by what makes two questions equal to the daemon. */
  readonly #domains = new Map<string, Map<string, Open>>();
  #number = 0;
  #size = 0;
  #looking: Promise<void> | null = null;

  constructor(instance: RunningUnbound) {
    this.#instance = instance;
  }

  /** The number of the next try: all with lower numbers were put before. */
  get now(): number {
    return this.#number;
  }

  /** `question` goes out. To be called back when it has been answered: then so are all equal ones from before. */
  put(domain: string, question: Question): () => void {
    const key = requestKey(question);
    // A question without validation has a share of the work of its own, and an answer to one says nothing of the other; what
    // either brings is cached for both.
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

  /** The keys of questions about `domain` that were put before number `begun` and may still be open. */
  before(domain: string, begun: number): ReadonlySet<string> {
    const open = [...(this.#domains.get(domain)?.values() ?? [])];
    return new Set(open.filter(({ first }) => first < begun).map(({ key }) => key));
  }

  /** Wait until none with `key` from before `begun` is open. False: not by `deadline`. */
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

  /** Ask the daemon in a moment what it works on; what is not among it is over. One look serves all who wait. */
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

/** Names of a top-level domain and above may stay known; what applicants control begins below. */
const SHARED_LABELS = 1;

/** The labels that are forgotten as one: one below the top-level domain; null for a top-level domain and the root. */
export function domainOf(name: DomainName): DomainName | null {
  return name.length <= SHARED_LABELS ? null : name.slice(-1 - SHARED_LABELS);
}
