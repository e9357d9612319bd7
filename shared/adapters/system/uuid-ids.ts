import { createHash, randomBytes, randomFillSync } from 'node:crypto';
import type { Ids } from '../../ports/ids.ts';

/** Namespace of request ids made from idempotency keys: a fixed random UUID of this project. */
const IDEMPOTENCY_NAMESPACE = Buffer.from('5f0c9b1e8a0d4c53a8a3c6f2d7b94e10', 'hex');

/** Namespace of request ids made from Request Tokens: another one, so that no key stands for a token. */
const TOKEN_NAMESPACE = Buffer.from('c1d9a6b35e724f08b6f21d40937ae58c', 'hex');

const POOL_BYTES = 16 * 64;

const TOKEN_BYTES = 16;

/** UUIDs after RFC 9562: version 7 for fresh requests, version 5 for those with an idempotency key. Tokens have 128 random bits. */
export function createUuidIds(now: () => number): Ids {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    requestId() {
      if (used === POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      const bytes = Buffer.from(pool.subarray(used, used + 16));
      used += 16;
      bytes.writeUIntBE(now(), 0, 6);
      return formatUuid(bytes, 7);
    },
    requestIdForKey(caller, idempotencyKey) {
      // The length prefix keeps ("a", "bc") and ("ab", "c") apart.
      return uuidOfName(IDEMPOTENCY_NAMESPACE, `${caller.length}:${caller}${idempotencyKey}`);
    },
    requestIdForToken: (token) => uuidOfName(TOKEN_NAMESPACE, token),
    attemptToken: () => randomBytes(TOKEN_BYTES).toString('base64url'),
  };
}

function uuidOfName(namespace: Buffer, name: string): string {
  const hash = createHash('sha1').update(namespace).update(name, 'utf8').digest();
  return formatUuid(hash.subarray(0, 16), 5);
}

function formatUuid(bytes: Buffer, version: number): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (version << 4), 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
