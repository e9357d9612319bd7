import { caaRequest } from '../../support/harness.ts';
import { SIX, views } from '../../support/perspectives.ts';
import { forbids, late } from '../../support/views.ts';
import { dcvRequest, VALUE } from './dcv-row.ts';
import { ASYNC, begin, get, pass, post, type ServiceOptions, type WireCase } from './wire-case.ts';

const [SLOW = ''] = SIX;
const key = (value: string, query = '') => ({ query, headers: { 'idempotency-key': value } });
const DAY_MS = 86_400_000;
const silent =
  (count: number, config: ServiceOptions['config'] = {}) =>
  (): ServiceOptions => ({ silent: SIX.slice(0, count), config });
const token = (changes: Record<string, unknown> = {}, others: Record<string, unknown> = {}) =>
  dcvRequest(
    {
      validation_method: 'dns-change',
      dns_record_type: 'TXT',
      challenge_value: VALUE,
      challenge_type: 'request-token',
      ...changes,
    },
    others,
  );

const ASYNCHRONOUS: readonly WireCase[] = [
  {
    name: 'an asynchronous request is accepted, read while it runs and read when it is done',
    service: silent(1, { lingerMs: 1500 }),
    steps: [
      post(caaRequest(), ASYNC),
      pass(700),
      get('/mpic/{0}'),
      get('/mpic/{0}?wait=0.1'),
      get('/mpic/{0}?wait=25'),
      get('/mpic/{0}'),
    ],
  },
  {
    name: 'a synchronous request can be read again',
    steps: [post(caaRequest({ trace_identifier: 't-17' })), get('/mpic/{0}')],
  },
  {
    name: 'an asynchronous request of a validation is read when it is done',
    sees: {},
    steps: [
      post(dcvRequest({ validation_method: 'contact-email-txt', challenge_value: 'a@shop.test' }), ASYNC),
      get('/mpic/{0}?wait=25'),
    ],
  },
  {
    name: 'an asynchronous request that nobody answers',
    service: silent(6),
    steps: [post(caaRequest(), ASYNC), get('/mpic/{0}'), get('/mpic/{0}?wait=25')],
  },
  {
    name: 'a wait that cannot be read is none',
    service: silent(6),
    steps: [
      post(caaRequest(), ASYNC),
      get('/mpic/{0}?wait=long'),
      get('/mpic/{0}?wait=-1'),
      get('/mpic/{0}?wait='),
      get('/mpic/{0}?wait=NaN'),
    ],
  },
  {
    name: 'a wait is never longer than 25 seconds',
    service: silent(6),
    steps: [
      post(caaRequest({ orchestration_parameters: { max_attempts: 3 } }), ASYNC),
      get('/mpic/{0}?wait=1000'),
    ],
  },
  ...['true', '1', 'yes', 'YES', ''].map((word) => ({
    name: `async=${word} is asynchronous`,
    steps: [post(caaRequest(), { query: `?async=${word}` })],
  })),
  { name: 'a bare async is asynchronous', steps: [post(caaRequest(), { query: '?async' })] },
  ...['false', '0'].map((word) => ({
    name: `async=${word} is synchronous, whatever is preferred`,
    steps: [post(caaRequest(), { query: `?async=${word}`, headers: { prefer: 'respond-async' } })],
  })),
  {
    name: 'async=maybe is refused',
    steps: [
      post(caaRequest(), { query: '?async=maybe' }),
      post(caaRequest(), { query: '?async=true&async=false' }),
    ],
  },
  {
    name: 'a preference for an asynchronous answer is followed',
    steps: [
      post(caaRequest(), { headers: { prefer: 'wait=5, respond-async' } }),
      post(caaRequest(), { headers: { Prefer: 'RESPOND-ASYNC;q=1' } }),
    ],
  },
  {
    name: 'a preference for something else is not',
    steps: [post(caaRequest(), { headers: { prefer: 'respond-asynchronously, return=minimal' } })],
  },
  {
    name: 'a result after the verdict is shown as a late one',
    service: () => ({ views: views([SLOW], late(1200, forbids)) }),
    steps: [post(caaRequest(), ASYNC), get('/mpic/{0}?wait=25'), pass(20_000), get('/mpic/{0}')],
  },
  {
    name: 'a request that outlasts its client is collected later',
    service: silent(3, { checkTimeoutMs: 600, requestTimeoutMs: 1000, maxAttempts: 2 }),
    steps: [post(caaRequest({ orchestration_parameters: { max_attempts: 2 } })), get('/mpic/{0}?wait=25')],
  },
  {
    name: 'a request is forgotten after its retention',
    service: () => ({ retention: { keepMs: DAY_MS, maxKept: null } }),
    steps: [post(caaRequest()), pass(3 * DAY_MS), get('/mpic/{0}')],
  },
];

const IDEMPOTENT: readonly WireCase[] = [
  {
    name: 'the same key and body give the same answer',
    steps: [post(caaRequest(), key('k')), post(caaRequest(), key('k'))],
  },
  {
    name: 'the same key with another body is a 422',
    steps: [post(caaRequest(), key('k')), post(caaRequest({ trace_identifier: 'other' }), key('k'))],
  },
  {
    name: 'the same key with a body that is no request is a 422',
    steps: [post(caaRequest(), key('k')), post({ check_type: 'none' }, key('k'))],
  },
  {
    name: 'the same key with white space in the body is a 422',
    steps: [post(caaRequest(), key('k')), post(`${JSON.stringify(caaRequest())} `, key('k'))],
  },
  {
    name: 'the same key of an asynchronous request',
    steps: [
      post(caaRequest(), key('k', '?async=1')),
      post(caaRequest(), key('k', '?async=1')),
      post(caaRequest(), key('k')),
    ],
  },
  {
    name: 'the same key while the request runs',
    service: silent(6),
    steps: [
      begin(caaRequest(), key('k')),
      pass(100),
      post(caaRequest(), key('k', '?async=1')),
      post(caaRequest(), key('k')),
    ],
  },
  {
    name: 'the same key again, asynchronously, when the request is done',
    steps: [post(caaRequest(), key('k')), post(caaRequest(), key('k', '?async=1'))],
  },
  {
    name: 'the same key seven hours later, and nine',
    steps: [
      post(caaRequest(), key('k')),
      pass(7 * 3_600_000),
      post(caaRequest(), key('k')),
      pass(2 * 3_600_000),
      post(caaRequest(), key('k')),
    ],
  },
  {
    name: 'the same key of a validation 23 hours later, and 25',
    sees: {},
    steps: [
      post(dcvRequest({ validation_method: 'contact-email-txt', challenge_value: 'a@shop.test' }), key('k')),
      pass(23 * 3_600_000),
      post(dcvRequest({ validation_method: 'contact-email-txt', challenge_value: 'a@shop.test' }), key('k')),
      pass(2 * 3_600_000),
      post(dcvRequest({ validation_method: 'contact-email-txt', challenge_value: 'a@shop.test' }), key('k')),
    ],
  },
  { name: 'a key that is empty is refused', steps: [post(caaRequest(), key(''))] },
  {
    name: 'a key of 255 characters is taken, and one of 256 refused',
    steps: [post(caaRequest(), key('k'.repeat(255))), post(caaRequest(), key('k'.repeat(256)))],
  },
  { name: 'a key with a space is refused', steps: [post(caaRequest(), key('a b'))] },
  { name: 'a key with a latin1 character is refused', steps: [post(caaRequest(), key('sch\u00fcssel'))] },
  {
    name: 'a key beside a refused request is free again',
    steps: [post(caaRequest({ colour: 1 }), key('k')), post(caaRequest(), key('k'))],
  },
];

const TOKENS: readonly WireCase[] = [
  {
    name: 'a Request Token without a time is for one use',
    sees: {},
    steps: [post(token()), post(token({}, { trace_identifier: 'again' }))],
  },
  {
    name: 'a Request Token in the same request again is the same job',
    sees: {},
    steps: [post(token()), post(token())],
  },
  {
    name: 'a Request Token in other letters is the same',
    sees: {},
    steps: [post(token()), post(token({ challenge_value: VALUE.toUpperCase() }))],
  },
  {
    name: 'a Request Token a day later is used up',
    sees: {},
    steps: [post(token()), pass(DAY_MS + 60_000), post(token())],
  },
  {
    name: 'a Request Token with a time may come again',
    sees: {},
    steps: [
      post(token({ challenge_created_at: '2026-11-21T11:59:00Z' })),
      post(token({ challenge_created_at: '2026-11-21T11:59:00Z' }, { trace_identifier: 'again' })),
    ],
  },
];

export const JOB_CASES: readonly WireCase[] = [...ASYNCHRONOUS, ...IDEMPOTENT, ...TOKENS];
