import { hashKey } from '../../../shared/contract/settings/api-keys.ts';
import { QueueUnavailableError } from '../../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../../shared/ports/request-store.ts';
import { type Around, interceptLevel, type PortCall } from '../../support/faults.ts';
import { caaRequest } from '../../support/harness.ts';
import { SIX, TWELVE } from '../../support/perspectives.ts';
import {
  ASYNC,
  ask,
  begin,
  get,
  pass,
  post,
  type ServiceOptions,
  type Step,
  type WireCase,
} from './wire-case.ts';

const KEYS = ['one', 'two'].map((name) => ({ name, sha256: hashKey(`key-of-caller-${name}`) }));
const as = (name: string) => ({ 'x-api-key': `key-of-caller-${name}` });
const locked =
  (more: ServiceOptions['config'] = {}) =>
  (): ServiceOptions => ({ config: { apiKeys: KEYS, ...more } });
const NOBODY = '/mpic/00000000-0000-7000-8000-000000000000';

/** Calls of a method fail, from the `first` one on to the `last`. */
const failing =
  (
    port: PortCall['port'],
    method: string,
    error: () => Error,
    { first = 1, last = Number.POSITIVE_INFINITY } = {},
  ): (() => ServiceOptions) =>
  () => {
    let seen = 0;
    const around: Around = async (call, effect) => {
      if (call.port !== port || call.method !== method) return effect();
      seen += 1;
      if (seen >= first && seen <= last) throw error();
      return effect();
    };
    return port === 'level' ? { wrapLevel: (level) => interceptLevel(level, around) } : { around };
  };
const storeDown = () => new StoreUnavailableError('down');
const queueDown = () => new QueueUnavailableError('down');

const PATHS: readonly WireCase[] = [
  { name: 'GET /healthz', steps: [get('/healthz')] },
  { name: 'GET /readyz', steps: [get('/readyz')] },
  { name: 'GET / is not found', steps: [get('/')] },
  { name: 'GET /mpic/ is GET /mpic, which is not allowed', steps: [get('/mpic/')] },
  {
    name: 'GET of an id that is none is not found',
    steps: [
      get('/mpic/1'),
      get(`/mpic/${'x'.repeat(100)}`),
      get('/mpic/%E2%80%AE'),
      get('/mpic/00000000-0000-7000-8000-00000000000G'),
    ],
  },
  {
    name: 'GET of an id in capitals is not found',
    steps: [get('/mpic/00000000-0000-7000-8000-00000000000A')],
  },
  { name: 'GET of a request that nobody made is not found', steps: [get(NOBODY)] },
  {
    name: 'GET of a path that is not there is not found',
    steps: [get('/nothing?a=b'), get('/mpic/../secret')],
  },
  { name: 'repeated slashes are one', steps: [get('//healthz'), get('///mpic//1')] },
  ...(
    [
      ['GET', '/mpic'],
      ['PUT', '/mpic'],
      ['DELETE', '/mpic'],
      ['OPTIONS', '/mpic'],
      ['POST', NOBODY],
      ['DELETE', '/perspectives'],
      ['POST', '/healthz'],
      ['PATCH', '/readyz'],
    ] as const
  ).map(([method, path]) => ({ name: `${method} ${path} is not allowed`, steps: [ask(method, path)] })),
  { name: 'HEAD /healthz has no body', steps: [ask('HEAD', '/healthz')] },
];

const everywhere = (headers: Record<string, string>): readonly Step[] => [
  post('{', { headers }),
  get(NOBODY, headers),
  get('/perspectives', headers),
  get('/healthz', headers),
  get('/readyz', headers),
];
const CALLERS: readonly WireCase[] = [
  {
    name: 'without a key callers are turned away before their body is read',
    service: locked(),
    steps: everywhere({}),
  },
  {
    name: 'with an empty key callers are turned away',
    service: locked(),
    steps: everywhere({ 'x-api-key': '' }),
  },
  {
    name: 'with a wrong key callers are turned away',
    service: locked(),
    steps: everywhere({ 'x-api-key': 'guess' }),
  },
  {
    name: 'with their key callers are served',
    service: locked(),
    steps: [post(caaRequest(), { headers: as('one') }), get('/mpic/{0}', as('one'))],
  },
  {
    name: 'a request of another caller is not found',
    service: locked(),
    steps: [post(caaRequest(), { headers: as('one') }), get('/mpic/{0}', as('two'))],
  },
];

const LISTS: readonly WireCase[] = [
  { name: 'GET /perspectives before the first request', steps: [get('/perspectives')] },
  {
    name: 'GET /perspectives after two requests with silence and failure',
    service: () => ({ silent: SIX.slice(0, 1) }),
    steps: [post(caaRequest()), post(caaRequest()), get('/perspectives')],
  },
  {
    name: 'GET /perspectives of twelve with a primary one',
    withProcess: true,
    service: () => ({
      config: { perspectives: TWELVE, primary: { kind: 'perspective', code: 'eu-north-1' } },
    }),
    steps: [get('/perspectives')],
  },
  {
    name: 'GET /perspectives with the primary one at a site',
    service: () => ({
      config: {
        primary: { kind: 'site', name: 'Data centre', rir: 'RIPE NCC', latitude: 52.5, longitude: 13.4 },
      },
    }),
    steps: [get('/perspectives')],
  },
];

const silent = (config: ServiceOptions['config']) => (): ServiceOptions => ({
  silent: SIX,
  config: { apiKeys: KEYS, ...config },
});
const running = (...callers: readonly string[]): readonly Step[] =>
  callers.map((caller) => begin(caaRequest(), { headers: as(caller) }));
const LIMITS: readonly WireCase[] = [
  {
    name: 'more requests than the service takes: 503',
    service: silent({ maxRunning: 2 }),
    steps: [...running('one', 'two'), pass(200), post(caaRequest(), { headers: as('one') })],
  },
  {
    name: 'more requests than one caller may have: 429',
    service: silent({ maxRunning: 4 }),
    steps: [...running('one', 'one'), pass(200), post(caaRequest(), { headers: as('one') })],
  },
  {
    name: 'more asynchronous requests than the operator lets a caller have: 429',
    service: silent({ maxRunning: 9, maxRunningPerCaller: 1 }),
    steps: [
      post(caaRequest(), { ...ASYNC, headers: as('one') }),
      post(caaRequest(), { ...ASYNC, headers: as('one') }),
      post(caaRequest(), { ...ASYNC, headers: as('two') }),
    ],
  },
];

const FAULTS: readonly WireCase[] = [
  {
    name: 'a database that refuses a write: 503 until it is open again',
    service: failing('level', 'batch', () => new Error('no write'), { first: 3 }),
    steps: [post(caaRequest()), post(caaRequest()), get('/readyz')],
  },
  {
    name: 'a store that is down when a request is made: 503',
    service: failing('requests', 'create', storeDown),
    steps: [post(caaRequest())],
  },
  {
    name: 'a store that is down when a request is read: 503',
    service: failing('requests', 'read', storeDown),
    steps: [get(NOBODY)],
  },
  {
    name: 'a deadline queue that is down: 503',
    service: failing('deadlines', 'send', queueDown),
    steps: [post(caaRequest())],
  },
  {
    name: 'job queues that are down leave every perspective silent',
    service: failing('jobs', 'send', queueDown),
    steps: [post(caaRequest())],
  },
  {
    name: 'a verdict that cannot be written is collected later',
    service: failing('requests', 'close', storeDown, { last: 1 }),
    steps: [post(caaRequest()), get('/mpic/{0}?wait=25')],
  },
  {
    name: 'a fault that nobody expected: 500',
    service: failing('requests', 'create', () => new Error('a secret of the server')),
    steps: [post(caaRequest())],
  },
  {
    name: 'verdicts whose evidence cannot be written: 503 after ten minutes',
    service: () => ({
      config: { publication: { maxUnpublished: 1000, maxUnpublishedMs: 600_000 } },
      ...failing('audit', 'append', () => new Error('the sink is down'), { first: 2 })(),
    }),
    steps: [post(caaRequest()), pass(610_000), post(caaRequest()), get('/readyz'), get('/healthz')],
  },
];

export const HTTP_CASES: readonly WireCase[] = [...PATHS, ...CALLERS, ...LISTS, ...LIMITS, ...FAULTS];
