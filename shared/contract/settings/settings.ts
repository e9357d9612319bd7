import type * as z from 'zod';
import { POLICIES } from '../../domain/check/check.ts';
import type { IpNetwork } from '../../domain/net/ip-network.ts';
import { cite } from '../../domain/rules/citation.ts';
import { cohortSecretSchema } from './cohort-secret.ts';
import * as are from './setting-values.ts';

/**
 * Who reads settings: `local`, the service in one process; `home`, the functions of the home region; `perspective`, the
 * function of a perspective; `worker`, a perspective as a process of its own; `hook`, the function that a roll-out asks before
 * it moves traffic; `command`, the operator's commands and the CDK app.
 */
export const READERS = ['local', 'home', 'perspective', 'worker', 'hook', 'command'] as const;
export type Reader = (typeof READERS)[number];

/** In the place of a default: the process does not start without the setting. */
export const REQUIRED = Symbol('required');

export interface Setting {
  /** Its environment variable. The flag of `local` is the same in kebab-case without `MPIC_`. */
  readonly name: string;
  /** From text; says unit and bounds. */
  readonly schema: z.ZodType<unknown, string>;
  /** Who reads it, and the default there; null where there is none. */
  readonly defaults: { readonly [R in Reader]?: unknown };
  /** What a reader of the documentation sees where the default is null or empty; `none` if left out. */
  readonly defaultText?: string;
  /** Markdown, as in docs/configuration.md. */
  readonly what: string;
  /** What goes wrong when it is wrong: too low, too high, or of another thing. */
  readonly risk: string;
  /** It has no flag: the command line of a process can be read by every user of its machine. */
  readonly isSecret?: true;
  /** Narrower bounds for the functions of the home region, and why. */
  readonly home?: { readonly schema: z.ZodType<unknown, string>; readonly reason: string };
}

const local = <const T>(value: T) => ({ local: value });
const forPerspectives = <const T>(value: T) => ({ perspective: value, worker: value });
const atHome = <const T>(value: T) => ({ local: value, home: value });
const everywhere = <const T>(value: T) => ({ ...atHome(value), ...forPerspectives(value) });

const per = <const T extends Setting['defaults']>(defaults: T) => defaults;

const NO_NETWORKS: readonly IpNetwork[] = [];
const NO_CALLERS: ReadonlyMap<string, string> = new Map();

function setting<
  const S extends Setting['schema'],
  const D extends Setting['defaults'],
  const T extends Omit<Setting, 'name' | 'schema' | 'defaults'>,
>(name: string, schema: S, defaults: D, texts: T) {
  return { name, schema, defaults, ...texts };
}

/** Every setting there is; an unknown one stops the start. Keys are the names in the code. */
export const SETTINGS = {
  backend: setting('MPIC_BACKEND', are.choice('embedded', 'emulated', 'aws'), local('embedded'), {
    what: '`embedded`: everything in this process; `emulated`: the AWS adapters against emulators on this machine (development packages); `aws`: AWS',
    risk: `with the first two all perspectives share one machine: not corroboration in the sense of ${cite('mpic')}`,
  }),
  port: setting('MPIC_PORT', are.count(0, 65_535), local(3000), {
    what: 'TCP port of the API; 0 picks a free one, which the first line of output names',
    risk: 'taken by another process: exit status 1',
  }),
  host: setting('MPIC_HOST', are.text, local('127.0.0.1'), {
    what: 'address the API listens on, plain HTTP',
    risk: 'any but `127.0.0.1`, `::1`, `localhost` without `MPIC_API_KEYS` or `MPIC_API_KEYS_FILE` stops the start. Keys travel in the clear: put TLS in front',
  }),
  dataDir: setting('MPIC_DATA_DIR', are.text, local(null), {
    what: 'folder for requests, results, audit trail and cohort secret; made with mode 0700, files with 0600; what is open to others at the start is closed',
    risk: '`:memory:` keeps **nothing**, the audit trail included. One process per folder: a second one does not start',
    defaultText: '$XDG_STATE_HOME/mpic or ~/.local/state/mpic',
  }),
  retentionDays: setting('MPIC_RETENTION_DAYS', are.count(2, 36_500, 'days'), local(90), {
    what: '`embedded` only: days after which a request and its results are deleted, in small steps. The audit trail is never deleted. See [data.md](data.md#the-embedded-store)',
    risk: 'short: `GET /mpic/<id>` says 404 sooner. Long: the data folder grows, by about 10 KB a request',
  }),
  minFreeMb: setting('MPIC_MIN_FREE_MB', are.count(0, 1_000_000, 'MiB'), local(256), {
    what: '`embedded` only: free space on the disk of the data folder below which `POST /mpic` gets 503 `storage-full` and `GET /readyz` is red, until a quarter more is free; 0 does not look',
    risk: 'low: the disk may fill, which stops the store (`store-failed`) and with it every request that runs',
  }),
  apiKeys: setting('MPIC_API_KEYS', are.apiKeys, local(null), {
    what: 'comma list of `name:key`, a name for each of its keys; names of 1 to 64 letters, digits, `.`, `_`, `-`, keys of 16 to 256 characters without space or comma. **Environment only**: every user of the machine can read a command line',
    risk: 'without it and `MPIC_API_KEYS_FILE` every process that reaches the port may call. One key of two names, or both settings at once, stops the start',
    isSecret: true,
  }),
  apiKeysFile: setting('MPIC_API_KEYS_FILE', are.text, local(null), {
    what: 'path of a JSON file with the [callers and the hashes of their keys](#api-keys); read again on SIGHUP',
    risk: 'unreadable at the start: stops it. Unreadable on SIGHUP: `api_keys_not_reloaded` in the log, and the keys before stay in force',
  }),
  policy: setting('MPIC_POLICY', are.choice(...POLICIES), atHome('baseline-requirements'), {
    what: '`open-mpic`: requests laxer than the BR are accepted, and reported as such',
    risk: 'a client that reads `is_valid` alone can issue against the BR under `open-mpic`: it has to read `baseline_requirements.satisfied`',
  }),
  config: setting('MPIC_CONFIG', are.text, local(null), {
    what: 'path of the [perspective file](#the-perspective-file)',
    risk: `unreadable, unknown members, or a set of perspectives that cannot satisfy ${cite('mpic')}: stops the start`,
    defaultText: 'six built-in perspectives',
  }),
  defaultPerspectiveCount: setting('MPIC_DEFAULT_PERSPECTIVE_COUNT', are.count(2, 64), atHome(6), {
    what: 'remote perspectives asked when a request does not say',
    risk: 'below the minimum of the day, or more than configured: stops the start. A minimum that rises while the service runs refuses requests with 400',
  }),
  maxAttempts: setting('MPIC_MAX_ATTEMPTS', are.count(1, 10), atHome(3), {
    what: 'most attempts of a request, whatever it asks for',
    risk: 'a high number lets an attacker try more cohorts, and moves the [rules date](decisions/0005-rules-of-the-latest-possible-day.md) later',
  }),
  caaDomains: setting(
    'MPIC_CAA_DOMAINS',
    are.issuerNames,
    per({ local: [] as readonly string[], home: REQUIRED }),
    {
      what: "the CA's issuer domain names, for requests that bring none; required on `aws`",
      risk: 'a name missing here: names that permit this CA are refused. A name too many: names that permit another CA pass',
      defaultText: 'none: only names whose CAA does not restrict pass',
    },
  ),
  caaLabelsIgnoreCase: setting('MPIC_CAA_METHOD_LABELS_IGNORE_CASE', are.trueOrFalse, atHome(false), {
    what: `\`true\`: labels of the CAA parameter \`validationmethods\` compare without case (${cite('caa-parameters')})`,
    risk: '`true` in a CA whose CP/CPS does not say so: a label is accepted that the CA may not accept',
  }),
  cohortSecret: setting('MPIC_COHORT_SECRET', cohortSecretSchema, local(null), {
    what: 'key of the choice of perspectives, 16 to 256 characters, or `{"secrets":[{"from","secret"}]}` with the moments from which each holds, **environment only**; required on `aws`, the same for every process',
    risk: 'known to an attacker: the cohort of a target can be predicted. Changed: every target may get other cohorts',
    defaultText: 'random, kept in the data folder',
    isSecret: true,
  }),
  resolver: setting('MPIC_RESOLVER', are.text, per({ local: null, ...forPerspectives('unbound') }), {
    what: 'resolver that the perspectives of this process ask: `unbound`, one daemon for each; `system`; or `address`, `address:port`, `[v6]:port`. See [dnssec.md](dnssec.md)',
    risk: 'any but `unbound` declares that these perspectives do not validate DNSSEC: every result says `not validated`. A primary perspective with one stops the start under `baseline-requirements`',
    defaultText: 'unbound; where that is not installed, system, with a warning (refused on aws)',
  }),
  unboundPatched: setting(
    'MPIC_UNBOUND_PATCHED',
    are.text.max(128),
    per({ local: null, ...forPerspectives(null) }),
    {
      what: 'an unbound below 1.19.1 that your distribution has repaired (CVE-2023-50387, KeyTrap), as its package manager names it: `1.17.1-2+deb12u4`; with a final `+` later builds too: `1.17.1-1.amzn2023.0.13+`. Without a package: the version',
      risk: 'on `aws` another release than the one installed stops the start; elsewhere it is a warning',
      defaultText: 'none: on aws an unbound below 1.19.1 does not start',
    },
  ),
  rootHints: setting('MPIC_ROOT_HINTS', are.text, local(null), {
    what: 'for labs and closed networks: file with the root servers that unbound asks',
    risk: 'on `aws` it stops the start. Wrong addresses: every lookup fails',
    defaultText: "IANA's, shipped with the service",
  }),
  trustAnchor: setting('MPIC_TRUST_ANCHOR', are.text, local(null), {
    what: 'for labs and closed networks: file with DS or DNSKEY records of the root key and their dates ([form](dnssec.md#the-trust-anchor))',
    risk: "on `aws` it stops the start. A key that is not the root's: every signed answer is bogus. A key of another algorithm than the root may have, a DNSKEY that is not the one its DS digests, or no key within its dates: stops the start",
    defaultText: "IANA's, shipped with the service",
  }),
  controlName: setting('MPIC_CONTROL_NAME', are.hostName, everywhere('iana.org'), {
    what: 'name with an address record that resolves as long as a perspective has its network; asked only when a failed CAA lookup is to be forgiven',
    risk: 'if it does not resolve, or shares its last two labels with the target, no failure is forgiven',
  }),
  allowNetworks: setting('MPIC_ALLOW_NETWORKS', are.networks, local(NO_NETWORKS), {
    what: `for labs and closed networks: networks that targets may lie in and checks may connect to although they are special-purpose (${cite('certificate-names')})`,
    risk: 'callers can have anything in them asked over HTTP and TLS. Every result, audit record and answer made with it says so; on `aws` it stops the start',
  }),
  denyNetworks: setting(
    'MPIC_DENY_NETWORKS',
    are.networks,
    per({ local: NO_NETWORKS, ...forPerspectives(NO_NETWORKS) }),
    {
      what: "networks that no check may connect to and no unbound may ask, besides the special-purpose ones and the addresses of this machine's own interfaces; wins over `MPIC_ALLOW_NETWORKS`",
      risk: 'public addresses of your own site that lead past its firewall belong here: the service cannot know them',
    },
  ),
  labPorts: setting('MPIC_LAB_PORTS', are.labPorts, local({}), {
    what: 'for labs: where web servers inside `MPIC_ALLOW_NETWORKS` listen, so that they need no privileged port. Addresses outside are asked at 80 and 443 as ever',
    risk: 'without `MPIC_ALLOW_NETWORKS` it stops the start',
  }),
  checkTimeoutMs: setting('MPIC_CHECK_TIMEOUT_MS', are.milliseconds(100, 60_000), everywhere(10_000), {
    what: 'longest time of one check of one perspective',
    risk: 'too short: slow name servers count as non-corroborations. Longer than `MPIC_REQUEST_TIMEOUT_MS`: stops the start',
    home: {
      schema: are.milliseconds(100, 20_000),
      reason: 'check, queues and verdict have to fit into a request of 25 seconds',
    },
  }),
  // Ten minutes: an attempt has to stay below the 15 minutes for which SQS holds its deadline back at most.
  requestTimeoutMs: setting('MPIC_REQUEST_TIMEOUT_MS', are.milliseconds(100, 600_000), atHome(25_000), {
    what: 'longest wait of a synchronous request before it gets a 202; also the upper bound of one attempt',
    risk: 'longer than the client or a proxy in front waits: the client gets nothing',
    home: {
      schema: are.milliseconds(100, 25_000),
      reason: 'API Gateway waits 29 seconds for a function',
    },
  }),
  lingerMs: setting('MPIC_LINGER_MS', are.milliseconds(0, 10_000), atHome(300), {
    what: 'how long a settled verdict waits for stragglers',
    risk: '0: answers are faster, and more perspectives appear as silent. Long: one slow perspective delays every answer',
    home: {
      schema: are.milliseconds(0, 5_000),
      reason: 'it is part of a request of 25 seconds',
    },
  }),
  dnsTimeoutMs: setting('MPIC_DNS_TIMEOUT_MS', are.milliseconds(50, 10_000), everywhere(2_500), {
    what: 'one DNS query with all its tries; a lost datagram is sent again after 50 to 300 ms, then at growing intervals ([decision 0016](decisions/0016-lost-datagrams.md))',
    risk: 'more than half of `MPIC_CHECK_TIMEOUT_MS` stops the start: there would be no second query. Below about 500 a lost datagram may not be sent again in time',
  }),
  maxRunning: setting('MPIC_MAX_RUNNING', are.count(1, 100_000), local(1000), {
    what: 'requests that may run at once in this process',
    risk: 'low: callers get 503 `overloaded`. High: memory, sockets and resolver are the limit. On `emulated` and `aws` only synchronous requests count. With six perspectives it needs about `448 + 7 x MPIC_MAX_RUNNING` open files (`ulimit -n`); a lower limit stops the start',
  }),
  maxRunningPerCaller: setting('MPIC_MAX_RUNNING_PER_CALLER', are.count(1, 100_000), local(null), {
    what: 'requests of one caller, by the name of its keys, that may run at once in this process',
    risk: 'low: a busy caller gets 429 `too-many-requests`. As high as `MPIC_MAX_RUNNING`: one caller can take all places. A deployed service has the usage plan of each key instead',
    defaultText: 'half of MPIC_MAX_RUNNING with several callers, else all of it',
  }),
  maxUnpublished: setting('MPIC_MAX_UNPUBLISHED', are.count(1, 1_000_000), local(1000), {
    what: 'verdicts that may wait for their audit records or events before further requests get 503 `evidence-behind` and `GET /readyz` is red. `embedded` only: elsewhere their number is not known',
    risk: 'low: a short outage of the audit trail or the bus stops the service. High: more verdicts are given whose evidence is not yet written',
  }),
  maxUnpublishedSeconds: setting(
    'MPIC_MAX_UNPUBLISHED_SECONDS',
    are.count(1, 86_400, 'seconds'),
    atHome(600),
    {
      what: 'how long one may wait before the same happens. On `emulated` and `aws` one request at a time is watched, for all processes, until it is published',
      risk: 'the same',
    },
  ),
  log: setting('MPIC_LOG', are.choice('pretty', 'json'), local(null), {
    what: 'form of the log on standard error: for people, or one JSON object per line',
    risk: '`pretty` in production: nothing that collects logs can read it',
    defaultText: 'pretty on a terminal, else json',
  }),
  logLevel: setting('MPIC_LOG_LEVEL', are.choice('debug', 'info', 'warn', 'error'), everywhere('info'), {
    what: 'least important messages that are logged',
    risk: '`warn` and `error` lose what dashboards and alarms count. Audit records are written whatever it says',
  }),
  logTargets: setting('MPIC_LOG_TARGETS', are.trueOrFalse, atHome(true), {
    what: '`false`: no log line names the domain or address that is checked, for logs that go to people who may not see it',
    risk: '`false`: requests are found by id, caller and trace identifier only. The audit trail names the target in any case',
  }),
  roles: setting('MPIC_ROLES', are.roles, local(['api', 'decision'] as readonly string[]), {
    what: '`aws` only: what this process runs',
    risk: 'without a `decision` process nothing ends asynchronous requests. More than one perspective in a process stops the start',
  }),
  sharedHost: setting('MPIC_SHARED_HOST', are.trueOrFalse, local(false), {
    what: '`aws` only: `true` where one machine runs all perspectives: every answer and record says `shared-host`, and no verdict is evidence',
    risk: '`false` where they do: answers claim a corroboration that is none',
  }),
  requestsTable: setting('MPIC_REQUESTS_TABLE', are.text, atHome('mpic-requests'), {
    what: '`aws` only: name of the DynamoDB table of requests',
    risk: 'a wrong name: 503 to every request',
  }),
  resultsTable: setting(
    'MPIC_RESULTS_TABLE',
    are.text,
    per({ ...atHome('mpic-results'), ...forPerspectives(REQUIRED) }),
    {
      what: '`aws` only: name of the DynamoDB table of results',
      risk: 'a wrong name: perspectives cannot store, every request ends without them',
    },
  ),
  deadlineQueue: setting('MPIC_DEADLINE_QUEUE', are.queueUrl, per({ local: null, home: REQUIRED }), {
    what: '`aws` only: URL of the queue of deadlines; in the home region unless it names another',
    risk: 'the same as `MPIC_WAKE_QUEUE`: stops the start',
    defaultText: 'none, required on aws',
  }),
  wakeQueue: setting(
    'MPIC_WAKE_QUEUE',
    are.queueUrl,
    per({ local: null, home: REQUIRED, ...forPerspectives(REQUIRED) }),
    {
      what: '`aws` only: URL of the queue of wake-ups; in the home region unless it names another',
      risk: 'another queue: synchronous requests are answered late or with a 202',
      defaultText: 'none, required on aws',
    },
  ),
  eventBus: setting('MPIC_EVENT_BUS', are.text, atHome('default'), {
    what: '`aws` only: name of the EventBridge bus',
    risk: 'a wrong name: requests are answered, and stay unpublished until it is mended',
  }),
  cohortSecretId: setting('MPIC_COHORT_SECRET_ID', are.text, per({ home: REQUIRED }), {
    what: 'name or ARN of the secret in Secrets Manager that holds the cohort secret; read once by each environment',
    risk: 'another secret than before: every target may get other cohorts',
  }),
  callers: setting('MPIC_CALLERS', are.callerNames, per({ home: NO_CALLERS }), {
    what: '`api`: names of callers by the id of their API key',
    risk: 'a key that is not in it: its caller is known by the id',
  }),
  auditBucket: setting('MPIC_AUDIT_BUCKET', are.text.min(3), per({ home: null }), {
    what: '`decision`: bucket for audit records',
    risk: 'a bucket that it cannot write to: verdicts stay unpublished',
    defaultText: 'none: audit records go to standard output',
  }),
  perspective: setting('MPIC_PERSPECTIVE', are.text, forPerspectives(REQUIRED), {
    what: 'code of this perspective',
    risk: 'that of another: its jobs are refused, and it counts as silent',
  }),
  homeRegion: setting('MPIC_HOME_REGION', are.text, forPerspectives(REQUIRED), {
    what: 'where tables and queue of wake-ups are',
    risk: 'another region: no result can be stored',
  }),
  jobQueue: setting('MPIC_JOB_QUEUE', are.queueUrl, per({ worker: REQUIRED }), {
    what: 'the URL of the job queue of this perspective',
    risk: 'that of another perspective: its jobs are refused',
  }),
  queueRegion: setting('MPIC_QUEUE_REGION', are.awsRegion, per({ worker: null }), {
    what: 'region of `MPIC_JOB_QUEUE`, for a queue whose URL does not name it, such as one behind a proxy',
    risk: 'a wrong one: its requests are signed for another region and refused. Where the URL names a region, that one is used',
    defaultText: 'the region in the URL',
  }),
  version: setting('MPIC_VERSION', are.text, per({ home: REQUIRED, perspective: REQUIRED }), {
    what: 'version for the evidence; set by the deployment',
    risk: 'a wrong one: evidence names a release that did not decide',
  }),
  newVersion: setting('MPIC_NEW_VERSION', are.text, per({ hook: REQUIRED }), {
    what: 'ARN of the version that gets traffic if its self-check goes well; set by the deployment',
    risk: 'another version: that is the one whose work is looked at, and the new one gets traffic unseen',
  }),
  deployment: setting('MPIC_DEPLOYMENT', are.text, per({ command: 'mpic.config.json' }), {
    what: 'path of the [deployment file](deploy.md#the-deployment-file), for all commands that know one and for the CDK; `--config` of a command wins',
    risk: 'that of another deployment: it is the one that is changed, or destroyed after a question',
  }),
  verifyKey: setting('MPIC_VERIFY_KEY', are.text, per({ command: null }), {
    what: '`npm run verify`: API key of a caller. **Environment only**: a command line can be read by every user of the machine',
    risk: 'not known to the service: every check of a verdict fails. Left out: the checks that a key is needed are skipped',
    defaultText: 'none: the service is taken to need none',
    isSecret: true,
  }),
  key: setting('MPIC_KEY', are.text, per({ command: null }), {
    what: '`mpic check`, `contacts`, `get` and `perspectives` with `--url`: API key; `--key-file` wins. **Environment only**',
    risk: 'not known to the service: it refuses the request. Left out where a service requires keys: likewise',
    defaultText: 'none: the service is taken to need none',
    isSecret: true,
  }),
  region: setting('AWS_REGION', are.text, per({ home: REQUIRED }), {
    what: 'home region; set by the platform',
    risk: 'set by hand: tables and queues are looked for elsewhere',
  }),
  function: setting('AWS_LAMBDA_FUNCTION_NAME', are.text, per({ home: 'local' }), {
    what: 'names the function in the record of its configuration; set by the platform',
    risk: '',
  }),
  functionVersion: setting('AWS_LAMBDA_FUNCTION_VERSION', are.text, per({ home: '$LATEST' }), {
    what: 'the published version of the function; set by the platform',
    risk: '',
  }),
  instance: setting(
    'AWS_LAMBDA_LOG_STREAM_NAME',
    are.text,
    per({ home: 'local', ...forPerspectives('local') }),
    {
      what: 'names this environment in the evidence; set by the platform',
      risk: '',
    },
  ),
} satisfies Record<string, Setting>;

type Table = typeof SETTINGS;
export type SettingKey = keyof Table;

type ValueFor<S extends Setting, R extends Reader> = R extends keyof S['defaults']
  ? z.output<S['schema']> | (S['defaults'][R] extends null ? null : never)
  : never;

/** What one process knows once it has read its settings. */
export type SettingsOf<R extends Reader> = {
  readonly [K in SettingKey as R extends keyof Table[K]['defaults'] ? K : never]: ValueFor<Table[K], R>;
};
