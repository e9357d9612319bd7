import { randomBytes, randomInt } from 'node:crypto';
import { v5, v7 } from 'uuid';
import type { Ids } from '../../ports/ids.ts';

/** Namespace of request ids derived from idempotency keys: a fixed random UUID of this project. */
const IDEMPOTENCY_NAMESPACE = '5f0c9b1e-8a0d-4c53-a8a3-c6f2d7b94e10';

/**
 * Namespace of request ids derived from Request Tokens; separate, so that no idempotency key gives the id of a token.
 */
const TOKEN_NAMESPACE = 'c1d9a6b3-5e72-4f08-b6f2-1d40937ae58c';

const TOKEN_BYTES = 16;

/**
 * The counter of a version 7 UUID has 32 bits and starts at random in the lower half (RFC 9562 section 6.2, method 1).
 * The rest suffices for all ids that a process makes while its clock is set back.
 */
const COUNTER_STARTS = 2 ** 31;

/**
 * UUIDs of RFC 9562: version 7 for new requests, version 5 for those with an idempotency key or a Request Token for one
 * use. Attempt tokens have 128 random bits.
 */
export function createUuidIds(now: () => number): Ids {
  // Counted here because the package reads the system clock, and `now` may be virtual.
  let msecs = Number.NEGATIVE_INFINITY;
  let seq = 0;
  return {
    requestId() {
      const at = now();
      if (at > msecs) {
        msecs = at;
        seq = randomInt(COUNTER_STARTS);
      } else {
        seq += 1;
      }
      return v7({ msecs, seq });
    },
    // The length prefix keeps ("a", "bc") and ("ab", "c") apart.
    requestIdForKey: (caller, idempotencyKey) =>
      uuidOfName(`${caller.length}:${caller}${idempotencyKey}`, IDEMPOTENCY_NAMESPACE),
    requestIdForToken: (token) => uuidOfName(token, TOKEN_NAMESPACE),
    attemptToken: () => randomBytes(TOKEN_BYTES).toString('base64url'),
  };
}

/** Takes bytes, because the package throws for a string with an unpaired surrogate. */
function uuidOfName(name: string, namespace: string): string {
  return v5(Buffer.from(name, 'utf8'), namespace);
}
