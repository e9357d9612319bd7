import { isSharedHost, type ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import { formatIpNetwork } from '../../../shared/domain/net/ip-network.ts';
import { cite } from '../../../shared/domain/rules/citation.ts';

/**
 * What an operator should know before relying on a service with this configuration; warnings do not prevent the start.
 */
export function warnings(config: ServiceConfig): readonly string[] {
  const { caaDomains } = config;
  const checks: readonly (readonly [boolean, string])[] = [
    [
      isSharedHost(config),
      `all perspectives run on this machine: a place to try and to test, not multi-perspective corroboration in the sense of ${cite('mpic')}`,
    ],
    [
      caaDomains.length === 0,
      'MPIC_CAA_DOMAINS is not set: CAA checks without caa_domains pass only where CAA does not restrict issuance',
    ],
    [
      config.allowNetworks.length > 0,
      `MPIC_ALLOW_NETWORKS lets checks connect to ${config.allowNetworks.map(formatIpNetwork).join(', ')}: for a lab or a closed network only; every result says so`,
    ],
    [
      config.rootHints !== null || config.trustAnchor !== null,
      'MPIC_ROOT_HINTS or MPIC_TRUST_ANCHOR replaces what IANA publishes: DNSSEC is not validated to the root of the Internet, so for a lab or a closed network only',
    ],
  ];
  return checks.filter(([applies]) => applies).map(([, text]) => text);
}
