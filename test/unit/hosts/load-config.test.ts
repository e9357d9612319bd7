import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../services/hosts/load-config.ts';
import { hashKey } from '../../../shared/contract/settings/api-keys.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import { formatIpNetwork } from '../../../shared/domain/net/ip-network.ts';

const TODAY = new Date('2026-11-22T12:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'mpic-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(content: unknown): string {
  files += 1;
  const path = join(folder, `${files}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const PLACES = {
  'us-east-1': { rir: 'ARIN', latitude: 39.0438, longitude: -77.4874 },
  'us-east-2': { rir: 'arin', latitude: 39.9612, longitude: -82.9988 },
  'us-west-2': { rir: 'ARIN', latitude: 45.8399, longitude: -119.7006 },
  'eu-north-1': { rir: 'RIPE NCC', latitude: 59.3293, longitude: 18.0686 },
  'ap-south-1': { rir: 'APNIC', latitude: 19.076, longitude: 72.8777 },
  'sa-east-1': { rir: 'LACNIC', latitude: -23.5505, longitude: -46.6333 },
  'af-south-1': { rir: 'AFRINIC', latitude: -33.9249, longitude: 18.4241 },
} as const;
type Code = keyof typeof PLACES;
const perspective = (code: Code, extra: object = {}) => ({ code, name: code, ...PLACES[code], ...extra });
const SIX: readonly Code[] = [
  'us-east-1',
  'us-west-2',
  'eu-north-1',
  'ap-south-1',
  'sa-east-1',
  'af-south-1',
];

function problemsOf(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  now = TODAY,
): readonly string[] {
  try {
    loadConfig(argv, environment, now);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('loadConfig without settings', () => {
  it('reads what a lab exempts from the network guard', () => {
    const environment = { MPIC_ALLOW_NETWORKS: '127.0.0.0/8, ::1/128', MPIC_LAB_PORTS: '80:8080, 443:8443' };
    const config = loadConfig([], environment, TODAY);
    expect(config.allowNetworks.map(formatIpNetwork)).toEqual(['127.0.0.0/8', '::1/128']);
    expect(config.labPorts).toEqual({ 80: 8080, 443: 8443 });
    expect(loadConfig([], {}, TODAY)).toMatchObject({ allowNetworks: [], labPorts: {} });
  });

  it('gives the documented defaults', () => {
    expect(loadConfig([], { HOME: '/home/ca' }, TODAY)).toMatchObject({
      backend: 'embedded',
      host: '127.0.0.1',
      port: 3000,
      policy: 'baseline-requirements',
      defaultPerspectiveCount: 6,
      maxAttempts: 3,
      caaDomains: [],
      apiKeys: [],
      apiKeysFile: null,
      denyNetworks: [],
      unboundPatched: null,
      resolver: null,
      rootHints: null,
      trustAnchor: null,
      controlName: 'iana.org',
      checkTimeoutMs: 10_000,
      requestTimeoutMs: 25_000,
      lingerMs: 300,
      dnsTimeoutMs: 2_500,
      primary: null,
    });
  });

  it('has six perspectives of its own that satisfy the rules of today and of 2026-12-15', () => {
    expect(loadConfig([], {}, TODAY).perspectives).toHaveLength(6);
    expect(loadConfig([], {}, new Date('2026-12-15T00:00:00Z')).perspectives).toHaveLength(6);
  });

  it('keeps data below the state folder of the user', () => {
    expect(loadConfig([], { XDG_STATE_HOME: '/state' }, TODAY).dataDir).toBe('/state/mpic');
    expect(loadConfig(['--data-dir', ':memory:'], {}, TODAY).dataDir).toBeNull();
  });
});

describe('loadConfig: precedence', () => {
  it('takes a flag before the environment', () => {
    expect(loadConfig(['--port', '4000'], { MPIC_PORT: '5000' }, TODAY).port).toBe(4000);
    expect(loadConfig(['--port=4000'], { MPIC_PORT: '5000' }, TODAY).port).toBe(4000);
  });

  it('takes the environment before the file, and the file before the default', () => {
    const path = file({
      perspectives: SIX.map((code) => perspective(code)),
      default_perspective_count: 5,
      max_attempts: 1,
    });
    expect(loadConfig(['--config', path], {}, TODAY)).toMatchObject({
      defaultPerspectiveCount: 5,
      maxAttempts: 1,
    });
    expect(loadConfig(['--config', path], { MPIC_MAX_ATTEMPTS: '2' }, TODAY).maxAttempts).toBe(2);
  });
});

describe('loadConfig: values', () => {
  it('reads a list of API keys', () => {
    const { apiKeys } = loadConfig(
      [],
      { MPIC_API_KEYS: 'ra-1:0123456789abcdef, ra-2:fedcba9876543210' },
      TODAY,
    );
    expect(apiKeys).toEqual([
      { name: 'ra-1', sha256: hashKey('0123456789abcdef') },
      { name: 'ra-2', sha256: hashKey('fedcba9876543210') },
    ]);
  });

  it('reads CAA domains in lower case', () => {
    expect(loadConfig(['--caa-domains', 'CA.example, pki.example'], {}, TODAY).caaDomains).toEqual([
      'ca.example',
      'pki.example',
    ]);
  });

  it('accepts one of its perspectives or a CA site as primary', () => {
    const perspectives = [...SIX, 'us-east-2' as const]
      .filter((code) => code !== 'us-east-1')
      .map((code) => perspective(code));
    const own = file({ perspectives, primary: 'us-east-2', default_perspective_count: 5 });
    expect(loadConfig(['--config', own], {}, TODAY).primary).toEqual({
      kind: 'perspective',
      code: 'us-east-2',
    });
    const site = file({
      perspectives: SIX.map((code) => perspective(code)),
      primary: { name: 'HQ', latitude: 48.2, longitude: 16.4 },
    });
    expect(loadConfig(['--config', site], {}, TODAY).primary).toMatchObject({ kind: 'site', name: 'HQ' });
  });
});

const six = () => SIX.map((code) => perspective(code));

describe('loadConfig rejects, naming the setting and the fix:', () => {
  it.each<{
    name: string;
    argv?: () => string[];
    environment?: NodeJS.ProcessEnv;
    now?: Date;
    problem: RegExp;
  }>([
    { name: 'an unknown variable', environment: { MPIC_PROT: '1' }, problem: /MPIC_PROT is not a setting/ },
    { name: 'an unknown flag', argv: () => ['--prot', '1'], problem: /'--prot'.*--help/ },
    { name: 'a flag without its value', argv: () => ['--port'], problem: /--port/ },
    { name: 'a positional argument', argv: () => ['start'], problem: /'start'.*--help/ },
    {
      name: 'a port that is not a number',
      argv: () => ['--port', '3k'],
      problem: /MPIC_PORT: must be a whole number/,
    },
    { name: 'a port above 65535', argv: () => ['--port', '65536'], problem: /MPIC_PORT/ },
    { name: 'a negative time', argv: () => ['--linger-ms', '-1'], problem: /MPIC_LINGER_MS|--linger-ms/ },
    {
      name: 'a time-out of a fraction of a millisecond',
      argv: () => ['--check-timeout-ms', '1.5'],
      problem: /MPIC_CHECK_TIMEOUT_MS/,
    },
    { name: 'an unknown backend', environment: { MPIC_BACKEND: 'gcp' }, problem: /MPIC_BACKEND/ },
    { name: 'an unknown policy', environment: { MPIC_POLICY: 'lax' }, problem: /MPIC_POLICY/ },
    { name: 'a short API key', environment: { MPIC_API_KEYS: 'ra:short' }, problem: /MPIC_API_KEYS.*16/ },
    {
      name: 'one API key for two callers',
      environment: { MPIC_API_KEYS: 'a:0123456789abcdef,b:0123456789abcdef' },
      problem: /MPIC_API_KEYS: has one key for both "a" and "b"/,
    },
    {
      name: 'keys in the environment and in a file',
      environment: { MPIC_API_KEYS: 'a:0123456789abcdef', MPIC_API_KEYS_FILE: '/nowhere/keys.json' },
      problem: /MPIC_API_KEYS and MPIC_API_KEYS_FILE are both set/,
    },
    {
      name: 'a key file that does not exist',
      environment: { MPIC_API_KEYS_FILE: '/nowhere/keys.json' },
      problem: /MPIC_API_KEYS_FILE: \/nowhere\/keys\.json cannot be read \(ENOENT\)/,
    },
    {
      name: 'API keys as a flag',
      argv: () => ['--api-keys', 'a:0123456789abcdef'],
      problem: /--api-keys is a secret.*MPIC_API_KEYS/,
    },
    {
      name: 'the cohort secret as a flag',
      argv: () => ['--cohort-secret=0123456789abcdef'],
      problem: /--cohort-secret is a secret/,
    },
    {
      name: 'denied networks that are not valid',
      argv: () => ['--deny-networks', '10.0.0.1/8'],
      problem: /MPIC_DENY_NETWORKS/,
    },
    {
      name: 'a key named anonymous, which is the caller without keys',
      environment: { MPIC_API_KEYS: 'anonymous:0123456789abcdef' },
      problem: /MPIC_API_KEYS/,
    },
    {
      name: 'an allowed network with bits below its prefix',
      environment: { MPIC_ALLOW_NETWORKS: '127.0.0.0/8,10.0.0.1/8' },
      problem: /MPIC_ALLOW_NETWORKS.*10\.0\.0\.1\/8/,
    },
    {
      name: 'an allowed network that is an address only',
      environment: { MPIC_ALLOW_NETWORKS: '127.0.0.1' },
      problem: /MPIC_ALLOW_NETWORKS.*127\.0\.0\.1/,
    },
    {
      name: 'a lab port for a port other than 80 and 443',
      environment: { MPIC_ALLOW_NETWORKS: '127.0.0.0/8', MPIC_LAB_PORTS: '22:8022' },
      problem: /MPIC_LAB_PORTS.*22:8022/,
    },
    {
      name: 'a lab port beyond 65535',
      environment: { MPIC_ALLOW_NETWORKS: '127.0.0.0/8', MPIC_LAB_PORTS: '80:65536' },
      problem: /MPIC_LAB_PORTS.*80:65536/,
    },
    {
      name: 'a CAA domain with an underscore',
      environment: { MPIC_CAA_DOMAINS: 'ca_1.example' },
      problem: /MPIC_CAA_DOMAINS.*ca_1/,
    },
    {
      name: 'an empty CAA domain',
      environment: { MPIC_CAA_DOMAINS: 'ca.example,' },
      problem: /MPIC_CAA_DOMAINS/,
    },
    {
      name: 'a short cohort secret',
      environment: { MPIC_COHORT_SECRET: 'secret' },
      problem: /MPIC_COHORT_SECRET.*16/,
    },
    {
      name: 'a host that others can reach, without API keys',
      argv: () => ['--host', '0.0.0.0'],
      problem: /MPIC_HOST is 0\.0\.0\.0.*MPIC_API_KEYS/,
    },
    {
      name: 'a check time-out longer than the request time-out',
      argv: () => ['--check-timeout-ms', '9000', '--request-timeout-ms', '8000'],
      problem: /MPIC_CHECK_TIMEOUT_MS is longer/,
    },
    {
      name: 'a DNS time-out that leaves no time for a second try',
      argv: () => ['--check-timeout-ms', '4000'],
      problem: /MPIC_DNS_TIMEOUT_MS leaves no time/,
    },
    {
      name: 'lab ports without allowed networks',
      argv: () => ['--lab-ports', '80:8080'],
      problem: /MPIC_LAB_PORTS applies only inside MPIC_ALLOW_NETWORKS/,
    },
    {
      name: 'a file that does not exist',
      argv: () => ['--config', join(folder, 'none.json')],
      problem: /none\.json is not there: name a perspective file, or leave it out/,
    },
    {
      name: 'a file that is not JSON',
      argv: () => ['--config', file('perspectives: []')],
      problem: /\.json is not JSON: /,
    },
    {
      name: 'the file of a deployment, which is said to be one',
      argv: () => ['--config', join(import.meta.dirname, '../../../mpic.config.example.json')],
      problem:
        /mpic\.config\.example\.json is a deployment file, since it has "account"; MPIC_CONFIG names a perspective file/,
    },
    {
      name: 'a file without perspectives',
      argv: () => ['--config', file({})],
      problem: /: perspectives: is missing$/,
    },
    {
      name: 'a file that is a list',
      argv: () => ['--config', file([])],
      problem: /: the file: must be an object$/,
    },
    {
      name: 'a member that is nearly right',
      argv: () => ['--config', file({ perspectives: six(), max_attempt: 2 })],
      problem: /must not have: "max_attempt"; did you mean "max_attempts"\?/,
    },
    {
      name: 'a region that is none',
      argv: () => [
        '--config',
        file({ perspectives: [perspective('us-east-1', { queue_region: 'Dublin' })] }),
      ],
      problem: /queue_region: must be the code of an AWS region/,
    },
    {
      name: 'roles where one process does everything',
      argv: () => ['--roles', 'api'],
      problem: /MPIC_ROLES is for the aws backend: on embedded one process does everything/,
    },
    {
      name: 'a shared host where there is no other',
      argv: () => ['--shared-host', 'true'],
      problem: /MPIC_SHARED_HOST is for the aws backend/,
    },
    {
      name: 'a backend that does not exist',
      argv: () => ['--backend', 'azure'],
      problem: /MPIC_BACKEND: must be one of embedded, emulated, aws$/,
    },
    {
      name: 'a value that begins with a dash',
      argv: () => ['--port', '-1'],
      problem: /^--port needs a value; one that begins with a dash is written --port=<value>; --help/,
    },
    {
      name: 'an unknown member in the file',
      argv: () => ['--config', file({ perspectives: six(), colour: 'blue' })],
      problem: /colour/,
    },
    {
      name: 'an unknown member of a perspective',
      argv: () => ['--config', file({ perspectives: [perspective('us-east-1', { asn: 1 })] })],
      problem: /perspectives\[0\].*asn/,
    },
    {
      name: 'an unknown registry',
      argv: () => ['--config', file({ perspectives: [perspective('us-east-1', { rir: 'EUNIC' })] })],
      problem: /rir.*must be ARIN/,
    },
    {
      name: 'a latitude beyond the pole',
      argv: () => ['--config', file({ perspectives: [perspective('us-east-1', { latitude: 91 })] })],
      problem: /latitude/,
    },
    {
      name: 'a pair of perspectives under 500 km, by name and distance',
      argv: () => ['--config', file({ perspectives: [...six(), perspective('us-east-2')] })],
      problem: /"us-east-1" and .*"us-east-2" is 48\d\.\d km/,
    },
    {
      name: 'a perspective under 500 km from the primary site',
      argv: () => [
        '--config',
        file({ perspectives: six(), primary: { name: 'Ohio', latitude: 39.96, longitude: -82.99 } }),
      ],
      problem: /"us-east-1" and primary site "Ohio"/,
    },
    {
      name: 'a primary perspective that is not configured',
      argv: () => ['--config', file({ perspectives: six(), primary: 'mars-1' })],
      problem: /"mars-1" is not among/,
    },
    {
      name: 'two perspectives with the same code',
      argv: () => ['--config', file({ perspectives: [...six(), perspective('us-east-1')] })],
      problem: /"us-east-1" is used more than once/,
    },
    {
      name: "perspectives in a single RIR's service region",
      argv: () => ['--config', file({ perspectives: six().map((one) => ({ ...one, rir: 'ARIN' })) })],
      problem: /service region of ARIN/,
    },
    {
      name: 'fewer perspectives than the default count',
      argv: () => ['--config', file({ perspectives: six().slice(0, 5) })],
      problem: /5/,
    },
    {
      name: 'a default count that a dated rule no longer allows',
      argv: () => ['--default-perspective-count', '4'],
      now: new Date('2026-12-15T00:00:00Z'),
      problem: /5/,
    },
    {
      name: 'aws without CAA domains',
      environment: { MPIC_BACKEND: 'aws' },
      problem: /MPIC_CAA_DOMAINS is required/,
    },
    {
      name: 'aws without a declared primary perspective',
      environment: { MPIC_BACKEND: 'aws' },
      problem: /MPIC_CONFIG: "primary" must be declared .* remote from the primary one \(TLS BR 3\.2\.2\.9\)/,
    },
    {
      name: 'aws without a cohort secret',
      environment: { MPIC_BACKEND: 'aws' },
      problem: /MPIC_COHORT_SECRET is required/,
    },
    {
      name: 'aws without a deadline queue',
      environment: { MPIC_BACKEND: 'aws' },
      problem: /MPIC_DEADLINE_QUEUE is required/,
    },
    {
      name: 'aws without a wake-up queue',
      environment: { MPIC_BACKEND: 'aws' },
      problem: /MPIC_WAKE_QUEUE is required/,
    },
    {
      name: 'aws with the same queue for deadlines and wake-ups, because perspectives may send to the latter',
      environment: {
        MPIC_BACKEND: 'aws',
        MPIC_DEADLINE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/decision',
        MPIC_WAKE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/decision',
      },
      problem: /name one queue/,
    },
    {
      name: 'aws with perspectives without a queue',
      environment: { MPIC_BACKEND: 'aws' },
      problem: /"queue"/,
    },
    {
      name: 'aws with two perspectives in one process, which cannot be in two places',
      environment: { MPIC_BACKEND: 'aws', MPIC_ROLES: 'perspective:us-east-1,perspective:sa-east-1' },
      problem: /one perspective per process/,
    },
    {
      name: 'aws with two perspectives that share a resolver',
      argv: () => [
        '--backend',
        'aws',
        '--config',
        file({ perspectives: six().map((one) => ({ ...one, resolver: '198.51.100.53:53' })) }),
      ],
      problem: /share the resolver 198\.51\.100\.53:53/,
    },
    {
      // a switch that lets checks reach private addresses must not reach production.
      name: 'aws with networks exempt from the guard',
      environment: { MPIC_BACKEND: 'aws', MPIC_ALLOW_NETWORKS: '127.0.0.0/8' },
      problem: /MPIC_ALLOW_NETWORKS is for labs/,
    },
    {
      name: 'aws with a custom trust anchor',
      environment: { MPIC_BACKEND: 'aws', MPIC_TRUST_ANCHOR: '/etc/anchor' },
      problem: /MPIC_TRUST_ANCHOR are for labs/,
    },
    {
      name: 'aws with custom root hints',
      environment: { MPIC_BACKEND: 'aws', MPIC_ROOT_HINTS: '/etc/hints' },
      problem: /MPIC_ROOT_HINTS and/,
    },
    {
      name: 'a primary perspective configured with a resolver that does not validate',
      argv: () => [
        '--config',
        file({
          perspectives: six().map((one, index) => (index === 0 ? { ...one, resolver: 'system' } : one)),
          primary: six()[0]?.code ?? '',
          default_perspective_count: 5,
        }),
      ],
      problem: /told to ask system and would not validate DNSSEC/,
    },
    {
      name: 'a control name that is not a domain name',
      environment: { MPIC_CONTROL_NAME: 'localhost' },
      problem: /MPIC_CONTROL_NAME: must be a domain name of at least two labels/,
    },
    {
      name: 'aws with the role of a perspective that is not configured',
      environment: { MPIC_BACKEND: 'aws', MPIC_ROLES: 'perspective:mars-1' },
      problem: /mars-1, which is not configured/,
    },
  ])('$name', ({ argv, environment, now, problem }) => {
    expect(problemsOf(argv?.() ?? [], environment, now)).toContainEqual(expect.stringMatching(problem));
  });

  it('all wrong settings at once', () => {
    expect(problemsOf(['--port', 'x', '--linger-ms', 'y'])).toHaveLength(2);
  });

  it.each([
    { name: 'under open-mpic', primary: undefined, policy: 'open-mpic', demanded: false },
    { name: 'with a site', primary: { name: 'HQ', latitude: 48.2, longitude: 16.4 }, demanded: false },
    { name: 'with one of the perspectives', primary: 'sa-east-1', demanded: false },
    { name: 'with none', primary: undefined, demanded: true },
  ])('aws $name: requires a declared primary: $demanded', ({ primary, policy, demanded }) => {
    const path = file({ perspectives: six(), primary });
    const argv = [
      '--backend',
      'aws',
      '--config',
      path,
      ...(policy === undefined ? [] : ['--policy', policy]),
    ];
    expect(problemsOf(argv).some((problem) => /must be declared/.test(problem))).toBe(demanded);
  });

  it('nothing about the primary perspective without aws', () => {
    expect(problemsOf([])).toEqual([]);
    expect(problemsOf(['--backend', 'emulated'])).toEqual([]);
  });

  it('nothing on the last day before a dated rule, if the count is enough until then', () => {
    expect(problemsOf(['--default-perspective-count', '4'], {}, new Date('2026-12-14T23:59:59Z'))).toEqual(
      [],
    );
  });
});
