import { createHash, timingSafeEqual } from 'node:crypto';
import { ANONYMOUS, type CallerKey } from '../../shared/contract/settings/api-keys.ts';
import type { ApiErrorCode } from '../../shared/domain/errors.ts';

export type Caller =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly error: ApiErrorCode };

interface KnownKey {
  readonly name: string;
  readonly digest: Buffer;
}

/**
 * Who calls, by the header `x-api-key`. Without configured keys every caller is `anonymous`. Keys are compared by their
 * hashes in constant time, every one of them, so that timing tells nothing about any.
 */
export class KeyRing {
  #known: readonly KnownKey[];

  constructor(keys: readonly CallerKey[]) {
    this.#known = keys.map(toKnown);
  }

  /** Whether callers have to show a key. */
  get isLocked(): boolean {
    return this.#known.length > 0;
  }

  /** How many callers there are: names, of which each may have several keys. */
  get callers(): number {
    return new Set(this.#known.map(({ name }) => name)).size;
  }

  /**
   * Take these keys in place of the present ones, for the next request on.
   *
   * @throws RangeError for no keys at all: a service that asked for keys does not stop to ask while it runs.
   */
  replace(keys: readonly CallerKey[]): void {
    if (keys.length === 0) throw new RangeError('a running service keeps asking for keys');
    this.#known = keys.map(toKnown);
  }

  callerOf(apiKey: string | undefined): Caller {
    if (!this.isLocked) return { ok: true, name: ANONYMOUS };
    if (apiKey === undefined || apiKey === '') return { ok: false, error: 'api-key-missing' };
    const digest = createHash('sha256').update(apiKey, 'utf8').digest();
    const matches = this.#known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
    const [match] = matches;
    return match === undefined ? { ok: false, error: 'api-key-invalid' } : { ok: true, name: match.name };
  }
}

function toKnown({ name, sha256 }: CallerKey): KnownKey {
  return { name, digest: Buffer.from(sha256, 'hex') };
}
