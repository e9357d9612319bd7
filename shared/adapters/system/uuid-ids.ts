import { randomBytes, randomInt } from 'node:crypto';
import { v5, v7 } from 'uuid';
import type { Ids } from '../../ports/ids.ts';

/** Namespace of request ids made from idempotency keys: a fixed random UUID of this project. */
const IDEMPOTENCY_NAMESPACE = '5f0c9b1e-8a0d-4c53-a8a3-c6f2d7b94e10';

/** Namespace of request ids made from Request Tokens: another one, so that no key stands for a token. */
const TOKEN_NAMESPACE = 'c1d9a6b3-5e72-4f08-b6f2-1d40937ae58c';

const TOKEN_BYTES = 16;

/**
 * The counter of a version 7 UUID has 32 bits and starts at random in the lower half (RFC 9562 section 6.2, method 1):
 * more ids than a process can make in the time of one clock step backwards.
 */
const COUNTER_STARTS = 2 ** 31;

/** UUIDs after RFC 9562: version 7 for fresh requests, version 5 for those with an idempotency key. Tokens have 128 random bits. */
export function createUuidIds(now: () => number): Ids {
  // The package counts only by the clock of the system; ours may be virtual.
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

/** Of bytes, because of a string the package throws where half a surrogate pair is in it. */
function uuidOfName(name: string, namespace: string): string {
  return v5(Buffer.from(name, 'utf8'), namespace);
}
