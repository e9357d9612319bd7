import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiErrorCode } from '../../shared/errors.ts';

export interface ApiKey {
  readonly name: string;
  readonly key: string;
}

export type Caller =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly error: ApiErrorCode };

const ANONYMOUS = 'anonymous';

/**
 * Who calls, by the header `x-api-key`. Without configured keys everybody is `anonymous`. Keys are compared by their
 * hashes in constant time, every one of them, so that timing tells nothing about any.
 */
export function createAuthenticator(keys: readonly ApiKey[]): (apiKey: string | undefined) => Caller {
  const known = keys.map(({ name, key }) => ({ name, digest: sha256(key) }));
  return (apiKey) => {
    if (known.length === 0) return { ok: true, name: ANONYMOUS };
    if (apiKey === undefined || apiKey === '') return { ok: false, error: 'api-key-missing' };
    const digest = sha256(apiKey);
    const matches = known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
    const [match] = matches;
    return match === undefined ? { ok: false, error: 'api-key-invalid' } : { ok: true, name: match.name };
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
