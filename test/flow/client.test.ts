import { afterEach, describe, expect, it } from 'vitest';
import {
  createMpicClient,
  type MpicClient,
  MpicClientError,
  type MpicClientOptions,
  type MpicRequest,
} from '../../shared/client/index.ts';
import { hashKey } from '../../shared/contract/settings/api-keys.ts';
import { openRealTimeBench } from '../support/bench.ts';
import type { HarnessOptions } from '../support/harness.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { type Answering, type Gateway, startGateway } from '../unit/cli/verify-gateway.ts';

const KEY = 'k-5f0c2b7d9e81';
const REQUEST: MpicRequest = {
  check_type: 'caa',
  domain_or_ip_target: 'shop.example.test',
  caa_check_parameters: { caa_domains: ['ca.example'] },
};

/** The client and the real service, with a gateway of one stage between them on loopback. */
describe('the client against the service', () => {
  const bed = useHarness(openRealTimeBench);
  const gateways: Gateway[] = [];

  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
  });

  async function open(
    options: HarnessOptions = {},
    around: (answer: Answering) => Answering = (answer) => answer,
  ): Promise<(more?: Partial<MpicClientOptions>) => MpicClient> {
    const { service } = await bed.start({
      ...options,
      config: { apiKeys: [{ name: 'ca', sha256: hashKey(KEY) }], ...options.config },
    });
    const gateway = await startGateway(
      around((request) => service.api.request(request)),
      '/v1',
    );
    gateways.push(gateway);
    return (more = {}) => createMpicClient({ url: gateway.url, key: KEY, timeoutMs: 20_000, ...more });
  }

  it('gets a verdict with the answer, and the same one when it asks by its id', async () => {
    const client = (await open())();
    const response = await client.check(REQUEST);
    expect(response).toMatchObject({ is_valid: true, domain_or_ip_target: 'shop.example.test' });
    expect(await client.get(response.mpic_id)).toMatchObject({ status: 'completed', response });
    expect(await client.wait(response.mpic_id)).toEqual(response);
  });

  it('collects a verdict that the service did not wait for, and tells the id first', async () => {
    const client = (await open())();
    const ids: string[] = [];
    const response = await client.check(REQUEST, {
      async: true,
      onAccepted: ({ job }) => ids.push(job.mpic_id),
    });
    expect(response.is_valid).toBe(true);
    expect(ids).toEqual([response.mpic_id]);
  });

  it('collects a verdict that took longer than the service waits', async () => {
    const config = { checkTimeoutMs: 400, requestTimeoutMs: 500 };
    const client = (await open({ silent: SIX, config }))();
    expect(await client.check(REQUEST)).toMatchObject({ is_valid: false, mpic_completed: false });
  });

  it('has one job of a request whose first answer got lost', async () => {
    let lost = 0;
    const client = await open({}, (answer) => async (request) => {
      const response = await answer(request);
      if (new URL(request.url).pathname !== '/mpic' || lost > 0) return response;
      lost += 1;
      return Response.json({ message: 'Endpoint request timed out' }, { status: 504 });
    });
    const submitted = await client().submit(REQUEST);
    expect(lost).toBe(1);
    expect(submitted).toMatchObject({ status: 'decided', replayed: true, response: { is_valid: true } });
  });

  it('gets perspectives, health, readiness and raw answers', async () => {
    const client = (await open())();
    expect((await client.perspectives()).perspectives).toHaveLength(6);
    expect(await client.health()).toEqual({ status: 'healthy' });
    expect(await client.readiness()).toEqual({ status: 'ready' });
    expect(await client.send({ method: 'GET', path: '/openapi.json' })).toMatchObject({
      status: 200,
      refusal: null,
    });
    expect(await client.send({ method: 'GET', path: '/nothing' })).toMatchObject({
      status: 404,
      refusal: { problem: { error: 'not-found' } },
    });
  });

  it.each<{
    name: string;
    client?: Partial<MpicClientOptions>;
    call: (client: MpicClient) => Promise<unknown>;
    expected: Record<string, unknown>;
  }>([
    {
      name: 'a request without a key',
      client: { key: null },
      call: (client) => client.check(REQUEST),
      expected: {
        status: 401,
        problem: { error: 'api-key-missing' },
        advice: expect.stringContaining('x-api-key'),
      },
    },
    {
      name: 'a request with a wrong key',
      client: { key: 'guess' },
      call: (client) => client.perspectives(),
      expected: { status: 403, problem: { error: 'api-key-invalid' } },
    },
    {
      name: 'a request for a name that may not be checked',
      call: (client) => client.check({ ...REQUEST, domain_or_ip_target: 'localhost' }),
      expected: {
        status: 400,
        problem: { validation_issues: [{ issue_type: expect.any(String), message: expect.any(String) }] },
      },
    },
    {
      name: 'an Idempotency-Key that cannot be one',
      call: (client) => client.check(REQUEST, { idempotencyKey: 'x'.repeat(256) }),
      expected: { status: 400, problem: { error: 'invalid-idempotency-key' } },
    },
    {
      name: 'an Idempotency-Key for another request',
      call: async (client) => {
        await client.check(REQUEST, { idempotencyKey: 'order-4711' });
        return client.check({ ...REQUEST, trace_identifier: 'x' }, { idempotencyKey: 'order-4711' });
      },
      expected: { status: 422, problem: { error: 'idempotency-key-reused' } },
    },
    {
      name: 'an id that nobody has',
      call: (client) => client.get('00000000-0000-7000-8000-000000000000'),
      expected: { status: 404, problem: { error: 'not-found' } },
    },
    {
      name: 'a base URL without its stage',
      call: () => createMpicClient({ url: gateways[0]?.url.replace('/v1', '') ?? '' }).health(),
      expected: {
        status: 403,
        problem: null,
        message: expect.stringContaining('Missing Authentication Token'),
      },
    },
  ])('$name is a refusal that says what to do', async ({ client = {}, call, expected }) => {
    const create = await open();
    const error: unknown = await call(create(client)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MpicClientError);
    expect(error).toMatchObject({ kind: 'refused', ...expected });
  });
});
