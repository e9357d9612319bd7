import type { Target, TlsAlpnParameters } from '../../check/check.ts';
import type { CheckError } from '../../check/check-result.ts';
import { parseIpAddress, reverseName } from '../../net/ip-address.ts';
import { DCV_ERROR } from '../errors.ts';
import { parseKeyAuthorizationDigest } from '../key-authorization-digest.ts';
import { identifierAllowed, identifierKindAllowed } from '../methods.ts';

/** RFC 8737 section 6.2. */
export const ACME_TLS_PROTOCOL = 'acme-tls/1';

/**
 * - `planned`: the SNI name and the expected digest. `deviations` lists where the check departs from the Baseline
 *   Requirements; empty for a check that can corroborate.
 * - `refused`: the parameters define no valid check.
 */
export type TlsAlpnPlan =
  | {
      readonly status: 'planned';
      readonly serverName: string;
      readonly digest: Uint8Array;
      readonly deviations: readonly CheckError[];
    }
  | { readonly status: 'refused'; readonly error: CheckError };

/** Plan the handshake (RFC 8737 section 3; RFC 8738 section 6 for addresses: SNI carries the reverse name). */
export function planTlsAlpnCheck(target: Target, parameters: TlsAlpnParameters): TlsAlpnPlan {
  const { method } = parameters;
  if (!identifierKindAllowed(method, target) || target.kind === 'reverse-name') {
    return refused(`${method} cannot validate a name in a reverse zone`);
  }
  if (target.kind === 'ip' && parseIpAddress(target.address) === null) {
    return refused('the target is no IP address');
  }
  const digest = parseKeyAuthorizationDigest(parameters.keyAuthorizationHash);
  if (digest === null) {
    return refused(
      `${method}: the key authorization hash is neither 64 hexadecimal digits nor 43 base64url characters; send the SHA-256 of the key authorization`,
    );
  }
  const deviations = identifierAllowed(method, target)
    ? []
    : [parameterError(`${method} cannot validate wildcard names`)];
  const serverName = target.kind === 'ip' ? reverseName(target.address) : target.name;
  return { status: 'planned', serverName, digest, deviations };
}

function parameterError(message: string): CheckError {
  return { type: DCV_ERROR.parameter, message };
}

function refused(message: string): TlsAlpnPlan {
  return { status: 'refused', error: parameterError(message) };
}
