import { readFileSync } from 'node:fs';
import * as z from 'zod';
import {
  type DeploymentFile,
  deploymentFileSchema,
} from '../../shared/contract/deployment/deployment-file.ts';
import { applying, ConfigurationError } from '../../shared/contract/settings/configuration-error.ts';
import {
  findPerspectiveProblems,
  findSharedResolvers,
  findTimeProblems,
} from '../../shared/contract/settings/contradictions.ts';
import {
  describeFileIssues,
  describeUnreadable,
  issueText,
} from '../../shared/contract/settings/issue-text.ts';
import {
  BUILT_IN_PERSPECTIVES,
  hasMember,
  perspectiveFileSchema,
} from '../../shared/contract/settings/perspective-file.ts';
import { VALIDATING_RESOLVER } from '../../shared/contract/settings/resolver-plan.ts';
import type { Perspective } from '../../shared/domain/check/perspective.ts';
import { PRIMARY_REMEDY, type PrimaryPlace } from '../../shared/domain/mpic/configuration.ts';
import { describeRuleChange, findRuleChanges } from '../../shared/domain/mpic/look-ahead.ts';
import { retentionDays } from '../../shared/domain/mpic/retention.ts';
import { cite } from '../../shared/domain/rules/citation.ts';
import { createNames, type Names, queueUrl } from './names.ts';
import { REGIONS } from './regions.ts';

/** A perspective with all that its stack needs. */
export interface DeployedPerspective extends Perspective {
  readonly region: string;
  readonly host: 'function' | 'worker';
  readonly packaging: 'image' | 'zip';
  /** `unbound`, `system` or address:port. */
  readonly resolver: string;
}

/** A deployment that was read, completed from what is known of regions, and found to keep the rules. */
export interface Deployment extends Omit<DeploymentFile, 'perspectives' | 'primary'> {
  readonly names: Names;
  readonly perspectives: readonly DeployedPerspective[];
  readonly primary: PrimaryPlace | null;
  /** For the operator: what is allowed and perhaps not meant. */
  readonly warnings: readonly string[];
  /** Dated rules that begin soon, and what then is wrong with this deployment; one sentence each. */
  readonly ruleChanges: readonly string[];
}

/**
 * Read the file that describes a deployment.
 *
 * @param now for the dated rules.
 * @throws ConfigurationError naming every member that is wrong and what to do; nothing is synthesised then.
 */
export function readDeployment(path: string, now: Date): Deployment {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const remedy = `cp mpic.config.example.json ${path}, and change it (docs/deploy.md#the-deployment-file)`;
    throw new ConfigurationError([describeUnreadable(path, error, remedy)]);
  }
  return parseDeployment(content, now, path);
}

/** As {@link readDeployment}, from what was read. */
export function parseDeployment(content: unknown, now: Date, path = 'the configuration'): Deployment {
  const parsed = deploymentFileSchema.safeParse(content, { error: issueText });
  if (!parsed.success) {
    if (hasMember(content, 'perspectives') && !hasMember(content, 'account'))
      throw new ConfigurationError([
        `${path} is a perspective file, since it has "perspectives" and no "account"; a deployment file begins with "account" and "home_region": docs/deploy.md#the-deployment-file`,
      ]);
    const members = Object.keys(deploymentFileSchema.shape);
    throw new ConfigurationError(describeFileIssues(path, parsed.error.issues, members));
  }
  const file = parsed.data;
  const completed = (file.perspectives ?? defaultPerspectives()).map((entry) =>
    completePerspective(entry, file),
  );
  const problems = completed.flatMap(({ problems }) => problems);
  if (problems.length > 0) throw new ConfigurationError(problems.map((problem) => `${path}: ${problem}`));
  const deployment: Deployment = {
    ...file,
    names: createNames(file.name),
    perspectives: completed.map(({ perspective }) => perspective),
    primary: file.primary ?? null,
    warnings: [],
    ruleChanges: [],
  };
  const wrong = findProblems(deployment, now);
  if (wrong.length > 0) throw new ConfigurationError(wrong.map((problem) => `${path}: ${problem}`));
  return {
    ...deployment,
    warnings: findWarnings(deployment, now),
    ruleChanges: findChanges(deployment, now),
  };
}

type Entry = NonNullable<DeploymentFile['perspectives']>[number];

/** The six of a service without a perspective file; none of their regions has to be enabled first. */
function defaultPerspectives(): readonly Entry[] {
  return BUILT_IN_PERSPECTIVES.perspectives.map(({ code }) => ({ region: code, host: 'function' }));
}

function completePerspective(
  entry: Entry,
  file: DeploymentFile,
): { readonly perspective: DeployedPerspective; readonly problems: readonly string[] } {
  const known = REGIONS.get(entry.region);
  const code = entry.code ?? entry.region;
  const packaging = entry.packaging ?? file.packaging;
  const problems: string[] = [];
  if (known === undefined)
    problems.push(`perspective ${code}: ${entry.region} is no region this version knows`);
  const place = [entry.name, entry.rir, entry.latitude, entry.longitude];
  const isElsewhere = entry.host === 'worker';
  if (isElsewhere && (entry.code === undefined || place.includes(undefined))) {
    problems.push(
      `perspective ${code}: a worker stands wherever you run it, so give it a code, name, rir, latitude and longitude of its own`,
    );
  }
  if (!/^[a-z0-9-]{1,40}$/.test(code))
    problems.push(
      `perspective ${code}: a code has 1 to 40 lower-case letters, digits and hyphens, for queue names are made of it`,
    );
  // Of the names made of it, which may have 64 characters, the longest is that of a tenth warmer.
  if (`${file.name}-warm-perspective-${code}-10`.length > 64)
    problems.push(
      `perspective ${code}: its code and the name of the deployment, ${file.name}, may have 43 characters together, for roles and functions are called by both`,
    );
  if (!isElsewhere && packaging === 'zip' && entry.resolver === VALIDATING_RESOLVER)
    problems.push(`perspective ${code}: a zip has no unbound; use packaging image, or name another resolver`);
  return {
    perspective: {
      code,
      name: entry.name ?? known?.name ?? code,
      rir: entry.rir ?? known?.rir ?? 'ARIN',
      latitude: entry.latitude ?? known?.latitude ?? 0,
      longitude: entry.longitude ?? known?.longitude ?? 0,
      region: entry.region,
      host: entry.host,
      packaging,
      resolver: entry.resolver ?? (packaging === 'zip' && !isElsewhere ? 'system' : VALIDATING_RESOLVER),
    },
    problems,
  };
}

function findProblems(deployment: Deployment, now: Date): readonly string[] {
  const { perspectives, primary, policy, limits, retention, api } = deployment;
  const primaryPerspective =
    primary?.kind === 'perspective' ? perspectives.find(({ code }) => code === primary.code) : undefined;
  const cohortSize = deployment.default_perspective_count;
  return [
    ...applying({
      [`home_region: ${deployment.home_region} is no region this version knows`]: !REGIONS.has(
        deployment.home_region,
      ),
      [`primary: ${PRIMARY_REMEDY}`]: policy === 'baseline-requirements' && primary === null,
      [`primary: ${primaryPerspective?.code} asks ${primaryPerspective?.resolver} and would not validate DNSSEC, which ${cite('dnssec-primary')} demands of it`]:
        policy === 'baseline-requirements' &&
        primaryPerspective !== undefined &&
        primaryPerspective.resolver !== VALIDATING_RESOLVER,
      'retention: a locked audit bucket cannot be destroyed; keep data, or set audit_lock to none (for tests only)':
        retention.data === 'destroy' && retention.audit_lock !== 'none',
      'api.callers: a name stands twice': new Set(api.callers).size !== api.callers.length,
    }),
    ...[api.custom_domain?.certificate_arn, api.web_acl_arn]
      .filter((arn) => arn !== undefined && arn.split(':')[3] !== deployment.home_region)
      .map((arn) => `api: ${arn} is of another region than the API, which is in ${deployment.home_region}`),
    ...findTimeProblems(
      {
        checkTimeoutMs: limits.check_timeout_ms,
        requestTimeoutMs: limits.request_timeout_ms,
        dnsTimeoutMs: limits.dns_timeout_ms,
      },
      (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    ).map((problem) => `limits: ${problem}`),
    ...findSharedResolvers(perspectives),
    ...findPerspectiveProblems({ perspectives, primary, cohortSize, policy }, now),
  ];
}

function findWarnings(deployment: Deployment, now: Date): readonly string[] {
  const needed = retentionDays(now);
  const { perspectives, home_region, retention, alarm_email } = deployment;
  const level = deployment.functions.log_level;
  const optIn = [...new Set([home_region, ...perspectives.map(({ region }) => region)])].filter(
    (code) => REGIONS.get(code)?.optIn,
  );
  const unvalidated = perspectives.filter(({ resolver }) => resolver !== VALIDATING_RESOLVER);
  return applying({
    [`the account has to enable ${optIn.join(', ')} before they can be deployed to`]: optIn.length > 0,
    [`no DNSSEC validation at ${unvalidated.map(({ code }) => code).join(', ')}: their results say "not validated"`]:
      unvalidated.length > 0,
    'alarm_email is not set: alarms go off and nobody is told': alarm_email === undefined,
    'functions.log_level is error: silence and disagreement of perspectives are not logged, and their alarms never go off':
      level === 'error',
    [`functions.log_level is ${level}: the dashboard counts no verdicts, for they are logged as info`]:
      level === 'error' || level === 'warn',
    'retention.audit_lock is none: audit records can be deleted': retention.audit_lock === 'none',
    [`retention.audit_days is ${retention.audit_days}: a certificate of today can need its records for ${needed} days, two years after its end (${cite('records-retention')})`]:
      retention.audit_days < needed,
  });
}

/** Whether this deployment is ready for them or not. */
function findChanges(deployment: Deployment, now: Date): readonly string[] {
  const { perspectives, primary, policy, default_perspective_count: cohortSize } = deployment;
  return findRuleChanges({ perspectives, primary, cohortSize, policy }, now).map(describeRuleChange);
}

/** What the functions of the home region are told of the perspectives, in the form of the service's own file. */
export function toPerspectiveFile(deployment: Deployment): z.input<typeof perspectiveFileSchema> {
  const { account, names, primary, perspectives } = deployment;
  return z.encode(perspectiveFileSchema, {
    perspectives: perspectives.map(({ region, host, packaging, ...place }) => ({
      ...place,
      queue: queueUrl({ account, region }, names.jobQueue(place.code)),
    })),
    ...(primary === null ? {} : { primary }),
    default_perspective_count: deployment.default_perspective_count,
    max_attempts: deployment.max_attempts,
  });
}
