import type { OverIpv4 } from '../../shared/domain/check/check-result.ts';
import { parseIpAddress } from '../../shared/domain/net/ip-address.ts';

/** A check that failed at `address`, and how to repeat its last request. */
export interface FailedAt {
  /** The address that the failed request was sent to; null if there was none. */
  readonly address: string | null;
  /** All addresses of the host. */
  readonly addresses: readonly string[];
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly monotonic: () => number;
  /** Sends the request to one of `addresses` only; null if no response came. */
  readonly repeat: (
    addresses: readonly string[],
    deadline: number,
  ) => Promise<Pick<OverIpv4, 'statusCode' | 'proves'> & { readonly address: string | null }>;
}

/** Time for the request, which delays a result that has failed, milliseconds. */
const OVER_IPV4_MS = 2000;

/**
 * Repeats the last request of a failed check at the IPv4 address of the host, if the failed one went to its IPv6
 * address, so that the explanation can say that only IPv6 is broken. It cannot change the outcome of the check: a fault
 * here leaves the evidence out, and nothing is sent when the deadline of the check is near.
 */
export async function lookOverIpv4(failed: FailedAt): Promise<{ readonly overIpv4?: OverIpv4 }> {
  const { address, addresses, monotonic, repeat } = failed;
  const [ipv4] = addresses.filter((one) => parseIpAddress(one)?.family === 4);
  if (ipv4 === undefined || address === null || parseIpAddress(address)?.family !== 6) return {};
  const deadline = monotonic() + OVER_IPV4_MS;
  if (deadline > failed.deadline) return {};
  try {
    const { statusCode, proves, address: reached } = await repeat([ipv4], deadline);
    return { overIpv4: { address: reached ?? ipv4, statusCode, proves } };
  } catch {
    return {};
  }
}
