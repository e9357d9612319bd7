import type { Socket } from 'node:net';
import type { ConnectionFailure } from '../../domain/net/connection-failure.ts';
import type { WebPort } from '../../domain/net/web-url.ts';
import type { Destination } from '../../ports/connection.ts';
import { failed } from './failure.ts';
import type { Dialled, NetworkGuard, RefusedAddress, VettedAddress } from './network-guard.ts';
import type { TimeLimit } from './time-limit.ts';

export type Connected =
  | { readonly status: 'connected'; readonly socket: Socket; readonly address: string }
  | ConnectionFailure;

/** How many refused addresses a message lists. */
const MAX_NAMED = 3;

/**
 * Connect to the first permitted address: IPv6 before IPv4, at most one of each. The second is tried only after a
 * connection error of the first. When there is a second, the first gets at most half of the remaining time.
 */
export async function connectToFirst(
  guard: NetworkGuard,
  { addresses }: Pick<Destination, 'addresses'>,
  port: WebPort,
  limit: TimeLimit,
): Promise<Connected> {
  const { vetted, refused } = guard.vet(addresses);
  const [first, second] = selectCandidates(vetted);
  if (first === undefined) return nothingToDial(refused);
  if (second === undefined) return withAddress(first, await guard.dial(first, port, limit));

  const now = limit.now();
  const firstLimit = { ...limit, deadline: now + (limit.deadline - now) / 2 };
  const dialled = await guard.dial(first, port, firstLimit);
  if (dialled.status === 'connected' || dialled.reason === 'aborted') return withAddress(first, dialled);
  const last = await guard.dial(second, port, limit);
  if (last.status === 'connected') return withAddress(second, last);
  return { ...last, message: `${last.message}; at ${first.address} before: ${dialled.message}` };
}

function selectCandidates(vetted: readonly VettedAddress[]): readonly VettedAddress[] {
  return ([6, 4] as const).flatMap((family) => vetted.find((one) => one.family === family) ?? []);
}

function withAddress({ address }: VettedAddress, dialled: Dialled): Connected {
  return dialled.status === 'connected' ? { ...dialled, address } : dialled;
}

function nothingToDial(refused: readonly RefusedAddress[]): ConnectionFailure {
  if (refused.length === 0) return failed('unreachable', null, 'there is no address to connect to');
  const named = refused.slice(0, MAX_NAMED).map(describeRefusal).join(', ');
  const more = refused.length > MAX_NAMED ? ` and ${refused.length - MAX_NAMED} more` : '';
  return failed('address-refused', null, `no check may connect to ${named}${more}`);
}

function describeRefusal({ address, block }: RefusedAddress): string {
  return address === null ? 'a text that is no IP address' : `${address} (${block.name})`;
}
