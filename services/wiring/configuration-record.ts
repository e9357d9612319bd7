import type { ConfigurationAuditRecord } from '../../shared/mpic/evidence.ts';
import { formatIpNetwork } from '../../shared/net/ip-network.ts';
import type { HomeParts } from './wire.ts';

/** What the caller knows of this process beyond its configuration. */
export interface ProcessFacts extends Pick<ConfigurationAuditRecord, 'resolvers' | 'validation'> {
  readonly recordId: string;
}

/** TLS BR v2.2.6 section 5.4.1(3): when a process began or ended, and with what it decides. */
export function configurationRecord(
  { config, recorder, clock }: Pick<HomeParts, 'config' | 'recorder' | 'clock'>,
  event: ConfigurationAuditRecord['event'],
  { recordId, resolvers, validation }: ProcessFacts,
): ConfigurationAuditRecord {
  const { primary } = config;
  return {
    event,
    record_id: recordId,
    time: new Date(clock.now()).toISOString(),
    description: `${recorder.service} ${recorder.version} ${event === 'service-started' ? 'started' : 'stopped'}`,
    recorder,
    policy: config.policy,
    backend: config.backend,
    perspectives: config.perspectives,
    primary: primary?.kind === 'perspective' ? primary.code : (primary?.name ?? null),
    resolvers,
    validation,
    caa_domains: config.caaDomains,
    allowed_networks: config.allowNetworks.map(formatIpNetwork),
  };
}
