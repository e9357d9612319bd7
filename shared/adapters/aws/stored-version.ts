import { CONTRACT_VERSION, isKnownContract } from '../../contract/messages/contract.ts';
import type { Item } from './store-call.ts';

/** An item of ours that does not say what it should: damaged, tampered with, or of a version not known here. */
export class UnreadableItemError extends Error {
  override readonly name = 'UnreadableItemError';
}

/** Attribute with the version of the contract an item was written under. */
export const VERSION_ATTRIBUTE = 'contract';

/** Throws when an item was written under a major version that is not known here. */
export function assertKnownVersion(item: Item, what: string): void {
  const version = item[VERSION_ATTRIBUTE];
  if (!isKnownContract(version)) {
    throw new UnreadableItemError(
      `${what} has contract version ${typeof version === 'string' ? version : 'missing'}, known is ${CONTRACT_VERSION}`,
    );
  }
}

export function parseJson(text: unknown, what: string): unknown {
  try {
    if (typeof text === 'string') return JSON.parse(text);
  } catch {
    // Said below: the text itself may hold a challenge value and must not reach the log.
  }
  throw new UnreadableItemError(`${what} holds no JSON`);
}
