import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toDotPath } from 'zod/v4/core';
import type { CallerKey } from '../../shared/contract/settings/api-keys.ts';
import { ConfigurationError } from '../../shared/contract/settings/configuration-error.ts';
import {
  BUILT_IN_PERSPECTIVES,
  type PerspectiveFile,
  type Primary,
  perspectiveFileSchema,
} from '../../shared/contract/settings/perspective-file.ts';
import { declaredResolver, VALIDATING_RESOLVER } from '../../shared/contract/settings/resolver-plan.ts';
import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import {
  flagOf,
  type GivenSettings,
  SETTINGS,
  type Setting,
} from '../../shared/contract/settings/settings.ts';
import { findConfigurationProblems, PRIMARY_REMEDY } from '../../shared/domain/mpic/configuration.ts';
import { cite } from '../../shared/domain/rules/citation.ts';
import { rulesAt } from '../../shared/domain/rules/rules.ts';
import { readKeyFile } from './key-file.ts';

/**
 * Read flags, environment and the configuration file, in this order of precedence, and check that they fit together.
 *
 * @param now for the dated rules: a set of perspectives that was enough yesterday may not be today.
 * @throws ConfigurationError naming every setting that is wrong and what to do.
 */
export function loadConfig(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  now: Date,
): ServiceConfig {
  const given = parseSettings({ ...readEnvironment(environment), ...readFlags(argv) });
  const file = given.config === undefined ? BUILT_IN_PERSPECTIVES : readPerspectiveFile(given.config);
  const config = assemble(given, file, environment);
  const problems = [...findContradictions(config, given), ...findPerspectiveProblems(config, now)];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return config;
}

function readEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const known = new Set(Object.values(SETTINGS).map((setting: Setting) => setting.name));
  const ours = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[0].startsWith('MPIC_') && entry[1] !== undefined,
  );
  const unknown = ours.filter(([name]) => !known.has(name));
  if (unknown.length > 0) {
    throw new ConfigurationError(
      unknown.map(
        ([name]) => `${name} is not a setting of this service; see docs/configuration.md for those there are`,
      ),
    );
  }
  return Object.fromEntries(ours);
}

function readFlags(argv: readonly string[]): Record<string, string> {
  const settings = Object.values(SETTINGS) as readonly Setting[];
  refuseSecrets(argv, settings);
  const open = settings.filter(({ isSecret }) => !isSecret);
  const options = Object.fromEntries(open.map((setting) => [flagOf(setting), { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    return Object.fromEntries(
      open.flatMap((setting) => {
        const value = values[flagOf(setting)];
        return typeof value === 'string' ? [[setting.name, value]] : [];
      }),
    );
  } catch (error) {
    // The message names the flag; its advice about positional arguments does not apply here.
    const message = error instanceof Error ? (error.message.split('. To ')[0] ?? '') : String(error);
    throw new ConfigurationError([`${message}; --help lists the flags there are`]);
  }
}

/** The message never repeats the value. */
function refuseSecrets(argv: readonly string[], settings: readonly Setting[]): void {
  const given = settings.filter(
    (setting) =>
      setting.isSecret && argv.some((argument) => argument.split('=')[0] === `--${flagOf(setting)}`),
  );
  if (given.length === 0) return;
  throw new ConfigurationError(
    given.map(
      (setting) =>
        `--${flagOf(setting)} is a secret, and every user of this machine can read command lines: set ${setting.name} in the environment`,
    ),
  );
}

function parseSettings(texts: Record<string, string>): GivenSettings {
  const problems: string[] = [];
  const parsed: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS) as [string, Setting][]) {
    const value = texts[setting.name];
    if (value === undefined) continue;
    const result = setting.schema.safeParse(value);
    if (result.success) parsed[key] = result.data;
    else problems.push(`${setting.name}: ${result.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return parsed as GivenSettings;
}

/** @throws ConfigurationError when the file holds no usable keys. */
function readKeys(path: string | undefined): readonly CallerKey[] {
  if (path === undefined) return [];
  const read = readKeyFile(path);
  if (read.ok) return read.keys;
  throw new ConfigurationError([`MPIC_API_KEYS_FILE: ${path} ${read.problem}`]);
}

function readPerspectiveFile(path: string): PerspectiveFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`MPIC_CONFIG: ${path} cannot be read as JSON: ${reason}`]);
  }
  const parsed = perspectiveFileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    parsed.error.issues.map(
      (issue) => `MPIC_CONFIG: ${path}: ${toDotPath(issue.path) || 'the file'}: ${issue.message}`,
    ),
  );
}

function assemble(
  given: GivenSettings,
  file: PerspectiveFile,
  environment: NodeJS.ProcessEnv,
): ServiceConfig {
  const backend = given.backend ?? 'embedded';
  return {
    backend,
    host: given.host ?? '127.0.0.1',
    port: given.port ?? 3000,
    dataDir: given.dataDir === ':memory:' ? null : (given.dataDir ?? defaultDataDir(environment)),
    retentionDays: given.retentionDays ?? 90,
    minFreeMb: given.minFreeMb ?? 256,
    apiKeys: given.apiKeys ?? readKeys(given.apiKeysFile),
    apiKeysFile: given.apiKeysFile ?? null,
    policy: given.policy ?? 'baseline-requirements',
    perspectives: file.perspectives.map((entry) => ({
      code: entry.code,
      name: entry.name,
      rir: entry.rir,
      latitude: entry.latitude,
      longitude: entry.longitude,
      resolver: entry.resolver ?? null,
      queue: entry.queue ?? null,
    })),
    primary: toPrimary(file),
    defaultPerspectiveCount: given.defaultPerspectiveCount ?? file.default_perspective_count ?? 6,
    maxAttempts: given.maxAttempts ?? file.max_attempts ?? 3,
    caaDomains: given.caaDomains ?? [],
    caaLabelsIgnoreCase: given.caaLabelsIgnoreCase ?? false,
    cohortSecret: given.cohortSecret ?? null,
    resolver: given.resolver ?? null,
    unboundPatched: given.unboundPatched ?? null,
    rootHints: given.rootHints ?? null,
    trustAnchor: given.trustAnchor ?? null,
    controlName: given.controlName ?? 'iana.org',
    allowNetworks: given.allowNetworks ?? [],
    denyNetworks: given.denyNetworks ?? [],
    labPorts: given.labPorts ?? {},
    checkTimeoutMs: given.checkTimeoutMs ?? 10_000,
    requestTimeoutMs: given.requestTimeoutMs ?? 25_000,
    lingerMs: given.lingerMs ?? 300,
    dnsTimeoutMs: given.dnsTimeoutMs ?? 2_500,
    maxRunning: given.maxRunning ?? 1_000,
    maxRunningPerCaller: given.maxRunningPerCaller ?? null,
    publication: {
      maxUnpublished: given.maxUnpublished ?? 1_000,
      maxUnpublishedMs: (given.maxUnpublishedSeconds ?? 600) * 1000,
    },
    log: given.log ?? null,
    logLevel: given.logLevel ?? 'info',
    aws: {
      roles: given.roles ?? ['api', 'decision'],
      requestsTable: given.requestsTable ?? 'mpic-requests',
      resultsTable: given.resultsTable ?? 'mpic-results',
      deadlineQueue: given.deadlineQueue ?? null,
      wakeQueue: given.wakeQueue ?? null,
      eventBus: given.eventBus ?? 'default',
    },
  };
}

function defaultDataDir(environment: NodeJS.ProcessEnv): string {
  return join(environment.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'mpic');
}

function toPrimary(file: PerspectiveFile): Primary | null {
  if (file.primary === undefined) return null;
  return typeof file.primary === 'string'
    ? { kind: 'perspective', code: file.primary }
    : { kind: 'site', ...file.primary };
}

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);

/** Settings that are right by themselves and wrong together. */
function findContradictions(config: ServiceConfig, given: GivenSettings): readonly string[] {
  const isAws = config.backend === 'aws';
  const awsPerspectives = config.aws.roles.flatMap((role) =>
    role.startsWith('perspective:') ? [role.slice(12)] : [],
  );
  const checks: readonly (readonly [boolean, string])[] = [
    [
      !LOOPBACK_HOSTS.has(config.host) && config.apiKeys.length === 0,
      `MPIC_HOST is ${config.host}, which others can reach: set MPIC_API_KEYS_FILE or MPIC_API_KEYS so that callers have to show a key`,
    ],
    [
      config.apiKeysFile !== null && given.apiKeys !== undefined,
      'MPIC_API_KEYS and MPIC_API_KEYS_FILE are both set: put all keys into the file',
    ],
    [
      config.checkTimeoutMs > config.requestTimeoutMs,
      'MPIC_CHECK_TIMEOUT_MS is longer than MPIC_REQUEST_TIMEOUT_MS: no synchronous request could be answered',
    ],
    [
      config.dnsTimeoutMs * 2 > config.checkTimeoutMs,
      'MPIC_DNS_TIMEOUT_MS leaves no time for a second query: make it at most half of MPIC_CHECK_TIMEOUT_MS',
    ],
    [
      isAws && config.caaDomains.length === 0,
      'MPIC_CAA_DOMAINS is required on the aws backend: the issuer domain names of the CA',
    ],
    [
      isAws && config.cohortSecret === null,
      'MPIC_COHORT_SECRET is required on the aws backend, the same for every process',
    ],
    [
      isAws && config.aws.deadlineQueue === null,
      'MPIC_DEADLINE_QUEUE is required on the aws backend: the URL of the queue of deadlines',
    ],
    [
      isAws && config.aws.wakeQueue === null,
      'MPIC_WAKE_QUEUE is required on the aws backend: the URL of the queue of wake-ups',
    ],
    [
      isAws && config.aws.wakeQueue !== null && config.aws.wakeQueue === config.aws.deadlineQueue,
      'MPIC_WAKE_QUEUE and MPIC_DEADLINE_QUEUE name one queue: perspectives may send wake-ups and no deadlines, so they need two',
    ],
    [
      isAws && config.perspectives.some((perspective) => perspective.queue === null),
      'MPIC_CONFIG must give each perspective a "queue" (the URL of its job queue) on the aws backend',
    ],
    [
      isAws && config.policy === 'baseline-requirements' && config.primary === null,
      `MPIC_CONFIG: "primary" ${PRIMARY_REMEDY}`,
    ],
    [
      isAws && config.allowNetworks.length > 0,
      `MPIC_ALLOW_NETWORKS is for labs: on the aws backend no check may reach special-purpose addresses (${cite('certificate-names')}); leave it out`,
    ],
    [
      isAws && (config.rootHints !== null || config.trustAnchor !== null),
      `MPIC_ROOT_HINTS and MPIC_TRUST_ANCHOR are for labs: on the aws backend DNSSEC is validated to the IANA root (${cite('dnssec-primary')}); leave them out`,
    ],
    [
      Object.keys(config.labPorts).length > 0 && config.allowNetworks.length === 0,
      'MPIC_LAB_PORTS applies only inside MPIC_ALLOW_NETWORKS, which is not set: set both, or neither',
    ],
    [
      isAws && awsPerspectives.length > 1,
      'MPIC_ROLES names more than one perspective: on the aws backend there is one perspective per process, at the place its coordinates name',
    ],
    ...findDeclaredPrimary(config),
    ...findSharedResolvers(config).map(
      (resolver) =>
        [
          isAws,
          `perspectives share the resolver ${resolver}: ${cite('mpic')} wants resolvers 500 km apart and nothing shared`,
        ] as const,
    ),
    ...awsPerspectives.map(
      (code) =>
        [
          isAws && !config.perspectives.some((perspective) => perspective.code === code),
          `MPIC_ROLES names perspective ${code}, which is not configured`,
        ] as const,
    ),
  ];
  return checks.filter(([isWrong]) => isWrong).map(([, message]) => message);
}

/** A primary perspective that is told not to validate, wherever it runs; what is not declared shows where it does. */
function findDeclaredPrimary(config: ServiceConfig): readonly (readonly [boolean, string])[] {
  const { primary, policy } = config;
  if (primary?.kind !== 'perspective') return [];
  const one = config.perspectives.find(({ code }) => code === primary.code);
  const declared = one === undefined ? null : declaredResolver(one, config);
  return [
    [
      policy === 'baseline-requirements' && declared !== null && declared !== VALIDATING_RESOLVER,
      `the primary perspective ${primary.code} is told to ask ${declared} and would not validate DNSSEC, which ${cite('dnssec-primary')} demands of it: give it the resolver unbound`,
    ],
  ];
}

/** Resolvers that more than one perspective names; one on loopback is each machine's own. */
function findSharedResolvers({ perspectives }: ServiceConfig): readonly string[] {
  const resolvers = perspectives.map(({ resolver }) => resolver).filter((resolver) => resolver !== null);
  const shared = resolvers.filter((resolver, index) => resolvers.indexOf(resolver) !== index);
  return [...new Set(shared)].filter((resolver) => !/^(unbound$|system$|127\.|\[::1\])/.test(resolver));
}

/** TLS BR 3.2.2.9 [mpic]: a set that cannot satisfy the rules must not serve. */
function findPerspectiveProblems(config: ServiceConfig, now: Date): readonly string[] {
  const { perspectives, primary } = config;
  return findConfigurationProblems({
    perspectives,
    primary,
    cohortSize: config.defaultPerspectiveCount,
    rules: rulesAt(now),
    policy: config.policy,
  }).map(({ rule, message }) => `perspectives: ${message} (${rule})`);
}
