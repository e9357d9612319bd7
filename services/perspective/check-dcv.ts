import type { AdnPath, DcvParameters, Policy, Target } from '../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../shared/domain/check/check-result.ts';
import { usesOnlyDns } from '../../shared/domain/dcv/methods.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { checkDnsDcv } from './check-dns-dcv.ts';
import { checkHttpDcv } from './check-http-dcv.ts';

export interface DcvCheck {
  readonly target: Target;
  readonly parameters: DcvParameters;
  /** How the target was chosen; absent if the caller did not say. */
  readonly adn?: AdnPath | undefined;
  readonly policy: Policy;
  readonly view: NetworkView;
  /** End of the check, milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** The monotonic clock. */
  readonly monotonic: () => number;
  /** Unix milliseconds, for rules and records that expire. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks domain or address control by the method in the parameters. If the caller says how the target was chosen, first
 * checks the records that show it.
 */
export async function checkDcv(check: DcvCheck): Promise<CheckOutcome> {
  if (check.adn === undefined || check.adn.lookups.length === 0) return checkControl(check);
  const { afterAdn } = await import('./check-adn.ts');
  return afterAdn({ ...check, resolver: check.view.resolver }, () => checkControl(check));
}

/** TLS-ALPN is rare: its checker is loaded by the first such check, not at the start. */
async function checkControl(check: DcvCheck): Promise<CheckOutcome> {
  const { parameters } = check;
  if (usesOnlyDns(parameters)) {
    return checkDnsDcv({ ...check, parameters, resolver: check.view.resolver });
  }
  if (parameters.method !== 'acme-tls-alpn-01') return checkHttpDcv({ ...check, parameters });
  const { checkTlsAlpn } = await import('./check-tls-alpn.ts');
  return checkTlsAlpn({ ...check, parameters });
}
