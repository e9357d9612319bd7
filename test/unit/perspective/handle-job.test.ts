import { describe, expect, it } from 'vitest';
import { createJobHandler, type PerspectiveDeps } from '../../../services/perspective/handle-job.ts';
import { type CheckJob, serialiseCheckJob } from '../../../shared/contract/messages/check-job.ts';
import { UnreadableMessageError } from '../../../shared/contract/messages/contract.ts';
import type { CheckOutcome, CheckResult } from '../../../shared/domain/check/check-result.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { ReceivedMessage } from '../../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../../shared/ports/request-store.ts';
import { BUILT_AT, buildCaaDetails, buildCheck } from '../../support/builders.ts';
import { FIRST } from '../../support/decision-bench.ts';
import { createFakeResolver } from '../../support/fake-resolver.ts';
import { dnsOnly } from '../../support/network-view.ts';
import { createRecordingLog } from '../../support/recording-log.ts';
import { VirtualTime } from '../../support/virtual-clock.ts';

const BUDGET_MS = 12_000;
const CHECK_TIMEOUT_MS = 10_000;
const PASS: CheckOutcome = {
  completed: true,
  passed: true,
  corroborates: true,
  errors: [],
  details: buildCaaDetails(),
};

function hosted(change: (clock: Clock) => Partial<PerspectiveDeps> = () => ({})) {
  const time = new VirtualTime(BUILT_AT);
  const clock = time.createClock();
  const stored: CheckResult[] = [];
  const told: string[] = [];
  let checks = 0;
  const log = createRecordingLog();
  const handler = createJobHandler({
    perspective: FIRST,
    view: dnsOnly(createFakeResolver({})),
    results: {
      async record(result) {
        const isKnown = stored.some(({ attempt }) => attempt === result.attempt);
        if (!isKnown) stored.push(result);
        return isKnown ? 'duplicate' : 'recorded';
      },
    },
    wakeUps: {
      async send(body) {
        told.push(body);
      },
    },
    runCheck: async () => {
      checks += 1;
      return PASS;
    },
    clock,
    log,
    checkTimeoutMs: CHECK_TIMEOUT_MS,
    recorder: 'mpic/0 unit',
    ...change(clock),
  });
  const deliver = (job: Partial<CheckJob> = {}, message: Partial<ReceivedMessage> = {}) =>
    time.until(
      handler({
        messageId: 'm',
        receiveCount: 1,
        ageMs: 0,
        body: serialiseCheckJob({
          requestId: '01978f00-0000-7000-8000-000000000001',
          attempt: 1,
          perspective: FIRST,
          check: buildCheck(),
          policy: 'baseline-requirements',
          traceIdentifier: null,
          deadline: BUILT_AT + BUDGET_MS,
          budgetMs: BUDGET_MS,
          notify: false,
          attemptToken: 'a-start',
          requestDigest: 'a'.repeat(64),
          ...job,
        }),
        ...message,
      }),
    );
  return { deliver, handler, stored, told, log, time, checks: () => checks };
}

describe('A check job', () => {
  it('runs the check, and stores the result with recorder and times', async () => {
    const { deliver, stored, told } = hosted();
    await deliver();
    expect(stored).toEqual([
      {
        requestId: '01978f00-0000-7000-8000-000000000001',
        attempt: 1,
        perspective: FIRST,
        checkType: 'caa',
        startedAt: BUILT_AT,
        completedAt: BUILT_AT,
        recorder: 'mpic/0 unit',
        allowedNetworks: [],
        attemptToken: 'a-start',
        requestDigest: 'a'.repeat(64),
        ...PASS,
      },
    ]);
    expect(told).toEqual([]);
  });

  it('of an asynchronous request notifies the decision process after the result is stored', async () => {
    const { deliver, told } = hosted();
    await deliver({ notify: true });
    expect(told.map((body) => JSON.parse(body))).toMatchObject([
      {
        contract: '1.1',
        kind: 'result-written',
        requestId: '01978f00-0000-7000-8000-000000000001',
        attempt: 1,
      },
    ]);
  });

  it('delivered twice stores one result and notifies twice', async () => {
    const { deliver, stored, told } = hosted();
    await deliver({ notify: true });
    await deliver({ notify: true }, { receiveCount: 2 });
    expect(stored).toHaveLength(1);
    expect(told).toHaveLength(2);
  });

  const AGES: readonly {
    readonly name: string;
    readonly job?: Partial<CheckJob>;
    readonly message: Partial<ReceivedMessage>;
    readonly done: boolean;
  }[] = [
    { name: 'within its budget', message: { ageMs: BUDGET_MS - 1 }, done: true },
    { name: 'at the end of its budget', message: { ageMs: BUDGET_MS }, done: false },
    { name: 'without a budget', job: { budgetMs: 0 }, message: {}, done: false },
    {
      name: 'past its deadline by a clock that is five minutes ahead, but 5 ms old',
      job: { deadline: BUILT_AT - 300_000 },
      message: { ageMs: 5 },
      done: true,
    },
    {
      name: 'redelivered past its deadline',
      job: { deadline: BUILT_AT - 1 },
      message: { receiveCount: 2, ageMs: 5 },
      done: false,
    },
    {
      name: 'of unknown age, before its deadline',
      message: { ageMs: null },
      done: true,
    },
    {
      name: 'of unknown age, past its deadline',
      job: { deadline: BUILT_AT },
      message: { ageMs: null },
      done: false,
    },
  ];
  it.each(AGES)('$name runs its check: $done', async ({ job, message, done }) => {
    const { deliver, checks, stored } = hosted();
    await deliver(job, message);
    expect(checks()).toBe(done ? 1 : 0);
    expect(stored).toHaveLength(done ? 1 : 0);
  });

  it.each([
    { receiveCount: 1, times: 0 },
    { receiveCount: 2, times: 1 },
  ])(
    'expired at delivery $receiveCount notifies the decision process $times times',
    async ({ receiveCount, times }) => {
      const { deliver, told } = hosted();
      await deliver({ deadline: BUILT_AT - 1 }, { receiveCount, ageMs: BUDGET_MS });
      expect(told).toHaveLength(times);
    },
  );

  it('whose result is stored after the end notifies the decision process even without notify', async () => {
    const { deliver, told } = hosted((clock) => ({
      results: {
        record: () =>
          new Promise((resolve) => {
            clock.schedule(BUDGET_MS + 1, () => resolve('recorded'));
          }),
      },
    }));
    await deliver();
    expect(told).toHaveLength(1);
  });

  it.each([
    { name: 'after its deadline', deadline: BUILT_AT - 1, times: 1 },
    { name: 'at its deadline', deadline: BUILT_AT, times: 0 },
  ])(
    'that a slow queue accepted late, with its whole budget, notifies $times times when its result is stored $name',
    async ({ deadline, times }) => {
      const { deliver, told } = hosted();
      await deliver({ deadline });
      expect(told).toHaveLength(times);
    },
  );

  it.each([
    { name: 'now', handedOutAt: BUILT_AT, times: 0 },
    { name: 'a second ago', handedOutAt: BUILT_AT - 1000, times: 0 },
    { name: 'more than a second ago', handedOutAt: BUILT_AT - 1001, times: 1 },
    { name: 'more than a second ahead of this clock', handedOutAt: BUILT_AT + 1001, times: 1 },
  ])('that its queue handed out $name notifies $times times', async ({ handedOutAt, times }) => {
    const { deliver, told } = hosted();
    await deliver({}, { handedOutAt });
    expect(told).toHaveLength(times);
  });

  it('for another perspective is rejected without a check', async () => {
    const { deliver, checks } = hosted();
    await expect(deliver({ perspective: 'elsewhere' })).rejects.toBeInstanceOf(UnreadableMessageError);
    expect(checks()).toBe(0);
  });

  it.each(['', '[]', '{"contract":"2.0"}', '{"contract":"1.0"}'])(
    'with the body %j is rejected',
    async (body) => {
      const { handler } = hosted();
      const message = { messageId: 'm', body, receiveCount: 1, ageMs: 0 };
      await expect(handler(message)).rejects.toBeInstanceOf(UnreadableMessageError);
    },
  );

  it("whose checker throws stores a result without the error's text", async () => {
    const { deliver, stored, log } = hosted(() => ({ runCheck: () => Promise.reject(new Error('secret')) }));
    await deliver();
    expect(stored[0]).toMatchObject({
      completed: false,
      passed: false,
      corroborates: false,
      errors: [{ type: 'mpic_error:perspective:internal' }],
      details: { kind: 'none' },
    });
    expect(JSON.stringify(stored)).not.toContain('secret');
    expect(log.entries.some(({ event }) => event === 'check_crashed')).toBe(true);
  });

  it.each([
    { name: 'the check time-out', ageMs: 0, limitMs: CHECK_TIMEOUT_MS },
    { name: 'what is left of its budget', ageMs: BUDGET_MS - 100, limitMs: 100 },
  ])('whose check does not end is given up 250 ms after $name', async ({ ageMs, limitMs }) => {
    const { deliver, stored, time } = hosted(() => ({ runCheck: () => new Promise(() => {}) }));
    await deliver({}, { ageMs });
    expect(stored[0]).toMatchObject({
      completed: false,
      errors: [{ type: 'mpic_error:perspective:timeout' }],
    });
    expect(time.elapsed).toBe(limitMs + 250);
  });

  it('whose result cannot be stored fails, so that its queue redelivers it', async () => {
    const { deliver } = hosted(() => ({
      results: { record: () => Promise.reject(new StoreUnavailableError('down')) },
    }));
    await expect(deliver()).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
