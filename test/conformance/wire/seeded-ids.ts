import { createHash } from 'node:crypto';
import { createUuidIds } from '../../../shared/adapters/system/uuid-ids.ts';
import type { Ids } from '../../../shared/ports/ids.ts';

export interface SeededIds extends Ids {
  /** The n-th request of the case comes: its ids are its own, however many the ones before it drew. */
  begin(exchange: number): void;
}

/** Ids of the same form as those of the service, and the same in every run. */
export function createSeededIds(now: () => number): SeededIds {
  const derived = createUuidIds(now);
  let seed = 'start';
  let drawn = 0;
  function draw(kind: string): Buffer {
    drawn += 1;
    return createHash('sha256').update(`${seed}/${kind}/${drawn}`).digest().subarray(0, 16);
  }
  return {
    begin(exchange) {
      seed = String(exchange);
      drawn = 0;
    },
    requestId() {
      const bytes = draw('request');
      bytes.writeUIntBE(now(), 0, 6);
      bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
      bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
      return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    },
    requestIdForKey: derived.requestIdForKey,
    requestIdForToken: derived.requestIdForToken,
    attemptToken: () => draw('attempt').toString('base64url'),
  };
}
