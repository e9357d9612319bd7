import { usesOnlyDns } from '../../shared/dcv/methods.ts';
import type { CheckOutcome, DcvParameters, Policy, Target } from '../../shared/mpic/check.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { checkDnsDcv } from './check-dns-dcv.ts';
import { checkHttpDcv } from './check-http-dcv.ts';
import { checkTlsAlpn } from './check-tls-alpn.ts';

export interface DcvCheck {
  readonly target: Target;
  readonly parameters: DcvParameters;
  readonly policy: Policy;
  readonly view: NetworkView;
  /** End of the check, milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** The monotonic clock. */
  readonly monotonic: () => number;
  /** Unix milliseconds, for rules and records that end. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/** Check domain or address control by the method of the parameters. */
export function checkDcv(check: DcvCheck): Promise<CheckOutcome> {
  const { parameters } = check;
  if (usesOnlyDns(parameters)) {
    return checkDnsDcv({ ...check, parameters, resolver: check.view.resolver });
  }
  return parameters.method === 'acme-tls-alpn-01'
    ? checkTlsAlpn({ ...check, parameters })
    : checkHttpDcv({ ...check, parameters });
}
