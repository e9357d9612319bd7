import type { InsecurityProof } from '../../../domain/check/check.ts';
import { type DnsMessage, isAuthenticated } from '../message/message-reader.ts';
import { type DomainName, nameKey, sameName } from '../message/names.ts';
import { RCODE, TYPE } from '../message/protocol.ts';
import { type DelegationTrust, judgeDsAnswer, type UnknownReason } from './ds-answer.ts';
import type { Verifiable } from './verifiable.ts';

/** Where the chain of trust from the root ends. */
export type EndOfTrust =
  | { readonly status: 'insecure'; readonly at: DomainName; readonly by: InsecurityProof }
  /** Signed down to the name: unauthenticated data there must not be used. */
  | { readonly status: 'signed' }
  | { readonly status: 'unknown'; readonly why: UnknownReason };

/** Query the validating resolver; null if there is no answer. */
export type AskForTrust = (
  name: DomainName,
  type: typeof TYPE.DS | typeof TYPE.SOA,
) => Promise<DnsMessage | null>;

/**
 * Walks from the root to a name, with a DS query at each label, to find a signed proof that the name is insecure (RFC
 * 4035 section 4.3). A missing AD bit alone is not a proof: answers that could not be validated lack it too.
 *
 * One walk belongs to one check, and sends no query twice.
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

  /** @param names in the order of the alias chain. All but the last are aliases, where no zone starts. */
  async findEnd(names: readonly DomainName[]): Promise<EndOfTrust> {
    const last = names.length - 1;
    for (const [index, name] of names.entries()) {
      const verdict = await this.#findEndAbove(name, index === last ? name.length : name.length - 1);
      if (verdict.status !== 'signed') return verdict;
    }
    return { status: 'signed' };
  }

  /** Judge the ancestors of `name`, from its top-level domain down to the one with `most` labels. */
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
   * Whether the resolver validates `zone`. A denial by opt-out is not authenticated, and neither is data that the
   * resolver treats as insecure: without this check, unverified records would count as proof.
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
