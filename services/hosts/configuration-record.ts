import { formatTrustAnchor, type RootFiles } from '../../shared/adapters/dns/unbound/root-files.ts';
import type { RootSigning } from '../../shared/adapters/dns/unbound/root-signing.ts';
import { AUDIT_VERSION, type ConfigurationAuditRecord } from '../../shared/contract/audit/audit-schema.ts';
import { rulebookCodec } from '../../shared/contract/evidence/baseline.ts';
import { formatIpNetwork } from '../../shared/domain/net/ip-network.ts';
import { rulebookIdentity } from '../../shared/domain/rules/citation.ts';
import type { HomeParts } from './wire.ts';

/** Facts about this process that its configuration does not contain. */
export interface ProcessFacts extends Pick<ConfigurationAuditRecord, 'resolvers'> {
  readonly recordId: string;
  /** Trust anchors and root hints of the validating resolvers; null if there are none. */
  readonly rootFiles: RootFiles | null;
  /** The root signatures that they have seen, if any. */
  readonly rootSigning: RootSigning;
}

/**
 * The record of a start or stop of a process and the configuration with which it decides (TLS BR 5.4.1 (3)
 * [records-security]).
 */
export function configurationRecord(
  { config, recorder, clock }: Pick<HomeParts, 'config' | 'recorder' | 'clock'>,
  event: ConfigurationAuditRecord['event'],
  { recordId, resolvers, rootFiles, rootSigning }: ProcessFacts,
): ConfigurationAuditRecord {
  const { primary } = config;
  return {
    event,
    schema_version: AUDIT_VERSION,
    record_id: recordId,
    time: new Date(clock.now()).toISOString(),
    description: `${recorder.service} ${recorder.version} ${event === 'service-started' ? 'started' : 'stopped'}`,
    recorder,
    rulebook: rulebookCodec.encode(rulebookIdentity()),
    policy: config.policy,
    backend: config.backend,
    perspectives: config.perspectives.map(({ code, name, rir, latitude, longitude }) => ({
      code,
      name,
      rir,
      latitude,
      longitude,
    })),
    primary: primary?.kind === 'perspective' ? primary.code : (primary?.name ?? null),
    resolvers,
    validation: rootFiles === null ? null : validationFacts(rootFiles, rootSigning, config.controlName),
    caa_domains: config.caaDomains,
    caa_method_labels_ignore_case: config.caaLabelsIgnoreCase,
    allowed_networks: config.allowNetworks.map(formatIpNetwork),
  };
}

/** What an auditor needs in order to repeat a validation (TLS BR 4.2.2.2 [dnssec]). */
function validationFacts(
  { anchors, source }: RootFiles,
  rootSigning: RootSigning,
  controlName: string,
): NonNullable<ConfigurationAuditRecord['validation']> {
  return {
    trust_anchors: anchors.map(formatTrustAnchor),
    trust_anchor_source: source.anchor,
    root_hints_source: source.hints,
    control_name: controlName,
    root_signed_by:
      rootSigning.status === 'signed'
        ? rootSigning.by.map(({ keyTag, ...signature }) => ({ key_tag: keyTag, ...signature }))
        : null,
  };
}
