import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Deployment, readDeployment } from '../../../infra/config/deployment.ts';
import { REGIONS } from '../../../infra/config/regions.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import {
  DEFAULT_REGIONS,
  EXAMPLE_FILE,
  parseExample,
  refusalsOf,
  TODAY,
  WORKER,
} from '../../support/infra/deployments.ts';

interface Refusal {
  readonly name: string;
  readonly changes: Readonly<Record<string, unknown>>;
  /** Part of the only sentence that the operator gets. */
  readonly says: string;
}

const at = (...regions: readonly string[]) => regions.map((region) => ({ region }));
/** The default set with the first perspective changed. */
const withFirst = (changes: object) => [
  { region: DEFAULT_REGIONS[0], ...changes },
  ...at(...DEFAULT_REGIONS.slice(1)),
];
const domain = (changes: object) => ({
  api: {
    custom_domain: {
      name: 'mpic.ca.example',
      certificate_arn: 'arn:aws:acm:eu-west-1:123456789012:certificate/5f0c2b7d',
      ...changes,
    },
  },
});

describe('the rules ahead of a deployment', () => {
  const DAY_OF_FIVE = '2026-12-15';

  it('are listed with what is wrong from that day on, although nothing is today', () => {
    const [change, ...others] = parseExample({ default_perspective_count: 4 }).ruleChanges;
    expect(others).toEqual([]);
    expect(change).toMatch(
      new RegExp(`^from ${DAY_OF_FIVE} on TLS BR 3\\.2\\.2\\.9 .*does not start: .* count 4 `),
    );
  });

  it('are listed when nothing has to change, too', () => {
    expect(parseExample().ruleChanges).toEqual([
      `from ${DAY_OF_FIVE} on TLS BR 3.2.2.9 says: at least 5 remote perspectives`,
    ]);
  });
});

describe('a deployment that says only what it must', () => {
  const deployment = parseExample();

  it('is read from the example file', () => {
    expect(readDeployment(EXAMPLE_FILE, TODAY)).toMatchObject({
      account: '123456789012',
      home_region: 'eu-west-1',
      caa_domains: ['ca.example'],
    });
  });

  it('has six perspectives in four RIR service regions', () => {
    expect(deployment.perspectives.map(({ code }) => code)).toEqual(DEFAULT_REGIONS);
    expect(new Set(deployment.perspectives.map(({ rir }) => rir)).size).toBe(4);
  });

  it('asks the account to enable no region', () => {
    expect(deployment.perspectives.filter(({ region }) => REGIONS.get(region)?.optIn)).toEqual([]);
    expect(deployment.warnings).toEqual([]);
  });

  it('validates DNSSEC at every perspective, in images of its own', () => {
    expect(
      deployment.perspectives.map(({ host, packaging, resolver }) => `${host} ${packaging} ${resolver}`),
    ).toEqual(DEFAULT_REGIONS.map(() => 'function image unbound'));
  });

  it('follows the Baseline Requirements and keeps what it records for as long as a certificate can need it', () => {
    expect(deployment).toMatchObject({
      policy: 'baseline-requirements',
      encryption: 'aws-owned',
      retention: { audit_days: 1_200, audit_lock: 'governance', data: 'keep' },
      deployment: { shift: 'canary' },
    });
  });

  it('has nothing that is billed by the hour', () => {
    expect(deployment.functions).toMatchObject({
      provisioned_api: 0,
      provisioned_perspective: 0,
      provisioned_pollers: 0,
    });
  });
});

describe('what is made of an entry', () => {
  const first = (entry: object): Deployment['perspectives'][number] | undefined =>
    parseExample({ perspectives: withFirst(entry) }).perspectives[0];

  it.each<{ name: string; entry: object; expected: object }>([
    {
      name: 'a known region needs no place',
      entry: { region: 'us-east-1' },
      expected: { code: 'us-east-1', rir: 'ARIN', latitude: 39.0438, longitude: -77.4874 },
    },
    {
      name: 'a name of its own wins over that of the region',
      entry: { name: 'Virginia', code: 'iad' },
      expected: { name: 'Virginia', code: 'iad', region: 'us-east-1' },
    },
    {
      name: 'a zip asks the resolver of the platform',
      entry: { packaging: 'zip' },
      expected: { resolver: 'system' },
    },
    {
      name: 'a zip asks the resolver that is named',
      entry: { packaging: 'zip', resolver: '198.51.100.7:53' },
      expected: { resolver: '198.51.100.7:53' },
    },
    {
      name: 'a worker validates, whatever the functions are packaged as',
      entry: { ...WORKER, packaging: 'zip' },
      expected: { resolver: 'unbound', host: 'worker', rir: 'AFRINIC' },
    },
  ])('$name', ({ entry, expected }) => {
    expect(first(entry)).toMatchObject(expected);
  });
});

describe('a set of perspectives that is refused before anything is synthesised', () => {
  it.each<Refusal>([
    {
      name: 'a region that nobody knows has no place',
      changes: { perspectives: withFirst({ region: 'us-east-9' }) },
      says: 'perspective us-east-9: us-east-9 is no region this version knows',
    },
    {
      name: 'Virginia and Ohio are closer than 500 km',
      changes: { perspectives: at(...DEFAULT_REGIONS, 'us-east-2') },
      says: 'The distance between perspective "us-east-1" and perspective "us-east-2" is 483.5 km',
    },
    {
      name: 'Ireland and London are closer than 500 km',
      changes: { perspectives: at(...DEFAULT_REGIONS, 'eu-west-2') },
      says: 'The distance between perspective "eu-west-1" and perspective "eu-west-2" is 463.2 km',
    },
    {
      name: 'the site of the CA is closer than 500 km to a perspective',
      changes: { primary: { name: 'Cork', latitude: 51.9, longitude: -8.47 } },
      says: 'primary site "Cork"',
    },
    {
      name: 'all are in the service region of one RIR',
      changes: {
        perspectives: at(
          'eu-west-1',
          'eu-central-1',
          'eu-north-1',
          'eu-south-2',
          'il-central-1',
          'me-central-1',
        ),
      },
      says: 'All remote perspectives are in the service region of RIPE NCC',
    },
    {
      name: 'there are fewer than a request asks for',
      changes: { perspectives: at(...DEFAULT_REGIONS.slice(0, 5)) },
      says: 'The default perspective count is 6, and only 5 remote perspectives are configured',
    },
    {
      name: 'the primary perspective is not counted',
      changes: { primary: 'eu-west-1' },
      says: 'only 5 remote perspectives are configured, the primary one not counted',
    },
    {
      name: 'a count below the minimum of the date is no cohort',
      changes: { default_perspective_count: 3 },
      says: 'The default perspective count 3 is not a whole number from 4',
    },
    {
      name: 'two have the same code',
      changes: { perspectives: withFirst({ code: 'us-west-2' }) },
      says: 'Perspective code "us-west-2" is used more than once',
    },
    {
      name: 'a code with a dot makes no name of a queue',
      changes: { perspectives: withFirst({ code: 'us.east' }) },
      says: 'perspective us.east: a code has 1 to 40 lower-case letters, digits and hyphens',
    },
    {
      name: 'a code in upper case is none',
      changes: { perspectives: withFirst({ code: 'IAD' }) },
      says: 'perspective IAD: a code has',
    },
    {
      name: 'a code that begins with a hyphen is none',
      changes: { perspectives: withFirst({ code: '-iad' }) },
      says: 'Perspective code "-iad" does not match',
    },
    {
      name: 'a primary perspective that is not declared: nothing shows that the others are remote from it',
      changes: { primary: undefined },
      says: 'primary: must be declared under baseline-requirements',
    },
    {
      name: 'a primary perspective that is not there looks at nothing',
      changes: { primary: 'eu-west-3' },
      says: 'The primary perspective "eu-west-3" is not among the configured perspectives',
    },
    {
      name: 'a primary perspective with the resolver of the platform does not validate',
      changes: {
        primary: 'eu-west-3',
        perspectives: [
          ...at(...DEFAULT_REGIONS.filter((region) => region !== 'eu-west-1')),
          ...at('af-south-1'),
          { region: 'eu-west-3', packaging: 'zip' },
        ].filter(({ region }) => region !== 'eu-central-1'),
        default_perspective_count: 5,
      },
      says: 'primary: eu-west-3 asks system and would not validate DNSSEC',
    },
    {
      name: 'a resolver that two ask is shared infrastructure',
      changes: {
        perspectives: DEFAULT_REGIONS.map((region, index) => ({
          region,
          ...(index < 2 ? { resolver: '198.51.100.7:53' } : {}),
        })),
      },
      says: 'perspectives share the resolver 198.51.100.7:53',
    },
    {
      name: 'a zip has no unbound to ask',
      changes: { perspectives: withFirst({ packaging: 'zip', resolver: 'unbound' }) },
      says: 'perspective us-east-1: a zip has no unbound',
    },
    {
      name: 'a worker without coordinates could stand anywhere',
      changes: { perspectives: withFirst({ host: 'worker', code: 'iad', name: 'Ashburn', rir: 'ARIN' }) },
      says: 'perspective iad: a worker stands wherever you run it',
    },
    {
      name: 'a worker without a code of its own would take that of its region',
      changes: {
        perspectives: withFirst({
          host: 'worker',
          name: 'Ashburn',
          rir: 'ARIN',
          latitude: 39,
          longitude: -77,
        }),
      },
      says: 'perspective us-east-1: a worker stands wherever you run it',
    },
    {
      name: 'a registry that does not exist serves no region',
      changes: { perspectives: withFirst({ rir: 'INTERNIC' }) },
      says: 'perspectives[0].rir: must be ARIN, RIPE NCC, APNIC, LACNIC or AFRINIC',
    },
    {
      name: 'a latitude beyond the pole is none',
      changes: { perspectives: withFirst({ latitude: 90.1 }) },
      says: 'perspectives[0].latitude: ',
    },
    {
      name: 'the queue of a perspective is not the operator’s to choose',
      changes: {
        perspectives: withFirst({ queue: 'https://sqs.us-east-1.amazonaws.com/123456789012/mine' }),
      },
      says: 'perspectives[0]: has a member that it must not have: "queue"',
    },
    {
      name: 'a set without perspectives asks nobody',
      changes: { perspectives: [] },
      says: 'perspectives: ',
    },
  ])('$name', ({ changes, says }) => {
    expect(refusalsOf(changes)).toEqual([expect.stringContaining(says)]);
  });
});

describe('a member that is refused before anything is synthesised', () => {
  it.each<Refusal>([
    {
      name: 'a member that nobody knows',
      changes: { regoins: [] },
      says: 'the file: has a member that it must not have: "regoins"',
    },
    {
      name: 'a member that nobody knows, further down',
      changes: { limits: { timeout: 5 } },
      says: 'limits: has a member that it must not have: "timeout"',
    },
    {
      name: 'an account of eleven digits',
      changes: { account: '12345678901' },
      says: 'account: must be the twelve digits of an AWS account',
    },
    { name: 'an account as a number', changes: { account: 123_456_789_012 }, says: 'account: ' },
    { name: 'no account', changes: { account: undefined }, says: 'account: is missing' },
    {
      name: 'a home region that nobody knows',
      changes: { home_region: 'eu-west-9' },
      says: 'home_region: eu-west-9 is no region this version knows',
    },
    {
      name: 'a home region that has not the form of one',
      changes: { home_region: 'Ireland' },
      says: 'home_region: must be the code of an AWS region',
    },
    {
      name: 'a name that begins with a digit',
      changes: { name: '1mpic' },
      says: 'name: must be 1 to 20 lower-case letters, digits and hyphens',
    },
    { name: 'a name of 21 characters', changes: { name: 'm'.repeat(21) }, says: 'name: must be 1 to 20' },
    { name: 'no issuer domain names', changes: { caa_domains: undefined }, says: 'caa_domains: is missing' },
    {
      name: 'an empty list of issuer domain names',
      changes: { caa_domains: [] },
      says: 'caa_domains: must name the issuer domain names of the CA',
    },
    {
      name: 'an issuer domain name in upper case',
      changes: { caa_domains: ['CA.example'] },
      says: 'caa_domains[0]: must be a domain name in lower case',
    },
    {
      name: 'an issuer domain name of one label',
      changes: { caa_domains: ['ca.example', 'ca'] },
      says: 'caa_domains[1]: must be a domain name in lower case',
    },
    {
      name: 'a DNS query that takes more than half of its check',
      changes: { limits: { dns_timeout_ms: 2_501, check_timeout_ms: 5_000 } },
      says: 'limits: dns_timeout_ms leaves no time for a second query',
    },
    {
      name: 'a check that takes longer than its request',
      changes: { limits: { check_timeout_ms: 10_001, request_timeout_ms: 10_000 } },
      says: 'limits: check_timeout_ms is longer than request_timeout_ms',
    },
    {
      name: 'a request that takes longer than a gateway waits',
      changes: { limits: { request_timeout_ms: 25_001 } },
      says: 'limits.request_timeout_ms: ',
    },
    {
      name: 'a locked audit trail in a deployment to throw away',
      changes: { retention: { data: 'destroy' } },
      says: 'retention: a locked audit bucket cannot be destroyed',
    },
    {
      name: 'a log retention that CloudWatch does not have',
      changes: { retention: { log_days: 100 } },
      says: 'retention.log_days: ',
    },
    {
      name: 'the same caller twice',
      changes: { api: { callers: ['ca', 'ra', 'ca'] } },
      says: 'api.callers: a name stands twice',
    },
    {
      name: 'a caller with a space',
      changes: { api: { callers: ['the ca'] } },
      says: 'api.callers[0]: must be 1 to 64 letters',
    },
    { name: 'nobody who may call', changes: { api: { callers: [] } }, says: 'api.callers: ' },
    { name: 'an address that takes no mail', changes: { alarm_email: 'oncall' }, says: 'alarm_email: ' },
    { name: 'a runbook that is nowhere', changes: { runbook_url: 'the wiki' }, says: 'runbook_url: ' },
    {
      name: 'a certificate of another service',
      changes: domain({ certificate_arn: 'arn:aws:iam::123456789012:server-certificate/mpic' }),
      says: 'api.custom_domain.certificate_arn: must be the ARN of something in acm',
    },
    {
      name: 'a certificate by its id',
      changes: domain({ certificate_arn: '5f0c2b7d' }),
      says: 'api.custom_domain.certificate_arn: must be the ARN of something in acm',
    },
    {
      name: 'a web ACL by its name',
      changes: { api: { web_acl_arn: 'mpic' } },
      says: 'api.web_acl_arn: must be the ARN of something in wafv2',
    },
    {
      name: 'a truststore without a key',
      changes: domain({ truststore: { bucket: 'ca-example-truststore' } }),
      says: 'api.custom_domain.truststore.key: ',
    },
    {
      name: 'a domain in upper case',
      changes: domain({ name: 'MPIC.ca.example' }),
      says: 'api.custom_domain.name: must be a domain name in lower case',
    },
    {
      name: 'a way to shift that there is not',
      changes: { deployment: { shift: 'blue' } },
      says: 'deployment.shift: ',
    },
    {
      name: 'memory that no function can have',
      changes: { functions: { api_memory_mb: 127 } },
      says: 'functions.api_memory_mb: ',
    },
    {
      name: 'a name and a code that make a role of more than 64 characters',
      changes: { name: 'm'.repeat(20), perspectives: withFirst({ code: 'c'.repeat(24) }) },
      says: `perspective ${'c'.repeat(24)}: `,
    },
  ])('$name is refused', ({ changes, says }) => {
    expect(refusalsOf(changes)).toEqual([expect.stringContaining(`the configuration: ${says}`)]);
  });

  it('everything that is wrong is told at once', () => {
    expect(refusalsOf({ account: '1', home_region: 'x', alarm_email: '?' })).toHaveLength(3);
    expect(
      refusalsOf({
        home_region: 'eu-west-9',
        limits: { dns_timeout_ms: 9_000 },
        api: { callers: ['a', 'a'] },
      }),
    ).toHaveLength(3);
  });
});

describe('what is allowed, and perhaps not meant', () => {
  it.each<{ name: string; changes: Readonly<Record<string, unknown>>; warns: string }>([
    {
      name: 'a perspective in a region that has to be enabled',
      changes: { perspectives: at(...DEFAULT_REGIONS, 'af-south-1') },
      warns: 'the account has to enable af-south-1 before they can be deployed to',
    },
    {
      name: 'a home region that has to be enabled, named once',
      changes: { home_region: 'af-south-1', perspectives: at(...DEFAULT_REGIONS, 'af-south-1') },
      warns: 'the account has to enable af-south-1 before they can be deployed to',
    },
    {
      name: 'alarms without anybody who hears them',
      changes: { alarm_email: undefined },
      warns: 'alarm_email is not set: alarms go off and nobody is told',
    },
    {
      name: 'perspectives that do not validate',
      changes: { perspectives: withFirst({ packaging: 'zip' }) },
      warns: 'no DNSSEC validation at us-east-1: their results say "not validated"',
    },
    {
      name: 'LG-03 audit records for less than a certificate of today can need them',
      changes: { retention: { audit_days: 1130 } },
      warns:
        'retention.audit_days is 1130: a certificate of today can need its records for 1131 days, two years after its end (TLS BR 5.4.3)',
    },
    {
      name: 'a log that does not hold what the dashboard counts',
      changes: { functions: { log_level: 'warn' } },
      warns: 'functions.log_level is warn: the dashboard counts no verdicts, for they are logged as info',
    },
    {
      name: 'audit records without a lock',
      changes: { retention: { audit_lock: 'none' } },
      warns: 'retention.audit_lock is none: audit records can be deleted',
    },
  ])('$name', ({ changes, warns }) => {
    expect(parseExample(changes).warnings).toEqual([warns]);
  });

  it('a log that does not hold what alarms count', () => {
    expect(parseExample({ functions: { log_level: 'error' } }).warnings).toEqual([
      'functions.log_level is error: silence and disagreement of perspectives are not logged, and their alarms never go off',
      'functions.log_level is error: the dashboard counts no verdicts, for they are logged as info',
    ]);
    for (const level of ['debug', 'info'])
      expect(parseExample({ functions: { log_level: level } }).warnings).toEqual([]);
  });

  it('a primary perspective that is not declared, under open-mpic', () => {
    expect(refusalsOf({ policy: 'open-mpic', primary: undefined })).toEqual([]);
  });

  it('a primary perspective that does not validate, for whoever does not follow the Baseline Requirements', () => {
    const perspectives = [...at(...DEFAULT_REGIONS), { region: 'af-south-1', packaging: 'zip' }];
    expect(refusalsOf({ policy: 'open-mpic', primary: 'af-south-1', perspectives })).toEqual([]);
    expect(refusalsOf({ primary: 'af-south-1', perspectives })).toHaveLength(1);
  });
});

describe('a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mpic-deployment-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    {
      name: 'that is not there is named, with what to do',
      content: null,
      says: 'is not there: cp mpic.config.example.json ',
    },
    { name: 'that is no JSON is named', content: '{"account": ', says: 'is not JSON: ' },
    {
      name: 'of perspectives is said to be one',
      content: '{"perspectives": []}',
      says: 'is a perspective file, since it has "perspectives" and no "account"',
    },
    { name: 'that holds a list is refused', content: '[]', says: 'the file: ' },
    { name: 'that is empty is refused', content: '{}', says: 'account: ' },
  ])('$name', ({ content, says }) => {
    const path = join(folder, content === null ? 'missing.json' : 'mpic.config.json');
    if (content !== null) writeFileSync(path, content);
    expect(() => readDeployment(path, TODAY)).toThrow(ConfigurationError);
    expect(() => readDeployment(path, TODAY)).toThrow(says);
    expect(() => readDeployment(path, TODAY)).toThrow(path);
  });
});

/** Kilometres straight through the Earth, reckoned otherwise than the service does. */
function kilometres(one: { latitude: number; longitude: number }, other: typeof one): number {
  const point = ({ latitude, longitude }: typeof one) => {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
  };
  const [a, b] = [point(one), point(other)];
  return 6_371 * Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));
}

describe('any set of regions', () => {
  /** What floating-point numbers may lose. */
  const LEAST_KM = 500 - 1e-6;
  const sets = fc.record({
    regions: fc.shuffledSubarray([...REGIONS.keys()], { minLength: 1, maxLength: 9 }),
    count: fc.integer({ min: 2, max: 7 }),
    policy: fc.constantFrom('baseline-requirements', 'open-mpic'),
  });

  it('is refused, or has 500 km between any two and at least two RIR service regions', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(sets, ({ regions, count, policy }) => {
        const changes = { perspectives: at(...regions), default_perspective_count: count, policy };
        const refusals = refusalsOf(changes);
        seen[refusals.length > 0 ? 'refused' : 'accepted'] += 1;
        if (refusals.length > 0) return;
        const { perspectives } = parseExample(changes);
        for (const [index, one] of perspectives.entries()) {
          for (const other of perspectives.slice(index + 1))
            expect(kilometres(one, other)).toBeGreaterThan(LEAST_KM);
        }
        expect(new Set(perspectives.map(({ rir }) => rir)).size).toBeGreaterThanOrEqual(2);
        expect(perspectives.length).toBeGreaterThanOrEqual(count);
      }),
      { numRuns: 500, examples: [[{ regions: [...DEFAULT_REGIONS], count: 6, policy: 'open-mpic' }]] },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(10);
  });

  it('that is refused is refused in sentences that name a place or a number', () => {
    fc.assert(
      fc.property(sets, ({ regions, count, policy }) => {
        const refusals = refusalsOf({
          perspectives: at(...regions),
          default_perspective_count: count,
          policy,
        });
        for (const refusal of refusals) expect(refusal).toMatch(/\d|service region of/);
      }),
      { numRuns: 100 },
    );
  });
});
