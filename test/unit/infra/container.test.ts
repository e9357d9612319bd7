import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../services/hosts/load-config.ts';
import { queueAddress } from '../../../shared/adapters/aws/clients.ts';
import { REQUESTS_KEY, RESULTS_KEY } from '../../../shared/contract/deployment/tables.ts';
import { readSettings } from '../../../shared/contract/settings/read-settings.ts';
import { isSharedHost } from '../../../shared/contract/settings/service-config.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CONTAINER = 'infra/container';
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Container {
  readonly image?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}

const { services } = parse(read(`${CONTAINER}/compose.yaml`), { merge: true }) as {
  readonly services: Readonly<Record<string, Container>>;
};
const CODES = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-northeast-1', 'sa-east-1'];
const KEYS = 'ca:0123456789abcdef0123456789abcdef';
const OURS = ['api', ...CODES];

/** What a container reads from its environment, with values for what the operator has to give. */
function environmentOf(name: string): NodeJS.ProcessEnv {
  const given: Readonly<Record<string, string>> = {
    MPIC_API_KEYS: KEYS,
    MPIC_COHORT_SECRET: '0123456789abcdef0123456789abcdef',
  };
  const values = Object.entries(services[name]?.environment ?? {}).map(([key, value]) => {
    const [, variable = '', fallback] = /^\$\{(\w+):[-?](.*)\}$/.exec(value) ?? [];
    return [key, variable === '' ? value : (given[variable] ?? fallback)] as const;
  });
  return Object.fromEntries(values);
}

describe('infra/container/Dockerfile', () => {
  const lines = read(`${CONTAINER}/Dockerfile`).split('\n');
  const arguments_ = (instruction: string) =>
    lines.flatMap((line) => (line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : []));

  it('copies from the repository only what is there, and what its list of ignored files lets in', () => {
    const sources = arguments_('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1));
    const admitted = read(`${CONTAINER}/Dockerfile.dockerignore`).split('\n');
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
      expect(admitted).toContain(`!${source.replace(/\/$/, '')}`);
    }
  });

  it('copies every file that the build reads', () => {
    const copied = arguments_('COPY').join(' ');
    const entries = [...read('infra/build.mjs').matchAll(/'((?:services|shared|test|infra)\/[\w/.-]+)'/g)];
    expect(entries.length).toBeGreaterThan(10);
    for (const [, path = ''] of entries) expect(copied).toContain(`${path.split('/')[0]}/`);
  });

  it('builds in one stage and runs in another, as a user without rights, under an init', () => {
    expect(arguments_('FROM')).toEqual([`\${BASE} AS build`, `\${BASE}`]);
    expect(arguments_('USER')).toEqual(['10001:10001']);
    expect(JSON.parse(arguments_('ENTRYPOINT')[0] ?? '')).toEqual([
      ...['tini', '--', 'node', '--enable-source-maps'],
      'dist/mpic.mjs',
    ]);
    expect(lines.join('\n')).toMatch(/apt-get install [^\n]* tini unbound/);
  });

  it('starts a service that needs keys, since others can reach it', () => {
    const [start, ...flags] = JSON.parse(arguments_('CMD')[0] ?? '') as string[];
    expect(start).toBe('start');
    expect(() => loadConfig(flags, {}, new Date())).toThrow(/MPIC_API_KEYS/);
    expect(loadConfig(flags, { MPIC_API_KEYS: KEYS }, new Date())).toMatchObject({
      host: '0.0.0.0',
      dataDir: '/var/lib/mpic',
    });
  });
});

describe('infra/container/compose.yaml', () => {
  it('has the API, a worker for each perspective, and the emulator with what creates its resources', () => {
    expect(Object.keys(services).sort()).toEqual([...OURS, 'aws', 'resources'].sort());
  });

  it.each(OURS)('%s runs without rights, on a file system that it cannot write to', (name) => {
    expect(services[name]).toMatchObject({
      image: 'mpic',
      user: '10001:10001',
      read_only: true,
      cap_drop: ['ALL'],
      depends_on: { resources: { condition: 'service_completed_successfully' } },
    });
  });

  it.each(Object.entries(services).filter(([name]) => !OURS.includes(name)))(
    '%s is of a named version',
    (_, { image }) => {
      expect(image).toMatch(/:\d+\.\d+\.\d+$/);
    },
  );

  it('publishes the API on loopback alone', () => {
    expect(Object.values(services).flatMap(({ ports = [] }) => ports)).toEqual(['127.0.0.1:3000:3000']);
  });

  it('gives the API settings that it starts with, and has it say that all perspectives share one host', () => {
    const [, ...flags] = services.api?.command ?? [];
    const perspectives = join(ROOT, CONTAINER, 'perspectives.json');
    expect(services.api?.volumes).toEqual(['./perspectives.json:/etc/mpic/perspectives.json:ro']);
    const settings = environmentOf('api');
    const config = loadConfig(
      flags,
      { ...settings, MPIC_CONFIG: perspectives },
      new Date('2026-11-30T00:00:00Z'),
    );
    expect(config.backend).toBe('aws');
    expect(isSharedHost(config)).toBe(true);
    expect(config.perspectives.map(({ code }) => code)).toEqual(CODES);
  });

  it.each(CODES)(
    'gives the worker %s settings that it starts with, and the queue that the API sends to',
    (code) => {
      const { entrypoint = [] } = services[code] ?? {};
      expect(entrypoint.at(-1)).toBe('dist/perspective-worker/index.mjs');
      const settings = readSettings('worker', environmentOf(code));
      expect(settings.perspective).toBe(code);
      const { perspectives } = JSON.parse(read(`${CONTAINER}/perspectives.json`)) as {
        perspectives: { code: string; queue: string; queue_region: string }[];
      };
      const sent = perspectives.find((one) => one.code === code);
      expect(queueAddress(settings.jobQueue, settings.queueRegion)).toEqual(
        queueAddress(sent?.queue ?? '', sent?.queue_region ?? null),
      );
      expect(settings.wakeQueue).toBe(environmentOf('api').MPIC_WAKE_QUEUE);
    },
  );

  it('creates every queue that is named, and tables with the keys of the code', () => {
    const script = read(`${CONTAINER}/create-resources.sh`);
    const regions = /^for region in (.*); do$/m.exec(script)?.[1]?.split(' ');
    expect(regions).toEqual(CODES);
    for (const name of ['mpic-deadlines', 'mpic-wake-ups'])
      expect(script).toContain(`queue eu-west-1 ${name} `);
    expect(script).toContain(`AttributeName=${REQUESTS_KEY.partition},KeyType=HASH`);
    expect(script).toContain(
      `AttributeName=${RESULTS_KEY.partition},KeyType=HASH AttributeName=${RESULTS_KEY.sort},KeyType=RANGE`,
    );
  });

  it('has a script that bash can read', async () => {
    const script = join(ROOT, CONTAINER, 'create-resources.sh');
    await expect(promisify(execFile)('bash', ['-n', script])).resolves.toMatchObject({ stderr: '' });
  });
});

describe('infra/systemd/mpic.service', () => {
  const unit = read('infra/systemd/mpic.service');
  const settingOf = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

  it('starts a program of the build with settings that there are', () => {
    const [node, , program = '', start, ...flags] = (settingOf('ExecStart') ?? '').split(' ');
    expect([node, start]).toEqual(['/usr/bin/node', 'start']);
    expect(program).toBe('/opt/mpic/dist/mpic.mjs');
    expect(read('infra/build.mjs')).toContain("mpic: 'services/cli/main.ts'");
    expect(loadConfig(flags, {}, new Date())).toMatchObject({ dataDir: '/var/lib/mpic', log: 'json' });
    expect(settingOf('StateDirectory')).toBe('mpic');
  });

  it.each([
    ['DynamicUser', 'yes'],
    ['NoNewPrivileges', 'yes'],
    ['ProtectSystem', 'strict'],
    ['CapabilityBoundingSet', ''],
    ['UMask', '0077'],
    ['RestartPreventExitStatus', '2'],
  ])('has %s=%s', (name, value) => {
    expect(settingOf(name)).toBe(value);
  });

  it('opens enough files for the requests that may run', () => {
    const { maxRunning, perspectives } = loadConfig([], {}, new Date());
    expect(Number(settingOf('LimitNOFILE'))).toBeGreaterThan(448 + (perspectives.length + 1) * maxRunning);
  });
});

describe('.github/workflows/ci.yml', () => {
  const workflow = parse(read('.github/workflows/ci.yml')) as {
    readonly permissions: object;
    readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
  };
  const runs = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

  it('may read the repository and nothing else', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('runs only scripts and files that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const run of runs) {
      for (const [, script = ''] of run.matchAll(/npm run ([\w:-]+)/g))
        expect(scripts).toHaveProperty(script);
      for (const [, path = ''] of run.matchAll(/ -f (\S+)/g)) expect(existsSync(join(ROOT, path))).toBe(true);
    }
    expect(runs).toContain('.ci/run');
  });
});
