import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type CheckJob, parseCheckJob } from '../../shared/contract/messages/check-job.ts';
import { CONTRACT_VERSION } from '../../shared/contract/messages/contract.ts';
import { serialiseResult } from '../../shared/contract/messages/stored-result.ts';
import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { Consumer } from '../../shared/ports/queues.ts';
import type { Bench } from './bench.ts';
import { buildCaaDetails, buildDnsDcvDetails } from './builders.ts';
import type { Harness } from './harness.ts';
import { TWELVE } from './perspectives.ts';

/** The actions of an attacker who has the credentials of one perspective and nothing else. */
export interface Foothold {
  readonly code: PerspectiveCode;
  /** Store any text under its own keys, overwriting what is there. */
  store(text: string, at: { readonly requestId: string; readonly attempt: number }): Promise<void>;
  /** Send any body to the wake-up queue. */
  send(body: string): Promise<void>;
}

export interface Attack {
  readonly name: string;
  /** On receipt of a job. */
  readonly onJob: (me: Foothold, job: CheckJob) => Promise<void>;
  /** After the verdict of the job's request. */
  readonly afterVerdict?: (me: Foothold, job: CheckJob) => Promise<void>;
}

/** A perspective that an attacker controls. The trace identifier of a request names the attack. */
export class HostilePerspective {
  readonly #me: Foothold;
  readonly #attacks: readonly Attack[];
  readonly #jobs: CheckJob[] = [];
  readonly #consumer: Consumer;

  constructor(code: PerspectiveCode, bench: Bench, { backend }: Harness, attacks: readonly Attack[]) {
    this.#attacks = attacks;
    this.#me = {
      code,
      store: (text, { requestId, attempt }) => bench.putResult(code, requestId, attempt, text),
      // The queue rejects a body that is too long; the attacker ignores the error.
      send: (body) => backend.wakeUps.send(body).catch(() => {}),
    };
    this.#consumer = backend.consumeJobs(code, async ({ body }) => {
      const job = parseCheckJob(body);
      this.#jobs.push(job);
      await this.#attackOn(job)?.onJob(this.#me, job);
    });
  }

  async attackAgain(): Promise<void> {
    await Promise.all(this.#jobs.map((job) => this.#attackOn(job)?.afterVerdict?.(this.#me, job)));
  }

  stop(): Promise<void> {
    return this.#consumer.stop();
  }

  #attackOn({ traceIdentifier }: CheckJob): Attack | undefined {
    return this.#attacks.find(({ name }) => name === traceIdentifier);
  }
}

/** The result that this perspective stores if CAA permits, or forbids, issuance. */
function vote(me: Foothold, job: CheckJob, permits: boolean, changes: Partial<CheckResult> = {}): string {
  return serialiseResult({
    requestId: job.requestId,
    attempt: job.attempt,
    perspective: me.code,
    checkType: 'caa',
    startedAt: job.deadline - 5_000,
    completedAt: job.deadline - 4_990,
    recorder: 'mpic 0.1.0',
    allowedNetworks: [],
    attemptToken: job.attemptToken,
    requestDigest: job.requestDigest,
    completed: true,
    passed: permits,
    corroborates: permits,
    errors: [],
    details: buildCaaDetails({ reason: permits ? 'authorised' : 'issuer-not-authorised' }),
    ...changes,
  });
}

/** The text of a vote with other members, within the bounds or not. */
function forged(me: Foothold, job: CheckJob, members: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(vote(me, job, true)), ...members });
}

function wakeUp({ requestId, attempt }: { requestId: string; attempt: number }, members = {}): string {
  return JSON.stringify({
    contract: CONTRACT_VERSION,
    kind: 'result-written',
    requestId,
    attempt,
    ...members,
  });
}

function deadline({ requestId, attemptToken }: CheckJob, attempt: number, asked: readonly string[]): string {
  return wakeUp({ requestId, attempt }, { kind: 'deadline', asked, attemptToken, putOffs: 0 });
}

/** Stores a text and sends a wake-up for it. */
const storing =
  (textOf: (me: Foothold, job: CheckJob) => string): Attack['onJob'] =>
  async (me, job) => {
    await me.store(textOf(me, job), job);
    await me.send(wakeUp(job));
  };

/** Stores a vote with changed members. */
const claiming = (name: string, membersOf: (job: CheckJob) => Record<string, unknown>): Attack => ({
  name,
  onJob: storing((me, job) => forged(me, job, membersOf(job))),
});

const times = async (count: number, act: (index: number) => Promise<void>) => {
  await Promise.all(Array.from({ length: count }, (_, index) => act(index)));
};

const LONG = 'x'.repeat(300 * 1024);
const OTHERS = TWELVE.map(({ code }) => code);

const BODIES: readonly string[] = [
  'not json',
  '{}',
  'null',
  '[]',
  '['.repeat(100_000),
  '"\\ud800"',
  '\ufffd\u0000',
  LONG,
  JSON.stringify({ contract: '9.0', kind: 'result-written' }),
  `{"contract":"${CONTRACT_VERSION}","kind":"result-written","requestId":"__proto__","attempt":1}`,
  `{"__proto__":{"attempt":1},"contract":"${CONTRACT_VERSION}","kind":"result-written"}`,
];

/** All attacks. `flood`: number of messages in a flood. */
export function attacksWith(flood: number): readonly Attack[] {
  return [
    { name: 'stores no result', onJob: async () => {} },
    { name: 'votes in favour', onJob: storing((me, job) => vote(me, job, true)) },
    { name: 'votes against', onJob: storing((me, job) => vote(me, job, false)) },
    {
      name: 'forges deadlines of all attempts with an empty cohort',
      onJob: async (me, job) => {
        for (const attempt of [1, 2, 3]) await me.send(deadline(job, attempt, []));
      },
    },
    {
      name: 'forges deadlines with itself as the only member and votes in favour',
      onJob: async (me, job) => {
        await me.store(vote(me, job, true), job);
        await times(20, () => me.send(deadline(job, job.attempt, [me.code])));
      },
    },
    {
      name: 'sends wake-ups that are unreadable',
      onJob: async (me) => {
        for (const body of BODIES) await me.send(body);
      },
    },
    {
      name: 'sends wake-ups of other attempts',
      onJob: async (me, { requestId }) => {
        for (const attempt of [-1, 0, 1.5, 2, 1000, 1001, 1e300])
          await me.send(wakeUp({ requestId, attempt }));
      },
    },
    {
      name: 'floods the queue with wake-ups for its attempt',
      onJob: (me, job) => times(flood, () => me.send(wakeUp(job))),
      afterVerdict: (me, job) => times(flood / 10, () => me.send(wakeUp(job))),
    },
    {
      name: 'floods the queue with wake-ups for unknown requests',
      onJob: (me) => times(flood, () => me.send(wakeUp({ requestId: randomUUID(), attempt: 1 }))),
    },
    {
      name: 'stores results of unknown requests and sends a wake-up',
      onJob: (me, job) =>
        times(20, async () => {
          const other = { requestId: randomUUID(), attempt: 1 };
          await me.store(forged(me, job, other), other);
          await me.send(wakeUp(other));
        }),
    },
    {
      name: 'stores results of attempts that have not begun or never will',
      async onJob(me, job) {
        for (const attempt of [1, 2, 3, 4, 999]) {
          const at = { requestId: job.requestId, attempt };
          await me.store(forged(me, job, { attempt }), at);
          await me.send(wakeUp(at));
        }
      },
    },
    claiming('claims a time that no clock can show', () => ({ startedAt: 1e300, completedAt: 1e300 })),
    claiming('claims a time after the year 9999', () => ({ completedAt: 9e15 })),
    claiming('claims the last possible time', () => ({ completedAt: 253_402_300_799_999 })),
    claiming('claims a time before 1970', () => ({ startedAt: -1, completedAt: -8.64e15 })),
    claiming('claims a time that is NaN', () => ({ completedAt: Number.NaN })),
    claiming('has an error type of 300 KB', () => ({ errors: [{ type: LONG, message: 'm' }] })),
    claiming('has the longest valid errors', () => ({
      errors: Array.from({ length: 16 }, (_, index) => ({
        type: `${index}`.padEnd(200, 't'),
        message: '"\\'.repeat(1_000),
      })),
    })),
    claiming('has the largest valid evidence, unique for each request', ({ requestId }) => ({
      details: buildCaaDetails({ recordsSeen: Array(700).fill(`0 issue "${requestId}\u0001\u2028"`) }),
    })),
    claiming('has members with names of Object.prototype', () => ({
      constructor: { prototype: { passed: true } },
      toString: null,
      details: { ...buildCaaDetails(), hasOwnProperty: 1, kind: '__proto__' },
    })),
    {
      name: 'sets __proto__',
      onJob: storing((me, job) => vote(me, job, true).replace('{', '{"__proto__":{"passed":true},')),
    },
    {
      name: 'claims to be another perspective',
      async onJob(me, job) {
        const victim = OTHERS.find((code) => code !== me.code);
        await storing(() => forged(me, job, { perspective: victim }))(me, job);
      },
    },
    claiming('claims another attempt', ({ attempt }) => ({ attempt: attempt + 1 })),
    claiming('has the token of another start', () => ({ attemptToken: 'of another start' })),
    claiming('has no token', () => ({ attemptToken: null, requestDigest: null })),
    claiming('has the digest of another request', () => ({ requestDigest: 'e'.repeat(64) })),
    claiming('has evidence of another kind', () => ({ details: buildDnsDcvDetails() })),
    claiming('permits without evidence', () => ({ details: { kind: 'none' } })),
    claiming('contradicts itself', () => ({ completed: false, passed: true, corroborates: true })),
    claiming('reports lab networks', () => ({ allowedNetworks: ['127.0.0.0/8'] })),
    claiming('has an unknown contract', () => ({ contract: '9.0' })),
    claiming('has lone surrogates', () => ({ recorder: 'a\ud800' })),
    { name: 'nests arrays 100,000 deep', onJob: storing(() => '['.repeat(100_000)) },
    {
      name: 'claims a later version, and nests arrays 100,000 deep',
      onJob: storing((me, job) => {
        const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
        const later = `"contract":"1.99","details":${nested},"addedLater":${nested}`;
        return vote(me, job, false).replace(`"contract":"${CONTRACT_VERSION}"`, later);
      }),
    },
    { name: 'stores an empty text', onJob: storing(() => ' ') },
    {
      name: 'changes its vote repeatedly, before and after the verdict',
      async onJob(me, job) {
        for (let turn = 0; turn < 10; turn++) await storing(() => vote(me, job, turn % 2 === 0))(me, job);
      },
      async afterVerdict(me, job) {
        for (let turn = 0; turn < 10; turn++) await storing(() => vote(me, job, turn % 2 === 1))(me, job);
      },
    },
    {
      name: 'votes against, and in favour after the verdict',
      onJob: storing((me, job) => vote(me, job, false)),
      afterVerdict: storing((me, job) => vote(me, job, true)),
    },
    {
      name: 'makes its vote unreadable after the verdict',
      onJob: storing((me, job) => vote(me, job, true)),
      afterVerdict: storing((me, job) => forged(me, job, { completedAt: 1e300, errors: [{ type: LONG }] })),
    },
    {
      name: 'stores only unreadable texts after the verdict',
      onJob: async () => {},
      async afterVerdict(me, job) {
        for (const completedAt of [1e300, -1, null])
          await storing(() => forged(me, job, { completedAt }))(me, job);
      },
    },
    {
      name: 'forges deadlines after the verdict',
      onJob: async () => {},
      afterVerdict: (me, job) => times(20, () => me.send(deadline(job, job.attempt, []))),
    },
  ];
}

interface Step {
  readonly after: boolean;
  readonly act: 'store' | 'send' | 'store and wake';
  readonly text: {
    readonly kind: 'vote' | 'deadline' | 'wake-up' | 'json' | 'bytes';
    readonly members: object;
  };
  readonly value: unknown;
  readonly attempt: number;
}

const member = fc.constantFrom(
  ...[
    'requestId',
    'attempt',
    'perspective',
    'checkType',
    'startedAt',
    'completedAt',
    'recorder',
    'completed',
  ],
  ...['passed', 'corroborates', 'errors', 'details', 'allowedNetworks', 'attemptToken', 'requestDigest'],
  ...['contract', 'kind', 'asked', 'putOffs', '__proto__'],
);
const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(true, false, null, 1, 2, 1e300, -1, '', '1.0', 'caa', 'deadline', 'result-written'),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...OTHERS),
);
const step: fc.Arbitrary<Step> = fc.record({
  after: fc.boolean(),
  act: fc.constantFrom('store', 'send', 'store and wake'),
  text: fc.record({
    kind: fc.constantFrom('vote', 'vote', 'deadline', 'wake-up', 'json', 'bytes'),
    members: fc.dictionary(member, anyValue, { maxKeys: 3 }),
  }),
  value: anyValue,
  attempt: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(1, 2, 3) },
  ),
});

/** An attacker who performs random actions in any order. */
export const anyAttack: fc.Arbitrary<Attack> = fc
  .array(step, { minLength: 1, maxLength: 12 })
  .map((steps) => {
    const play = (after: boolean) => async (me: Foothold, job: CheckJob) => {
      for (const one of steps.filter((candidate) => candidate.after === after)) await take(me, job, one);
    };
    const digest = createHash('sha256').update(JSON.stringify(steps)).digest('hex');
    return { name: `at random ${digest}`, onJob: play(false), afterVerdict: play(true) };
  });

async function take(me: Foothold, job: CheckJob, { act, text, value, attempt: other }: Step): Promise<void> {
  const attempt = other === 0 ? job.attempt : other;
  const at = { requestId: job.requestId, attempt };
  const body = textOf(me, { ...job, attempt }, text, value);
  if (act === 'send') return me.send(body);
  // The tables reject an empty text.
  await me.store(body === '' ? ' ' : body, at);
  if (act === 'store and wake') await me.send(wakeUp(at));
}

function textOf(me: Foothold, job: CheckJob, { kind, members }: Step['text'], value: unknown): string {
  if (kind === 'vote') return forged(me, job, { ...members });
  if (kind === 'deadline')
    return JSON.stringify({ ...JSON.parse(deadline(job, job.attempt, [])), ...members });
  if (kind === 'wake-up') return wakeUp(job, members);
  return kind === 'json' ? JSON.stringify(value) : String(value);
}
