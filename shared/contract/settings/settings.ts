import * as z from 'zod';
import { POLICIES } from '../../domain/check/check.ts';
import { parseKeyList } from './api-keys.ts';
import { cohortSecretSchema } from './cohort-secret.ts';
import { networkListSetting } from './network-list.ts';

/** One setting: its environment variable is the name, its flag the name in kebab-case without `MPIC_`. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  /** The default as a reader of the documentation would put it. */
  readonly defaultText: string;
  readonly schema: z.ZodType<unknown>;
  /** It has no flag: the command line of a process can be read by every user of its machine. */
  readonly isSecret?: true;
}

/** A delayed SQS message waits 15 minutes at most, and the deadline of an attempt is one. */
const TEN_MINUTES_MS = 600_000;

const milliseconds = (least: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number of milliseconds')
    .transform(Number)
    .pipe(z.int().min(least).max(TEN_MINUTES_MS));
const count = (least: number, most: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.int().min(least).max(most));
const trueOrFalse = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
const text = z.string().min(1, 'must not be empty');
const domainList = z.string().transform((value, context) => {
  const names = value.split(',').map((name) => name.trim().toLowerCase());
  const bad = names.find(
    (name) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name),
  );
  if (bad === undefined) return names;
  context.addIssue(
    `must be a comma list of issuer domain names such as ca.example; ${JSON.stringify(bad)} is none`,
  );
  return z.NEVER;
});

const domainName = z
  .string()
  .transform((value) => value.toLowerCase().replace(/\.$/, ''))
  .refine(
    (value) => /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/.test(value),
    'must be a domain name of at least two labels, such as iana.org',
  );

const apiKeys = z.string().transform((value, context) => {
  const parsed = parseKeyList(value);
  if (parsed.ok) return parsed.keys;
  context.addIssue(parsed.problem);
  return z.NEVER;
});

/** Where a lab's web servers listen: `80:8080,443:8443`, or one of the two. */
const labPorts = z.string().transform((value, context) => {
  const ports: { 80?: number; 443?: number } = {};
  for (const part of value.split(',')) {
    const [, from, to] = /^(80|443):(\d{1,5})$/.exec(part.trim()) ?? [];
    const port = Number(to);
    if ((from === '80' || from === '443') && port >= 1 && port <= 65_535)
      ports[Number(from) as 80 | 443] = port;
    else {
      context.addIssue(`must be 80:<port>, 443:<port> or both; ${JSON.stringify(part)} is neither`);
      return z.NEVER;
    }
  }
  return ports;
});

/** What one process of the service can be asked to run; `perspective:<code>` hosts that perspective. */
const roles = z.string().transform((value, context) => {
  const names = value.split(',').map((role) => role.trim());
  if (names.every((role) => /^(api|decision|perspective:[a-z0-9._-]+)$/.test(role))) return names;
  context.addIssue('must be a comma list of api, decision and perspective:<code>');
  return z.NEVER;
});

/** Every setting there is. Unknown ones stop the start. */
export const SETTINGS = {
  backend: {
    name: 'MPIC_BACKEND',
    meaning:
      'Where requests, results and messages live: in this process, in emulated AWS services, or in AWS.',
    defaultText: 'embedded',
    schema: z.enum(['embedded', 'emulated', 'aws']),
  },
  port: {
    name: 'MPIC_PORT',
    meaning: 'TCP port of the API; 0 picks a free one and prints it.',
    defaultText: '3000',
    schema: count(0, 65535),
  },
  host: {
    name: 'MPIC_HOST',
    meaning:
      'Address the API listens on. Any but a loopback address needs MPIC_API_KEYS or MPIC_API_KEYS_FILE.',
    defaultText: '127.0.0.1',
    schema: text,
  },
  dataDir: {
    name: 'MPIC_DATA_DIR',
    meaning: 'Folder for requests, results, the audit trail and the cohort secret; `:memory:` keeps nothing.',
    defaultText: '$XDG_STATE_HOME/mpic or ~/.local/state/mpic',
    schema: text,
  },
  retentionDays: {
    name: 'MPIC_RETENTION_DAYS',
    meaning:
      'embedded only: days after which a request and its results are deleted; never from the audit trail.',
    defaultText: '90',
    schema: count(2, 36_500),
  },
  minFreeMb: {
    name: 'MPIC_MIN_FREE_MB',
    meaning:
      'embedded only: free space on the disk of the data folder, in MiB, below which no request is taken; 0 does not look.',
    defaultText: '256',
    schema: count(0, 1_000_000),
  },
  apiKeys: {
    name: 'MPIC_API_KEYS',
    meaning:
      'Comma list of name:key; callers send the key as x-api-key. Without it, and without MPIC_API_KEYS_FILE, no key is asked for.',
    defaultText: 'none',
    schema: apiKeys,
    isSecret: true,
  },
  apiKeysFile: {
    name: 'MPIC_API_KEYS_FILE',
    meaning:
      'JSON file with the callers and the SHA-256 of their keys, several for each if need be; read again on SIGHUP. In place of MPIC_API_KEYS.',
    defaultText: 'none',
    schema: text,
  },
  policy: {
    name: 'MPIC_POLICY',
    meaning:
      'Whether requests laxer than the Baseline Requirements are refused, or accepted and reported as such.',
    defaultText: 'baseline-requirements',
    schema: z.enum(POLICIES),
  },
  config: {
    name: 'MPIC_CONFIG',
    meaning: 'JSON file with the perspectives, the primary perspective and default counts.',
    defaultText: 'six built-in perspectives',
    schema: text,
  },
  defaultPerspectiveCount: {
    name: 'MPIC_DEFAULT_PERSPECTIVE_COUNT',
    meaning: 'Remote perspectives asked when a request does not say.',
    defaultText: '6',
    schema: count(2, 64),
  },
  maxAttempts: {
    name: 'MPIC_MAX_ATTEMPTS',
    meaning: 'Most attempts a request may have, whatever it asks for.',
    defaultText: '3',
    schema: count(1, 10),
  },
  caaDomains: {
    name: 'MPIC_CAA_DOMAINS',
    meaning:
      'Comma list of the issuer domain names of the CA, for requests that bring none. Required on aws.',
    defaultText: 'none: only names whose CAA does not restrict pass',
    schema: domainList,
  },
  caaLabelsIgnoreCase: {
    name: 'MPIC_CAA_METHOD_LABELS_IGNORE_CASE',
    meaning:
      'Whether the labels of the CAA parameter validationmethods are compared without case; only for a CA whose CP/CPS says so.',
    defaultText: 'false',
    schema: trueOrFalse,
  },
  cohortSecret: {
    name: 'MPIC_COHORT_SECRET',
    meaning: 'Key of the choice of perspectives; whoever knows it can predict who looks. Required on aws.',
    defaultText: 'random, kept in the data folder',
    schema: cohortSecretSchema,
    isSecret: true,
  },
  resolver: {
    name: 'MPIC_RESOLVER',
    meaning:
      'Which resolver the perspectives of this process ask: `unbound`, of which each runs one and which alone counts as validating DNSSEC; `system`; or address:port of one of your own.',
    defaultText: 'unbound; where that is not installed, system, with a warning (refused on aws)',
    schema: text,
  },
  unboundPatched: {
    name: 'MPIC_UNBOUND_PATCHED',
    meaning:
      'Release of an unbound below 1.19.1 that your distribution has repaired (CVE-2023-50387), as its package manager names it; with a final + also later builds of it.',
    defaultText: 'none: on aws an unbound below 1.19.1 does not start',
    schema: text,
  },
  rootHints: {
    name: 'MPIC_ROOT_HINTS',
    meaning:
      'For labs and closed networks: file with the names and addresses of the root servers that unbound asks. Never on aws.',
    defaultText: "IANA's, shipped with the service",
    schema: text,
  },
  trustAnchor: {
    name: 'MPIC_TRUST_ANCHOR',
    meaning:
      'For labs and closed networks: file with the DS or DNSKEY records of the root key that unbound trusts. Never on aws.',
    defaultText: "IANA's, shipped with the service",
    schema: text,
  },
  controlName: {
    name: 'MPIC_CONTROL_NAME',
    meaning:
      'A name with an address record that resolves as long as a perspective has its network: asked when a failed CAA lookup is to be forgiven, to show that the fault lies outside.',
    defaultText: 'iana.org',
    schema: domainName,
  },
  allowNetworks: {
    name: 'MPIC_ALLOW_NETWORKS',
    meaning:
      'For labs and closed networks: comma list of networks that checks may name and connect to although they are special-purpose; every result says so. Never on aws.',
    defaultText: 'none',
    schema: networkListSetting,
  },
  denyNetworks: {
    name: 'MPIC_DENY_NETWORKS',
    meaning:
      'Comma list of further networks that checks may neither name nor connect to, nor unbound ask, such as those of your own site.',
    defaultText: 'none',
    schema: networkListSetting,
  },
  labPorts: {
    name: 'MPIC_LAB_PORTS',
    meaning:
      'For labs: where web servers inside MPIC_ALLOW_NETWORKS listen in place of ports 80 and 443, as 80:<port>,443:<port>. Never on aws.',
    defaultText: 'none',
    schema: labPorts,
  },
  checkTimeoutMs: {
    name: 'MPIC_CHECK_TIMEOUT_MS',
    meaning: 'Longest time one check of one perspective may take, milliseconds.',
    defaultText: '10000',
    schema: milliseconds(100),
  },
  requestTimeoutMs: {
    name: 'MPIC_REQUEST_TIMEOUT_MS',
    meaning: 'Longest time a synchronous request waits for its answer before it gets a 202, milliseconds.',
    defaultText: '25000',
    schema: milliseconds(100),
  },
  lingerMs: {
    name: 'MPIC_LINGER_MS',
    meaning: 'How long a verdict that can no longer change waits for stragglers, milliseconds.',
    defaultText: '300',
    schema: milliseconds(0),
  },
  dnsTimeoutMs: {
    name: 'MPIC_DNS_TIMEOUT_MS',
    meaning: 'Longest time one DNS query waits for its answer, with all its tries, milliseconds.',
    defaultText: '2500',
    schema: milliseconds(50),
  },
  maxRunning: {
    name: 'MPIC_MAX_RUNNING',
    meaning: 'Requests that may run at the same time in this process; further ones get a 503.',
    defaultText: '1000',
    schema: count(1, 100_000),
  },
  maxRunningPerCaller: {
    name: 'MPIC_MAX_RUNNING_PER_CALLER',
    meaning: 'Requests of one caller that may run at the same time in this process; further ones get a 429.',
    defaultText: 'half of MPIC_MAX_RUNNING with several callers, else all of it',
    schema: count(1, 100_000),
  },
  maxUnpublished: {
    name: 'MPIC_MAX_UNPUBLISHED',
    meaning:
      'Verdicts that may wait for their audit records or events at the same time, where the store knows their number (embedded); further requests get a 503.',
    defaultText: '1000',
    schema: count(1, 1_000_000),
  },
  maxUnpublishedSeconds: {
    name: 'MPIC_MAX_UNPUBLISHED_SECONDS',
    meaning: 'How long a verdict may wait for them before further requests get a 503, seconds.',
    defaultText: '600',
    schema: count(1, 86_400),
  },
  log: {
    name: 'MPIC_LOG',
    meaning: 'How the log on standard error looks: for people, or one JSON object per line.',
    defaultText: 'pretty on a terminal, else json',
    schema: z.enum(['pretty', 'json']),
  },
  logLevel: {
    name: 'MPIC_LOG_LEVEL',
    meaning: 'Least important messages that are logged.',
    defaultText: 'info',
    schema: z.enum(['debug', 'info', 'warn', 'error']),
  },
  roles: {
    name: 'MPIC_ROLES',
    meaning: 'aws only: what this process runs, a comma list of api, decision and perspective:<code>.',
    defaultText: 'api,decision',
    schema: roles,
  },
  requestsTable: {
    name: 'MPIC_REQUESTS_TABLE',
    meaning: 'aws only: name of the DynamoDB table of requests.',
    defaultText: 'mpic-requests',
    schema: text,
  },
  resultsTable: {
    name: 'MPIC_RESULTS_TABLE',
    meaning: 'aws only: name of the DynamoDB table of results.',
    defaultText: 'mpic-results',
    schema: text,
  },
  deadlineQueue: {
    name: 'MPIC_DEADLINE_QUEUE',
    meaning: 'aws only: URL of the queue of deadlines, to which no perspective may send.',
    defaultText: 'none, required on aws',
    schema: z.url('must be the URL of an SQS queue'),
  },
  wakeQueue: {
    name: 'MPIC_WAKE_QUEUE',
    meaning: 'aws only: URL of the queue over which perspectives tell that a result was written.',
    defaultText: 'none, required on aws',
    schema: z.url('must be the URL of an SQS queue'),
  },
  eventBus: {
    name: 'MPIC_EVENT_BUS',
    meaning: 'aws only: name of the EventBridge bus for completion events.',
    defaultText: 'default',
    schema: text,
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;

/** Parsed values of the settings that were given. */
export type GivenSettings = {
  readonly [K in SettingKey]?: z.infer<(typeof SETTINGS)[K]['schema']>;
};

/** The flag of a setting: `MPIC_DATA_DIR` is `--data-dir`. */
export function flagOf(setting: Setting): string {
  return setting.name
    .replace(/^MPIC_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}
