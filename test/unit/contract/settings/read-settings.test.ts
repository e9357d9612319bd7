import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../../shared/contract/settings/configuration-error.ts';
import { describeSettings } from '../../../../shared/contract/settings/describe-settings.ts';
import {
  defaultsOf,
  parseSettings,
  readSettings,
  settingsFor,
  writeSettings,
} from '../../../../shared/contract/settings/read-settings.ts';
import { READERS, type Reader, type SettingsOf } from '../../../../shared/contract/settings/settings.ts';
import { parseIpNetwork } from '../../../../shared/domain/net/ip-network.ts';

/** What each process does not start without. */
const NEEDED: Readonly<Record<Reader, NodeJS.ProcessEnv>> = {
  local: {},
  home: {
    AWS_REGION: 'eu-west-1',
    MPIC_CAA_DOMAINS: 'ca.example',
    MPIC_COHORT_SECRET_ID: 'mpic-cohort-secret',
    MPIC_DEADLINE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/deadlines',
    MPIC_VERSION: '1.2.3',
    MPIC_WAKE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/wake-ups',
  },
  perspective: {
    MPIC_HOME_REGION: 'eu-west-1',
    MPIC_PERSPECTIVE: 'helsinki',
    MPIC_RESULTS_TABLE: 'mpic-results',
    MPIC_VERSION: '1.2.3',
    MPIC_WAKE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/wake-ups',
  },
  worker: {
    MPIC_HOME_REGION: 'eu-west-1',
    MPIC_JOB_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/jobs',
    MPIC_PERSPECTIVE: 'helsinki',
    MPIC_RESULTS_TABLE: 'mpic-results',
    MPIC_WAKE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/wake-ups',
  },
  hook: { MPIC_NEW_VERSION: 'arn:aws:lambda:eu-west-1:123456789012:function:mpic-api:7' },
  command: {},
};

function problemsOf(reader: Reader, environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    parseSettings(reader, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('readSettings', () => {
  it.each(READERS)('of %s needs what it names, and starts with no more', (reader) => {
    const needed = Object.keys(NEEDED[reader]);
    const problems = problemsOf(reader, {});
    expect(problems.map((problem) => problem.split(' ')[0]).toSorted()).toEqual(needed);
    for (const problem of problems) expect(problem).toMatch(/^\w+ is not set: ./);
    expect(problemsOf(reader, NEEDED[reader])).toEqual([]);
  });

  it.each(READERS)('of %s takes an empty text for a missing one where there is no default', (reader) => {
    for (const name of Object.keys(NEEDED[reader]))
      expect(problemsOf(reader, { ...NEEDED[reader], [name]: '' })).toEqual([
        expect.stringContaining(`${name} is not set`),
      ]);
  });

  it.each<{ reader: Reader; name: string; value: string }>([
    { reader: 'local', name: 'MPIC_PERSPECTIVE', value: 'helsinki' },
    { reader: 'home', name: 'MPIC_PORT', value: '3000' },
    { reader: 'perspective', name: 'MPIC_JOB_QUEUE', value: 'https://sqs.eu-west-1.amazonaws.com/1/jobs' },
    { reader: 'worker', name: 'MPIC_CHECK_TIMEOUT', value: '1000' },
  ])('of $reader rejects $name, which it does not read', ({ reader, name, value }) => {
    expect(problemsOf(reader, { ...NEEDED[reader], [name]: value })).toEqual([
      `${name} is not a setting of this service; see docs/configuration.md for those there are`,
    ]);
  });

  it('lets alone what is not named like a setting', () => {
    expect(problemsOf('local', { PATH: '/bin', AWS_PROFILE: 'x', MPIC_UNSET: undefined })).toEqual([]);
  });

  it.each<{ reader: Reader; name: string; most: number }>([
    { reader: 'local', name: 'MPIC_CHECK_TIMEOUT_MS', most: 60_000 },
    { reader: 'home', name: 'MPIC_CHECK_TIMEOUT_MS', most: 20_000 },
    { reader: 'perspective', name: 'MPIC_CHECK_TIMEOUT_MS', most: 60_000 },
    { reader: 'local', name: 'MPIC_REQUEST_TIMEOUT_MS', most: 600_000 },
    { reader: 'home', name: 'MPIC_REQUEST_TIMEOUT_MS', most: 25_000 },
    { reader: 'local', name: 'MPIC_LINGER_MS', most: 10_000 },
    { reader: 'home', name: 'MPIC_LINGER_MS', most: 5_000 },
    { reader: 'local', name: 'MPIC_DNS_TIMEOUT_MS', most: 10_000 },
    { reader: 'worker', name: 'MPIC_DNS_TIMEOUT_MS', most: 10_000 },
  ])('of $reader takes at most $most for $name', ({ reader, name, most }) => {
    const at = (value: number) => problemsOf(reader, { ...NEEDED[reader], [name]: String(value) });
    expect(at(most)).toEqual([]);
    expect(at(most + 1)).toEqual([
      expect.stringMatching(`^${name}: must be a whole number of milliseconds from \\d+ to ${most}$`),
    ]);
  });

  it.each(['1e3', '0x10', ' 100', '100.0', '-1', '', '9'.repeat(400)])('takes %j for no number', (value) => {
    expect(problemsOf('local', { MPIC_MAX_RUNNING: value })).toEqual([
      'MPIC_MAX_RUNNING: must be a whole number from 1 to 100000',
    ]);
  });

  it.each([
    { name: 'in any letter case, with a final dot', text: 'Control.EXAMPLE.', value: 'control.example' },
    { name: 'with an underscore', text: 'a_b.example', value: null },
    { name: 'with a label of 64 characters', text: `${'a'.repeat(64)}.example`, value: null },
    { name: 'of 254 characters', text: `${'a.'.repeat(123)}example`.padStart(254, 'b'), value: null },
    { name: 'that is an IP address', text: '192.0.2.1', value: null },
    { name: 'with a letter that only lower case makes ASCII', text: '\u212a.example', value: null },
  ])('reads a domain name $name as $value', ({ text, value }) => {
    const read = () => parseSettings('perspective', { ...NEEDED.perspective, MPIC_CONTROL_NAME: text });
    if (value === null)
      expect(read).toThrow('MPIC_CONTROL_NAME: must be a domain name of at least two labels');
    else expect(read().controlName).toBe(value);
  });

  it('has the same default of a setting wherever it is read', () => {
    const { checkTimeoutMs, dnsTimeoutMs, logLevel, controlName } = defaultsOf('local');
    const shared = { checkTimeoutMs, dnsTimeoutMs, logLevel, controlName };
    for (const reader of ['local', 'home', 'perspective', 'worker'] as const)
      expect(readSettings(reader, NEEDED[reader])).toMatchObject(shared);
  });
});

describe('writeSettings', () => {
  const networks = fc
    .constantFrom('203.0.113.0/24', '2001:db8::/32', '10.0.0.0/8')
    .map((text) => parseIpNetwork(text) as NonNullable<ReturnType<typeof parseIpNetwork>>);
  const home = fc.record<Partial<SettingsOf<'home'>>>(
    {
      policy: fc.constantFrom('baseline-requirements', 'open-mpic'),
      // Labels with hyphens in third and fourth place are reserved.
      caaDomains: fc.array(
        fc
          .domain()
          .map((name) => name.toLowerCase())
          .filter((name) => !/(?:^|\.)..--/.test(name)),
        { minLength: 1 },
      ),
      caaLabelsIgnoreCase: fc.boolean(),
      checkTimeoutMs: fc.integer({ min: 100, max: 20_000 }),
      lingerMs: fc.integer({ min: 0, max: 5_000 }),
      eventBus: fc.string({ minLength: 1 }),
    },
    { requiredKeys: [] },
  );
  const perspective = fc.record<Partial<SettingsOf<'perspective'>>>(
    { denyNetworks: fc.array(networks), unboundPatched: fc.constantFrom(null, '1.17.1-2+deb12u4') },
    { requiredKeys: [] },
  );

  it('writes what is read back', () => {
    void fc.assert(
      fc.property(home, (values) => {
        const environment = { ...NEEDED.home, ...writeSettings('home', values) };
        expect(parseSettings('home', environment)).toMatchObject(values);
      }),
    );
    void fc.assert(
      fc.property(perspective, (values) => {
        const environment = { ...NEEDED.perspective, ...writeSettings('perspective', values) };
        expect(readSettings('perspective', environment)).toMatchObject(values);
      }),
    );
  });

  it('leaves out what is null or empty', () => {
    expect(
      writeSettings('perspective', { denyNetworks: [], unboundPatched: null, resolver: 'system' }),
    ).toEqual({
      MPIC_RESOLVER: 'system',
    });
  });

  it('throws for a value that its reader would reject', () => {
    expect(() => writeSettings('home', { checkTimeoutMs: 20_001 })).toThrow();
    expect(writeSettings('perspective', { checkTimeoutMs: 20_001 })).toEqual({
      MPIC_CHECK_TIMEOUT_MS: '20001',
    });
  });
});

describe('describeSettings', () => {
  const text = describeSettings();

  it('lists every setting with its variable and flag', () => {
    for (const [, { name }] of settingsFor('local')) expect(text).toContain(name);
    expect(text).toContain('--data-dir, MPIC_DATA_DIR');
  });

  it('gives bounds and default, and no links', () => {
    expect(text).toContain('Values: 50 to 10000 milliseconds\n      Default: 2500');
    expect(text).not.toContain('](');
  });

  it('gives secrets no flag', () => {
    expect(text).toContain('MPIC_API_KEYS (environment only)');
    expect(text).not.toMatch(/--(api-keys|cohort-secret),/);
  });
});
