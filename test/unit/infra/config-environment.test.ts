import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Deployment, toPerspectiveFile } from '../../../infra/config/deployment.ts';
import { homeEnvironment, perspectiveEnvironment } from '../../../infra/config/environment.ts';
import { loadHomeConfig } from '../../../services/hosts/load-config.ts';
import { perspectiveFileSchema } from '../../../shared/contract/settings/perspective-file.ts';
import { parseSettings, readSettings } from '../../../shared/contract/settings/read-settings.ts';
import {
  DEFAULT_REGIONS,
  parseExample,
  refusalsOf,
  TODAY,
  VARIANT_NAMES,
  VARIANTS,
  WORKER,
} from '../../support/infra/deployments.ts';

const VERSION = '1.2.3';
const SECRET = 'a-secret-that-is-in-no-environment';
const CALLERS = '{"a1b2c3":"issuance"}';

const folder = mkdtempSync(join(tmpdir(), 'mpic-environment-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the platform adds to the environment of a function. */
const PLATFORM = {
  AWS_REGION: 'eu-west-1',
  AWS_LAMBDA_FUNCTION_NAME: 'mpic-api',
  AWS_LAMBDA_FUNCTION_VERSION: '7',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/22/[7]5f0c2b7d',
  NODE_OPTIONS: '--enable-source-maps',
  PATH: '/usr/local/bin',
};

/** The configuration of a function of the home region, as it comes by it when it starts. */
function startHome(deployment: Deployment, further: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'perspectives.json');
  writeFileSync(file, JSON.stringify(toPerspectiveFile(deployment)));
  const environment = { ...PLATFORM, ...homeEnvironment(deployment, VERSION), ...further };
  return {
    settings: readSettings('home', environment),
    config: loadHomeConfig(parseSettings('home', environment), file, SECRET, TODAY),
  };
}

const deployments = [
  ...VARIANT_NAMES.map((name) => ({ name, changes: VARIANTS[name] })),
  {
    name: 'a primary perspective',
    changes: {
      primary: 'af-south-1',
      perspectives: [...DEFAULT_REGIONS, 'af-south-1'].map((region) => ({ region })),
    },
  },
  { name: 'a site of the CA', changes: { primary: { name: 'Athens', latitude: 37.98, longitude: 23.73 } } },
  {
    name: 'a resolver that a perspective is told to ask',
    changes: {
      perspectives: DEFAULT_REGIONS.map((region, index) =>
        index === 0 ? { region, resolver: '198.51.100.7:53' } : { region },
      ),
    },
  },
];

describe('the perspectives that the functions of the home region are told of', () => {
  it.each(deployments)('with $name, they are read back as they were written', ({ changes }) => {
    const file = toPerspectiveFile(parseExample(changes));
    const read = perspectiveFileSchema.parse(JSON.parse(JSON.stringify(file)));
    expect(z.encode(perspectiveFileSchema, read)).toEqual(file);
  });

  it('have the queues that their stacks make', () => {
    const { perspectives } = toPerspectiveFile(parseExample({ name: 'staging' }));
    expect(perspectives.map(({ queue }) => queue)).toEqual(
      DEFAULT_REGIONS.map(
        (region) => `https://sqs.${region}.amazonaws.com/123456789012/staging-jobs-${region}`,
      ),
    );
  });

  it('include a worker, whose queue is not where it stands', () => {
    const { perspectives } = toPerspectiveFile(parseExample(VARIANTS['a worker']));
    expect(perspectives.at(-1)).toEqual({
      code: WORKER.code,
      name: WORKER.name,
      rir: WORKER.rir,
      latitude: WORKER.latitude,
      longitude: WORKER.longitude,
      resolver: 'unbound',
      queue: 'https://sqs.eu-west-1.amazonaws.com/123456789012/mpic-jobs-jnb-1',
    });
  });
});

describe('a function of the home region', () => {
  it.each(deployments)('starts with $name, and works with what was deployed', ({ changes }) => {
    const deployment = parseExample(changes);
    const { config } = startHome(deployment);
    expect(config).toMatchObject({
      backend: 'aws',
      policy: deployment.policy,
      perspectives: deployment.perspectives.map(({ code, rir, resolver }) => ({ code, rir, resolver })),
      primary: deployment.primary,
      defaultPerspectiveCount: deployment.default_perspective_count,
      maxAttempts: deployment.max_attempts,
      caaDomains: deployment.caa_domains,
      controlName: deployment.control_name,
      checkTimeoutMs: deployment.limits.check_timeout_ms,
      requestTimeoutMs: deployment.limits.request_timeout_ms,
      lingerMs: deployment.limits.linger_ms,
      dnsTimeoutMs: deployment.limits.dns_timeout_ms,
      logLevel: deployment.functions.log_level,
      logTargets: deployment.functions.log_targets,
      requestsTable: deployment.names.requestsTable,
      resultsTable: deployment.names.resultsTable,
      eventBus: deployment.names.eventBus,
    });
  });

  it('knows the name of the secret, and gets the secret otherwise', () => {
    const { settings, config } = startHome(parseExample());
    expect(settings.cohortSecretId).toBe('mpic-cohort-secret');
    expect(config.cohortSecret).toBe(SECRET);
  });

  it('knows its callers by the ids of their keys', () => {
    const { settings } = startHome(parseExample(), { MPIC_CALLERS: CALLERS });
    expect(settings.callers).toEqual(new Map([['a1b2c3', 'issuance']]));
  });

  it('knows its bucket, version and name', () => {
    const { settings } = startHome(parseExample(), { MPIC_AUDIT_BUCKET: 'mpic-audit' });
    expect(settings).toMatchObject({
      auditBucket: 'mpic-audit',
      version: VERSION,
      function: 'mpic-api',
      functionVersion: '7',
      instance: PLATFORM.AWS_LAMBDA_LOG_STREAM_NAME,
    });
  });

  it.each([
    { name: 'callers that are no JSON', further: { MPIC_CALLERS: 'issuance' }, says: 'MPIC_CALLERS' },
    { name: 'callers without names', further: { MPIC_CALLERS: '{"a1b2c3":""}' }, says: 'MPIC_CALLERS' },
    { name: 'a list of callers', further: { MPIC_CALLERS: '["issuance"]' }, says: 'MPIC_CALLERS' },
    { name: 'no version', further: { MPIC_VERSION: '' }, says: 'MPIC_VERSION' },
    { name: 'no secret', further: { MPIC_COHORT_SECRET_ID: '' }, says: 'MPIC_COHORT_SECRET_ID' },
    { name: 'no region', further: { AWS_REGION: '' }, says: 'AWS_REGION' },
    { name: 'a setting that nobody knows', further: { MPIC_COLOUR: 'blue' }, says: 'MPIC_COLOUR' },
  ])('does not start with $name', ({ further, says }) => {
    expect(() => startHome(parseExample(), further)).toThrow(says);
  });
});

describe('a perspective', () => {
  const [first] = parseExample().perspectives;
  const environmentOf = (deployment: Deployment, code: string) => {
    const perspective = deployment.perspectives.find((one) => one.code === code);
    if (perspective === undefined) throw new Error(`there is no perspective ${code}`);
    return perspectiveEnvironment(deployment, perspective, VERSION);
  };

  it.each(deployments)('starts with $name, and works with what was deployed', ({ changes }) => {
    const deployment = parseExample(changes);
    for (const { code, resolver, host, packaging } of deployment.perspectives) {
      expect(readSettings('perspective', { ...PLATFORM, ...environmentOf(deployment, code) })).toEqual({
        perspective: code,
        homeRegion: deployment.home_region,
        resultsTable: deployment.names.resultsTable,
        wakeQueue: `https://sqs.${deployment.home_region}.amazonaws.com/123456789012/${deployment.names.wakeQueue}`,
        resolver,
        controlName: deployment.control_name,
        unboundPatched: host === 'function' && packaging === 'image' ? deployment.unbound_patched : null,
        denyNetworks: deployment.deny_networks,
        checkTimeoutMs: deployment.limits.check_timeout_ms,
        dnsTimeoutMs: deployment.limits.dns_timeout_ms,
        logLevel: deployment.functions.log_level,
        version: VERSION,
        instance: PLATFORM.AWS_LAMBDA_LOG_STREAM_NAME,
      });
    }
  });

  it.each(['MPIC_PERSPECTIVE', 'MPIC_HOME_REGION', 'MPIC_RESULTS_TABLE', 'MPIC_WAKE_QUEUE', 'MPIC_VERSION'])(
    'does not start without %s',
    (variable) => {
      const { [variable]: _, ...rest } = environmentOf(parseExample(), first?.code ?? '');
      expect(() => readSettings('perspective', rest)).toThrow(variable);
    },
  );
});

describe('no environment', () => {
  const environments = (deployment: Deployment) => [
    homeEnvironment(deployment, VERSION),
    ...deployment.perspectives.map((one) => perspectiveEnvironment(deployment, one, VERSION)),
  ];

  it.each(deployments)('has a secret in it with $name', ({ changes }) => {
    for (const environment of environments(parseExample(changes))) {
      const suspects = Object.keys(environment).filter((name) => /SECRET|KEY|TOKEN|PASSWORD/.test(name));
      expect(suspects.filter((name) => name !== 'MPIC_COHORT_SECRET_ID')).toEqual([]);
    }
  });

  it.each(deployments)('of a perspective tells of another one with $name', ({ changes }) => {
    const deployment = parseExample(changes);
    const [, ...own] = environments(deployment);
    for (const [index, { code }] of deployment.perspectives.entries()) {
      // The home region may be called like one of them.
      const { MPIC_HOME_REGION, MPIC_WAKE_QUEUE, ...environment } = own[index] ?? {};
      const told = deployment.perspectives.filter((other) =>
        Object.values(environment).some((value) => value.includes(other.code)),
      );
      expect(told.map((other) => other.code)).toEqual([code]);
    }
  });
});

describe('any deployment that is accepted', () => {
  const changes = fc.record(
    {
      name: fc.stringMatching(/^[a-z][a-z0-9-]{0,19}$/),
      policy: fc.constantFrom('baseline-requirements', 'open-mpic'),
      caa_domains: fc.array(
        fc.domain().map((name) => name.toLowerCase()),
        { minLength: 1, maxLength: 4 },
      ),
      default_perspective_count: fc.integer({ min: 2, max: 6 }),
      max_attempts: fc.integer({ min: 1, max: 10 }),
      control_name: fc.domain().map((name) => name.toLowerCase()),
      limits: fc.record({
        check_timeout_ms: fc.integer({ min: 100, max: 20_000 }),
        request_timeout_ms: fc.integer({ min: 100, max: 25_000 }),
        linger_ms: fc.integer({ min: 0, max: 5_000 }),
        dns_timeout_ms: fc.integer({ min: 50, max: 10_000 }),
      }),
    },
    { requiredKeys: [] },
  );

  it('is one that every function starts with', () => {
    let accepted = 0;
    fc.assert(
      fc.property(changes, (changed) => {
        if (refusalsOf(changed).length > 0) return;
        accepted += 1;
        const deployment = parseExample(changed);
        expect(startHome(deployment).config.caaDomains).toEqual(deployment.caa_domains);
        for (const one of deployment.perspectives)
          readSettings('perspective', perspectiveEnvironment(deployment, one, VERSION));
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});
