import * as z from 'zod';
import { type DeploymentFile, deploymentFileSchema } from './deployment-file.ts';

interface Member {
  /** Markdown: what it means, and what a wrong value does. */
  readonly what: string;
  /** What a reader sees where the schema has no default, or one that says little; `none` if left out. */
  readonly defaultText?: string;
}

/** The members of the file of a deployment, in the order of the documentation; `group.member` inside a group. */
const MEMBERS: Readonly<Record<string, Member>> = {
  account: { what: 'twelve digits; the CDK refuses to deploy with credentials of another account' },
  home_region: {
    what: 'where API, tables and decision are. Near your issuance system: it is on the way of every request',
  },
  name: { what: 'begins every name; another one is another deployment beside the first' },
  caa_domains: { what: 'issuer domain names of the CA, for requests that bring none' },
  caa_method_labels_ignore_case: {
    what: 'labels of CAA `validationmethods` compare without case; only when the CP/CPS says so',
  },
  policy: { what: 'or `open-mpic`, see [divergences.md](divergences.md)' },
  perspectives: {
    what: 'list of `{ "region" }`; `code`, `name`, `rir`, `latitude`, `longitude` where they differ from what is known of the region; `host` (`function`, or `worker` for one that [you run](worker.md)); `packaging`; `resolver`',
    defaultText: 'six regions without opt-in in four RIR regions',
  },
  primary: {
    what: 'the code of one of the perspectives, or `{ "name", "latitude", "longitude" }` of the CA\'s own site: a perspective is remote only where it is 500 km from the primary one. See [configuration.md](configuration.md#the-perspective-file)',
    defaultText: 'required under `baseline-requirements`',
  },
  packaging: {
    what: "`image` has unbound and validates DNSSEC. `zip` has not: such a perspective asks `resolver`, or the platform's, and its results say `not validated`",
  },
  default_perspective_count: { what: 'when a request does not say' },
  max_attempts: { what: 'the most a request may ask for' },
  control_name: { what: 'see `MPIC_CONTROL_NAME`' },
  deny_networks: { what: 'list of networks, see `MPIC_DENY_NETWORKS`' },
  unbound_patched: {
    what: "which release of unbound the image may hold although its version is below 1.19.1, see `MPIC_UNBOUND_PATCHED`: Amazon Linux repairs it without a new version. An image with another does not start, and the roll-out stops. A worker's machine declares its own",
  },
  'limits.check_timeout_ms': { what: 'see `MPIC_CHECK_TIMEOUT_MS`' },
  'limits.request_timeout_ms': {
    what: 'see `MPIC_REQUEST_TIMEOUT_MS`; no more than 25000: the gateway waits 29 s',
  },
  'limits.linger_ms': { what: 'see `MPIC_LINGER_MS`' },
  'limits.dns_timeout_ms': { what: 'see `MPIC_DNS_TIMEOUT_MS`' },
  'limits.requests_per_second': { what: 'of the API, and of each key; above it callers get 429' },
  'limits.burst': { what: 'requests at once, of the API and of each key' },
  'limits.requests_per_month': { what: 'a quota for each key' },
  'limits.perspective_concurrency': {
    what: 'environments of one perspective at a time; low: its jobs wait, and it counts as silent',
  },
  'functions.api_memory_mb': {
    what: 'memory of the function `api`, which sets its share of a processor too',
  },
  'functions.decision_memory_mb': { what: 'the same of `decision`' },
  'functions.perspective_memory_mb': { what: 'the same of each perspective' },
  'functions.log_level': {
    what: 'with `warn` the dashboard counts no verdicts, with `error` the alarms for silence and disagreement never trigger',
  },
  'functions.log_targets': { what: '`false`: no log line names the domain or address that is checked' },
  'functions.provisioned_api': { what: 'environments kept ready, and billed by the hour' },
  'functions.provisioned_perspective': { what: 'the same, of each perspective' },
  'functions.provisioned_pollers': { what: 'pollers of each job queue, billed by the hour' },
  'warmers.every_minutes': { what: 'how often environments are touched so that they stay' },
  'warmers.instances': { what: 'environments of each function that are touched; 0 for none' },
  'api.authorisation': { what: 'or `iam`: callers sign their requests' },
  'api.callers': { what: 'one API key for each, by this name in the audit trail' },
  'api.custom_domain': {
    what: '`name`, `certificate_arn` and for mutual TLS `truststore` (`bucket`, `key`). With a domain of your own the other address is switched off',
  },
  'api.web_acl_arn': { what: 'a web ACL in front of the API' },
  encryption: {
    what: 'or `customer-managed`: a key in each region, which costs by the month and by the call',
  },
  'retention.log_days': { what: 'one of the numbers of days that CloudWatch Logs knows' },
  'retention.audit_days': {
    what: '[why](audit.md#retention); fewer than a certificate of today can need is a warning',
  },
  'retention.audit_lock': { what: 'or `compliance` (nobody can shorten it), or `none`' },
  'retention.event_archive_days': { what: 'completion events that can be replayed; 0 for none' },
  'retention.data': { what: 'or `destroy`: whether tables and audit bucket stay when the stack is removed' },
  alarm_email: { what: 'who receives the alarms' },
  alarm_latency_ms: { what: 'p99 of a synchronous answer above which the alarm triggers' },
  runbook_url: {
    what: 'where links of alarms to [runbook.md](runbook.md) lead',
    defaultText: 'none: they name the file',
  },
  'deployment.shift': {
    what: '`canary` (a tenth for five minutes), `linear` (a tenth a minute) or `all-at-once`',
  },
  tags: { what: 'on every resource, besides `mpic:deployment`' },
};

/**
 * A Markdown text with its table of members written anew, between `<!-- deployment -->` and `<!-- deployment end -->`.
 *
 * @throws Error for a member of the schema that is not described, or one that is described and not in the schema.
 */
export function writeDeploymentTable(markdown: string): string {
  return markdown.replace(
    /(<!-- deployment -->\n)[\s\S]*?(<!-- deployment end -->)/g,
    (_, begin: string, end: string) => `${begin}${deploymentTable().join('\n')}\n${end}`,
  );
}

function deploymentTable(): readonly string[] {
  const known = listMembers();
  const described = Object.keys(MEMBERS);
  const odd = [
    ...known.filter((path) => !described.includes(path)),
    ...described.filter((path) => !known.includes(path)),
  ];
  if (odd.length > 0) throw new Error(`not both in the schema and described: ${odd.join(', ')}`);
  const defaults = readDefaults();
  const rows = Object.entries(MEMBERS).map(([path, { what, defaultText = 'none' }]) => {
    const value = defaults.get(path);
    return [`\`${path}\``, value === undefined ? defaultText : value, what];
  });
  return [['member', 'default', 'meaning, and what a wrong value does'], ['---', '---', '---'], ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
}

/** Every member, those of a group one by one. For editors alone there is `$schema`. */
function listMembers(): readonly string[] {
  const { properties = {} } = z.toJSONSchema(deploymentFileSchema, { io: 'input' });
  return Object.entries(properties).flatMap(([name, member]) => {
    if (name === '$schema') return [];
    const isGroup = typeof member === 'object' && member.default !== undefined && member.properties;
    return isGroup ? Object.keys(member.properties ?? {}).map((inner) => `${name}.${inner}`) : [name];
  });
}

/** What the schema fills in, and which members it does not go without. */
function readDefaults(): ReadonlyMap<string, string> {
  const required = deploymentFileSchema.safeParse({}).error?.issues.map(({ path }) => path.join('.')) ?? [];
  const file: DeploymentFile = deploymentFileSchema.parse({
    account: '123456789012',
    home_region: 'eu-west-1',
    caa_domains: ['ca.example'],
  });
  const filled = Object.entries(file).flatMap(([name, value]): (readonly [string, unknown])[] =>
    isGroup(value) ? Object.entries(value).map(([inner, one]) => [`${name}.${inner}`, one]) : [[name, value]],
  );
  return new Map([
    ...filled.flatMap(([path, value]) => {
      const text = textOf(value);
      return text === null ? [] : [[path, text] as const];
    }),
    ...required.map((path) => [path, 'required'] as const),
  ]);
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null for nothing: no value, or an empty list or map. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object') return `\`${value}\``;
  return Object.keys(value).length === 0 ? null : `\`${JSON.stringify(value)}\``;
}
