import type { DeployedPerspective, Deployment } from './deployment.ts';
import { queueUrl } from './names.ts';

/** What every function of the home region is told. */
export function homeEnvironment(deployment: Deployment, version: string): Readonly<Record<string, string>> {
  const { account, home_region, limits, names, policy, functions } = deployment;
  return {
    MPIC_VERSION: version,
    MPIC_POLICY: policy,
    MPIC_CAA_DOMAINS: deployment.caa_domains.join(','),
    MPIC_CAA_METHOD_LABELS_IGNORE_CASE: String(deployment.caa_method_labels_ignore_case),
    MPIC_REQUESTS_TABLE: names.requestsTable,
    MPIC_RESULTS_TABLE: names.resultsTable,
    MPIC_DEADLINE_QUEUE: queueUrl({ account, region: home_region }, names.deadlineQueue),
    MPIC_WAKE_QUEUE: queueUrl({ account, region: home_region }, names.wakeQueue),
    MPIC_EVENT_BUS: names.eventBus,
    MPIC_COHORT_SECRET_ID: names.cohortSecret,
    MPIC_CONTROL_NAME: deployment.control_name,
    MPIC_CHECK_TIMEOUT_MS: String(limits.check_timeout_ms),
    MPIC_REQUEST_TIMEOUT_MS: String(limits.request_timeout_ms),
    MPIC_DNS_TIMEOUT_MS: String(limits.dns_timeout_ms),
    MPIC_LINGER_MS: String(limits.linger_ms),
    MPIC_LOG_LEVEL: functions.log_level,
  };
}

/** What a perspective is told, whoever hosts it. */
export function perspectiveEnvironment(
  deployment: Deployment,
  { code, resolver, host, packaging }: DeployedPerspective,
  version: string,
): Readonly<Record<string, string>> {
  const { account, home_region, limits, names, functions } = deployment;
  return {
    MPIC_PERSPECTIVE: code,
    MPIC_HOME_REGION: home_region,
    MPIC_RESULTS_TABLE: names.resultsTable,
    MPIC_WAKE_QUEUE: queueUrl({ account, region: home_region }, names.wakeQueue),
    MPIC_RESOLVER: resolver,
    MPIC_CONTROL_NAME: deployment.control_name,
    // About the image alone: of a worker's machine only its operator can say which release is repaired.
    ...(host === 'function' && packaging === 'image'
      ? { MPIC_UNBOUND_PATCHED: deployment.unbound_patched }
      : {}),
    ...(deployment.deny_networks.length === 0
      ? {}
      : { MPIC_DENY_NETWORKS: deployment.deny_networks.join(',') }),
    MPIC_CHECK_TIMEOUT_MS: String(limits.check_timeout_ms),
    MPIC_DNS_TIMEOUT_MS: String(limits.dns_timeout_ms),
    MPIC_LOG_LEVEL: functions.log_level,
    MPIC_VERSION: version,
  };
}
