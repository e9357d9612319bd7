import type { InsecurityProof } from '../../../domain/check/check.ts';
import { type DnsMessage, isAuthenticated } from '../message/message-reader.ts';
import { type DomainName, nameKey, sameName } from '../message/names.ts';
import { RCODE, TYPE } from '../message/protocol.ts';
import { type DelegationTrust, judgeDsAnswer, type UnknownReason } from './ds-answer.ts';
import type { Verifiable } from './verifiable.ts';

/** Where the chain of trust from the root ends, if it does. */
export type EndOfTrust =
  | { readonly status: 'insecure'; readonly at: DomainName; readonly by: InsecurityProof }
  /** Signed all the way: what is not authenticated there is not to be believed. */
  | { readonly status: 'signed' }
  | { readonly status: 'unknown'; readonly why: UnknownReason };

/** The answer of the validating resolver to a question; null when there is none. */
export type AskForTrust = (
  name: DomainName,
  type: typeof TYPE.DS | typeof TYPE.SOA,
) => Promise<DnsMessage | null>;

/**
 * Walks from the root towards names, asking for DS at each, to find a signed proof that a name is insecure (RFC 4035
 * section 4.3). A missing AD bit alone is none: it also stands on answers that nobody could validate.
 *
 * One walk belongs to one check: no question is put twice in it.
 */
export class TrustWalk {
  readonly #ask: AskForTrust;
  readonly #verifiable: Verifiable;
  readonly #verdicts = new Map<string, Promise<DelegationTrust>>();
  readonly #secureZones = new Map<string, Promise<boolean>>();

  constructor(ask: AskForTrust, verifiable: Verifiable) {
    this.#ask = ask;
    this.#verifiable = verifiable;
  }

  /**
   * @param names in the order of the alias chain. All but the last are aliases, where no zone begins.
   */
  async findEnd(names: readonly DomainName[]): Promise<EndOfTrust> {
    const last = names.length - 1;
    for (const [index, name] of names.entries()) {
      const verdict = await this.#findEndAbove(name, index === last ? name.length : name.length - 1);
      if (verdict.status !== 'signed') return verdict;
    }
    return { status: 'signed' };
  }

  /** Ancestors of `name` from its top-level domain down to the one of `most` labels. */
  async #findEndAbove(name: DomainName, most: number): Promise<EndOfTrust> {
    let zone: DomainName = [];
    for (let labels = 1; labels <= most; labels++) {
      const cut = name.slice(name.length - labels);
      const verdict = await this.#judge(cut, zone);
      if (verdict.status === 'unknown') return verdict;
      if (verdict.status === 'insecure') return { status: 'insecure', at: cut, by: verdict.by };
      if (verdict.status === 'signed') zone = cut;
    }
    return { status: 'signed' };
  }

  #judge(cut: DomainName, zone: DomainName): Promise<DelegationTrust> {
    return remembered(this.#verdicts, cut, async (): Promise<DelegationTrust> => {
      const message = await this.#ask(cut, TYPE.DS);
      if (message === null) return { status: 'unknown', why: 'no-proof' };
      const verdict = judgeDsAnswer(cut, zone, message, this.#verifiable);
      const isOptOut = verdict.status === 'insecure' && verdict.by === 'opt-out';
      return isOptOut && !(await this.#isSecure(zone)) ? { status: 'unknown', why: 'no-proof' } : verdict;
    });
  }

  /**
   * Whether the resolver validates what `zone` says. A denial by opt-out is not authenticated, and neither is anything that
   * a resolver takes for insecure: without this, records that nobody checked would pass for the proof.
   */
  #isSecure(zone: DomainName): Promise<boolean> {
    return remembered(this.#secureZones, zone, async () => {
      const message = await this.#ask(zone, TYPE.SOA);
      if (message === null || message.rcode !== RCODE.NOERROR || !isAuthenticated(message)) return false;
      return message.answers.some(({ type, owner }) => type === TYPE.SOA && sameName(owner, zone));
    });
  }
}

function remembered<T>(known: Map<string, Promise<T>>, name: DomainName, find: () => Promise<T>): Promise<T> {
  const key = nameKey(name);
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}
