import type { InsecurityProof } from '../../../mpic/check.ts';
import type { DnsMessage } from '../message-reader.ts';
import { type DomainName, nameKey } from '../names.ts';
import { type CutVerdict, judgeDsAnswer } from './ds-answer.ts';

/** Where the chain of trust from the root ends, if it does. */
export type TrustVerdict =
  | { readonly status: 'insecure'; readonly at: DomainName; readonly by: InsecurityProof }
  /** Signed all the way: what is not authenticated there is not to be believed. */
  | { readonly status: 'signed' }
  | { readonly status: 'unknown'; readonly why: Extract<CutVerdict, { status: 'unknown' }>['why'] };

/** The answer of the validating resolver to a DS question; null when there is none. */
export type AskDs = (name: DomainName) => Promise<DnsMessage | null>;

/**
 * Walks from the root towards names, asking for DS at each, to find a signed proof that a name is insecure (RFC 4035
 * section 4.3). A missing AD bit alone is none: it also stands on answers that nobody could validate.
 *
 * One walk belongs to one check: no name is asked for twice in it.
 */
export class TrustWalk {
  readonly #askDs: AskDs;
  readonly #verdicts = new Map<string, Promise<CutVerdict>>();

  constructor(askDs: AskDs) {
    this.#askDs = askDs;
  }

  /**
   * @param names in the order of the alias chain. All but the last are aliases, where no zone begins.
   */
  async findEnd(names: readonly DomainName[]): Promise<TrustVerdict> {
    const last = names.length - 1;
    for (const [index, name] of names.entries()) {
      const verdict = await this.#findEndAbove(name, index === last ? name.length : name.length - 1);
      if (verdict.status !== 'signed') return verdict;
    }
    return { status: 'signed' };
  }

  /** Ancestors of `name` from its top-level domain down to the one of `most` labels. */
  async #findEndAbove(name: DomainName, most: number): Promise<TrustVerdict> {
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

  #judge(cut: DomainName, zone: DomainName): Promise<CutVerdict> {
    const key = nameKey(cut);
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const asked = this.#askDs(cut).then(
      (message): CutVerdict =>
        message === null ? { status: 'unknown', why: 'no-proof' } : judgeDsAnswer(cut, zone, message),
    );
    this.#verdicts.set(key, asked);
    return asked;
  }
}
