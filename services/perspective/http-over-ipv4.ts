import type { HttpDcvParameters } from '../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../shared/domain/check/check-result.ts';
import { judgePage } from '../../shared/domain/dcv/http/page.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import type { Walk } from './follow-redirects.ts';
import { lookOverIpv4 } from './look-over-ipv4.ts';

/** The check that failed. */
interface FailedCheck {
  readonly parameters: HttpDcvParameters;
  readonly view: NetworkView;
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly monotonic: () => number;
}

/** The outcome of a failed check, with what the host responds over IPv4, if it failed over IPv6. */
export async function withResponseOverIpv4(
  check: FailedCheck,
  { hops, request }: Walk,
  pattern: Parameters<typeof judgePage>[2],
  outcome: CheckOutcome,
): Promise<CheckOutcome> {
  const { details } = outcome;
  if (request === null || details.kind !== 'http') return outcome;
  const seen = await lookOverIpv4({
    ...check,
    address: hops.at(-1)?.address ?? null,
    addresses: request.addresses,
    async repeat(addresses, deadline) {
      const observed = await check.view.http.get({ ...request, addresses, deadline });
      const { address } = observed;
      if (observed.status === 'failed') return { address, statusCode: null, proves: false };
      const proves = judgePage(check.parameters, observed, pattern) === 'exact';
      return { address, statusCode: observed.statusCode, proves };
    },
  });
  return { ...outcome, details: { ...details, ...seen } };
}
