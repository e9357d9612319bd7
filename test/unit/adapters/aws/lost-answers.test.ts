import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwsClients } from '../../../../shared/adapters/aws/home-clients.ts';
import { emulatorSettings } from '../../../lab/emulators/emulators.ts';
import {
  type AwsEmulation,
  awsStores,
  HOME_REGION,
  startAwsEmulation,
} from '../../../support/aws-emulation.ts';
import { BUILT_AT, buildCheckResult, buildRequestRecord, buildVerdict } from '../../../support/builders.ts';
import { type Reaction, type ServiceCall, startScriptedService } from '../../../support/scripted-service.ts';

const NEXT = { token: 'next', startedAt: BUILT_AT, deadline: BUILT_AT + 1 };

/**
 * The SDK retries a call with a lost response. If the write happened, the retry fails the condition, and the adapter
 * has to recognise its own write.
 */
describe('writes with a lost response', () => {
  let emulation: AwsEmulation;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    emulation = await startAwsEmulation();
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await emulation.close();
  });

  /** Stores connected to the emulator through a proxy that reacts to each call as configured. */
  async function storesBehind(react: (call: ServiceCall) => Reaction | Promise<Reaction>) {
    const service = await startScriptedService(react, emulation.emulators.endpoints.dynamodb);
    const clients = createAwsClients(emulatorSettings({ dynamodb: service.url }, HOME_REGION));
    closing.push(service.close, clients.close);
    return { ...awsStores(clients, emulation.tables), calls: service.calls };
  }

  const direct = () => awsStores(emulation.clients, emulation.tables);
  const loseFirst =
    (operation: string) =>
    (call: ServiceCall): Reaction =>
      call.operation === operation && call.count === 1 ? 'forward-and-lose-answer' : 'forward';

  it('return created for a create that was stored', async () => {
    const { requests, calls } = await storesBehind(loseFirst('PutItem'));
    const record = buildRequestRecord();
    expect(await requests.create(record)).toBe('created');
    expect(calls.map(({ operation }) => operation)).toEqual(['PutItem', 'PutItem', 'GetItem']);
    expect(await requests.read(record.requestId)).toEqual(record);
  });

  it('return exists for a create whose id was taken before', async () => {
    const record = buildRequestRecord();
    await direct().requests.create(record);
    const { requests } = await storesBehind(loseFirst('PutItem'));
    expect(await requests.create({ ...record, caller: 'somebody else' })).toBe('exists');
  });

  it('retry a create that never arrived', async () => {
    const { requests, calls } = await storesBehind(({ count }) => (count === 1 ? 'break' : 'forward'));
    expect(await requests.create(buildRequestRecord())).toBe('created');
    expect(calls).toHaveLength(2);
  });

  it('return written for a close that was stored, with one verdict', async () => {
    const record = buildRequestRecord();
    await direct().requests.create(record);
    const { requests } = await storesBehind(loseFirst('UpdateItem'));
    expect(await requests.close(record.requestId, 1, buildVerdict())).toBe('written');
    expect((await requests.read(record.requestId))?.verdicts).toHaveLength(1);
  });

  it('return written for an advance that was stored, which happens once', async () => {
    const record = buildRequestRecord();
    await direct().requests.create(record);
    const { requests } = await storesBehind(loseFirst('UpdateItem'));
    expect(await requests.advance(record.requestId, 1, buildVerdict(), NEXT)).toBe('written');
    expect(await requests.read(record.requestId)).toMatchObject({ attempt: 2, verdicts: [buildVerdict()] });
  });

  it('return superseded for a second close', async () => {
    const record = buildRequestRecord();
    await direct().requests.create(record);
    await direct().requests.close(record.requestId, 1, buildVerdict({ isValid: false }));
    const { requests } = await storesBehind(loseFirst('UpdateItem'));
    expect(await requests.close(record.requestId, 1, buildVerdict())).toBe('superseded');
  });

  it('return written for exactly one of two closes, whichever responses are lost', async () => {
    for (let round = 0; round < 5; round++) {
      const record = buildRequestRecord();
      await direct().requests.create(record);
      const closers = await Promise.all([
        storesBehind(loseFirst('UpdateItem')),
        storesBehind(loseFirst('UpdateItem')),
      ]);
      const outcomes = await Promise.all(
        closers.map(({ requests }) => requests.close(record.requestId, 1, buildVerdict())),
      );
      expect(outcomes.sort()).toEqual(['superseded', 'written']);
    }
  });

  it('return recorded for a result that was stored, so that the coordinator is woken', async () => {
    const { sink } = await storesBehind(loseFirst('PutItem'));
    const result = buildCheckResult();
    expect(await sink.record(result)).toBe('recorded');
    expect(await sink.record(result)).toBe('duplicate');
  });

  it('retry a throttled write', async () => {
    const throttled = {
      status: 400,
      body: { __type: 'ProvisionedThroughputExceededException', message: 'slow' },
    };
    const { requests } = await storesBehind(({ count }) => (count === 1 ? throttled : 'forward'));
    expect(await requests.create(buildRequestRecord())).toBe('created');
  });

  it.each([
    {
      name: 'a denied call',
      body: { __type: 'AccessDeniedException', message: 'not yours' },
      status: 400,
    },
    {
      name: 'a missing table',
      body: { __type: 'ResourceNotFoundException', message: 'none' },
      status: 400,
    },
    {
      name: 'a persistent internal error',
      body: { __type: 'InternalServerError', message: 'oops' },
      status: 500,
    },
  ])('report $name as a message, without the SDK exchange', async ({ status, body }) => {
    const { requests } = await storesBehind(() => ({ status, body }));
    const error: unknown = await requests.read('any').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'StoreUnavailableError',
      message: expect.stringContaining(body.message),
    });
    expect(error).not.toHaveProperty('cause');
    expect(error).not.toHaveProperty('$response');
  });
});
