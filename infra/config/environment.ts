import { writeSettings } from '../../shared/contract/settings/read-settings.ts';
import type { DeployedPerspective, Deployment } from './deployment.ts';
import { queueUrl } from './names.ts';

type Environment = Readonly<Record<string, string>>;

/** What every function of the home region is told. */
export function homeEnvironment(deployment: Deployment, version: string): Environment {
  const { account, home_region: region, limits, names, policy } = deployment;
  return writeSettings('home', {
    version,
    policy,
    caaDomains: deployment.caa_domains,
    caaLabelsIgnoreCase: deployment.caa_method_labels_ignore_case,
    requestsTable: names.requestsTable,
    resultsTable: names.resultsTable,
    deadlineQueue: queueUrl({ account, region }, names.deadlineQueue),
    wakeQueue: queueUrl({ account, region }, names.wakeQueue),
    eventBus: names.eventBus,
    cohortSecretId: names.cohortSecret,
    controlName: deployment.control_name,
    checkTimeoutMs: limits.check_timeout_ms,
    requestTimeoutMs: limits.request_timeout_ms,
    dnsTimeoutMs: limits.dns_timeout_ms,
    lingerMs: limits.linger_ms,
    logLevel: deployment.functions.log_level,
    logTargets: deployment.functions.log_targets,
  });
}

/** What a perspective is told, whoever hosts it. */
export function perspectiveEnvironment(
  deployment: Deployment,
  { code, resolver, host, packaging }: DeployedPerspective,
  version: string,
): Environment {
  const { account, home_region: homeRegion, limits, names } = deployment;
  return writeSettings('perspective', {
    perspective: code,
    homeRegion,
    resultsTable: names.resultsTable,
    wakeQueue: queueUrl({ account, region: homeRegion }, names.wakeQueue),
    resolver,
    controlName: deployment.control_name,
    // About the image alone: of a worker's machine only its operator can say which release is repaired.
    unboundPatched: host === 'function' && packaging === 'image' ? deployment.unbound_patched : null,
    denyNetworks: deployment.deny_networks,
    checkTimeoutMs: limits.check_timeout_ms,
    dnsTimeoutMs: limits.dns_timeout_ms,
    logLevel: deployment.functions.log_level,
    version,
  });
}
