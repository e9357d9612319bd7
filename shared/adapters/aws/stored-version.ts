import { CONTRACT_VERSION, isKnownContract } from '../../contract/messages/contract.ts';
import type { Item } from './store-call.ts';

/** An item written by this service is invalid: damaged, tampered with, or of an unknown version. */
export class UnreadableItemError extends Error {
  override readonly name = 'UnreadableItemError';
}

/** Attribute with the contract version under which an item was written. */
export const VERSION_ATTRIBUTE = 'contract';

/** Throws if an item was written under an unknown major version. */
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
    // Reported below without the text, which may contain a challenge value and must not be logged.
  }
  throw new UnreadableItemError(`${what} holds no JSON`);
}
