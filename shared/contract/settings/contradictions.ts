import {
  findConfigurationProblems,
  type PerspectiveConfiguration,
  PRIMARY_REMEDY,
} from '../../domain/mpic/configuration.ts';
import { cite } from '../../domain/rules/citation.ts';
import { rulesAt } from '../../domain/rules/rules.ts';
import { applying } from './configuration-error.ts';
import { declaredResolver, VALIDATING_RESOLVER } from './resolver-plan.ts';
import type { ServiceConfig } from './service-config.ts';
import { SETTINGS } from './settings.ts';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);

/** Settings that are right by themselves and wrong together. */
export function findContradictions(config: ServiceConfig, now: Date): readonly string[] {
  const isAws = config.backend === 'aws';
  const awsPerspectives = config.roles.flatMap((role) =>
    role.startsWith('perspective:') ? [role.slice(12)] : [],
  );
  return [
    ...applying({
      [`MPIC_HOST is ${config.host}, which others can reach: set MPIC_API_KEYS_FILE or MPIC_API_KEYS so that callers have to show a key`]:
        !LOOPBACK_HOSTS.has(config.host) && config.apiKeys.length === 0,
      'MPIC_CAA_DOMAINS is required on the aws backend: the issuer domain names of the CA':
        isAws && config.caaDomains.length === 0,
      'MPIC_COHORT_SECRET is required on the aws backend, the same for every process':
        isAws && config.cohortSecret === null,
      'MPIC_DEADLINE_QUEUE is required on the aws backend: the URL of the queue of deadlines':
        isAws && config.deadlineQueue === null,
      'MPIC_WAKE_QUEUE is required on the aws backend: the URL of the queue of wake-ups':
        isAws && config.wakeQueue === null,
      'MPIC_WAKE_QUEUE and MPIC_DEADLINE_QUEUE name one queue: perspectives may send wake-ups and no deadlines, so they need two':
        isAws && config.wakeQueue !== null && config.wakeQueue === config.deadlineQueue,
      'MPIC_CONFIG must give each perspective a "queue" (the URL of its job queue) on the aws backend':
        isAws && config.perspectives.some((perspective) => perspective.queue === null),
      [`MPIC_CONFIG: "primary" ${PRIMARY_REMEDY}`]:
        isAws && config.policy === 'baseline-requirements' && config.primary === null,
      [`MPIC_ALLOW_NETWORKS is for labs: on the aws backend no check may reach special-purpose addresses (${cite('certificate-names')}); leave it out`]:
        isAws && config.allowNetworks.length > 0,
      [`MPIC_ROOT_HINTS and MPIC_TRUST_ANCHOR are for labs: on the aws backend DNSSEC is validated to the IANA root (${cite('dnssec-primary')}); leave them out`]:
        isAws && (config.rootHints !== null || config.trustAnchor !== null),
      'MPIC_LAB_PORTS applies only inside MPIC_ALLOW_NETWORKS, which is not set: set both, or neither':
        Object.keys(config.labPorts).length > 0 && config.allowNetworks.length === 0,
      'MPIC_ROLES names more than one perspective: on the aws backend there is one perspective per process, at the place its coordinates name':
        isAws && awsPerspectives.length > 1,
    }),
    ...findDeclaredPrimary(config),
    ...awsPerspectives
      .filter((code) => isAws && !config.perspectives.some((perspective) => perspective.code === code))
      .map((code) => `MPIC_ROLES names perspective ${code}, which is not configured`),
    ...findTimeProblems(config, (key) => SETTINGS[key].name),
    ...(isAws ? findSharedResolvers(config.perspectives) : []),
    ...findPerspectiveProblems({ ...config, cohortSize: config.defaultPerspectiveCount }, now),
  ];
}

/** A primary perspective that is told not to validate, wherever it runs; what is not declared shows where it does. */
function findDeclaredPrimary(config: ServiceConfig): readonly string[] {
  const { primary, policy } = config;
  if (primary?.kind !== 'perspective') return [];
  const one = config.perspectives.find(({ code }) => code === primary.code);
  const declared = one === undefined ? null : declaredResolver(one, config);
  return applying({
    [`the primary perspective ${primary.code} is told to ask ${declared} and would not validate DNSSEC, which ${cite('dnssec-primary')} demands of it: give it the resolver unbound`]:
      policy === 'baseline-requirements' && declared !== null && declared !== VALIDATING_RESOLVER,
  });
}

type Times = Pick<ServiceConfig, 'checkTimeoutMs' | 'requestTimeoutMs' | 'dnsTimeoutMs'>;

/** @param nameOf what the operator calls the setting. */
export function findTimeProblems(
  { checkTimeoutMs, requestTimeoutMs, dnsTimeoutMs }: Times,
  nameOf: (key: keyof Times) => string,
): readonly string[] {
  const [check, request, dns] = [
    nameOf('checkTimeoutMs'),
    nameOf('requestTimeoutMs'),
    nameOf('dnsTimeoutMs'),
  ];
  return applying({
    [`${check} is longer than ${request}: no synchronous request could be answered`]:
      checkTimeoutMs > requestTimeoutMs,
    [`${dns} leaves no time for a second query: make it at most half of ${check}`]:
      dnsTimeoutMs * 2 > checkTimeoutMs,
  });
}

/** Resolvers that more than one perspective names; one on loopback is each machine's own. */
export function findSharedResolvers(
  perspectives: readonly { readonly resolver: string | null }[],
): readonly string[] {
  const resolvers = perspectives.map(({ resolver }) => resolver).filter((resolver) => resolver !== null);
  const shared = resolvers.filter((resolver, index) => resolvers.indexOf(resolver) !== index);
  return [...new Set(shared)]
    .filter((resolver) => !/^(unbound$|system$|127\.|\[::1\])/.test(resolver))
    .map(
      (resolver) =>
        `perspectives share the resolver ${resolver}: ${cite('mpic')} wants resolvers 500 km apart and nothing shared`,
    );
}

/** TLS BR 3.2.2.9 [mpic]: a set that cannot satisfy the rules of the day must not serve. */
export function findPerspectiveProblems(
  { perspectives, primary, cohortSize, policy }: Required<Omit<PerspectiveConfiguration, 'rules'>>,
  now: Date,
): readonly string[] {
  return findConfigurationProblems({ perspectives, primary, cohortSize, policy, rules: rulesAt(now) }).map(
    ({ rule, message }) => `perspectives: ${message} (${rule})`,
  );
}
