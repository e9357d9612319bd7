import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { QueueAddress } from '../../shared/adapters/aws/clients.ts';
import { resultItemKey } from '../../shared/adapters/aws/result-item.ts';
import { startSqsConsumer } from '../../shared/adapters/aws/sqs-consumer.ts';
import { SqsWakeQueue } from '../../shared/adapters/aws/sqs-home-queues.ts';
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import type { Consumer } from '../../shared/ports/queues.ts';
import { type LabServer, startDnsServer } from '../lab/dns/dns-server.ts';
import type { LoopbackServer } from '../lab/emulators/loopback-server.ts';
import { DEADLINE_QUEUE_NAME, homeQueues, WAKE_QUEUE_NAME } from '../lab/emulators/queues.ts';
import { awsStores, HOME_REGION, startAwsEmulation } from '../support/aws-emulation.ts';
import { type ObjectStore, startObjectStore, startSecretStore } from '../support/aws-parts.ts';
import { eventually } from '../support/eventually.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
const PLACES = [
  { code: 'fra', name: 'Frankfurt', rir: 'RIPE NCC', latitude: 50, longitude: 8, region: HOME_REGION },
  { code: 'iad', name: 'Ashburn', rir: 'ARIN', latitude: 39, longitude: -77, region: 'us-east-1' },
] as const;
const TARGET = 'shop.mpic-lab.net';

interface GatewayAnswer {
  readonly statusCode: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
}
type Handler<T> = (event: unknown, context: unknown) => Promise<T>;

const CONTEXT = { getRemainingTimeInMillis: () => 25_000 };

/** A request as an API Gateway REST API passes it on, behind the stage `v1`. */
function gatewayEvent(
  method: string,
  path: string,
  options: { body?: unknown; identity?: object; query?: object } = {},
) {
  const { body, identity = { apiKeyId: 'k1' }, query = {} } = options;
  const headers = { 'content-type': 'application/json', host: 'api.example' };
  return {
    resource: '/{path+}',
    httpMethod: method,
    path,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: query,
    multiValueQueryStringParameters: Object.fromEntries(
      Object.entries(query).map(([name, value]) => [name, [value]]),
    ),
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      path: `/v1${path}`,
      stage: 'v1',
      domainName: 'api.example',
      httpMethod: method,
      identity,
    },
  };
}

const CAA = {
  check_type: 'caa',
  domain_or_ip_target: TARGET,
  orchestration_parameters: { perspective_count: 2 },
};

describe('the functions of the home region, with perspectives as worker processes', () => {
  let emulation: Awaited<ReturnType<typeof startAwsEmulation>>;
  let dns: LabServer;
  let bucket: ObjectStore;
  let secrets: LoopbackServer;
  let folder: string;
  const consumers: Consumer[] = [];
  let api: Handler<GatewayAnswer>;
  let decision: Handler<SQSBatchResponse>;
  const workers: ChildProcess[] = [];
  let wakeUps: SqsWakeQueue;

  const load = async (name: string) =>
    (await import(pathToFileURL(join(folder, name, 'index.mjs')).href)) as { handler: Handler<never> };

  const ask = async (...request: Parameters<typeof gatewayEvent>) => {
    const answer = await api(gatewayEvent(...request), {});
    const location = answer.headers?.location ?? answer.multiValueHeaders?.location?.[0];
    return { status: answer.statusCode, location, body: JSON.parse(answer.body) as Record<string, unknown> };
  };

  /** Passes on messages as an event source mapping does. */
  const consume = (queue: QueueAddress) =>
    startSqsConsumer({
      clients: emulation.clients.sqs,
      queue,
      clock: systemClock,
      log: createRecordingLog(),
      handler: async ({ messageId, body, receiveCount }) => {
        const attributes = { ApproximateReceiveCount: String(receiveCount) };
        const eventSourceARN = `arn:aws:sqs:${queue.region}:000000000000:${queue.queueUrl.split('/').at(-1)}`;
        const Records = [{ messageId, body, attributes, eventSourceARN }];
        const { batchItemFailures } = await decision({ Records }, CONTEXT);
        if (batchItemFailures.length > 0) throw new Error(`decision gave back ${messageId}`);
      },
    });

  beforeAll(async () => {
    [emulation, bucket, secrets, dns] = await Promise.all([
      startAwsEmulation(),
      startObjectStore(),
      startSecretStore('cohort', 'a secret of sufficient length'),
      startDnsServer({
        records: [
          { name: TARGET, type: 'CAA', values: ['0 issue "ca.example"'] },
          { name: 'closed.mpic-lab.net', type: 'CAA', values: ['0 issue ";"'] },
          { name: 'control.mpic-lab.net', type: 'A', values: ['192.0.2.1'] },
        ],
      }),
    ]);
    const queues = await emulation.createQueues([
      ...homeQueues(HOME_REGION),
      ...PLACES.map(({ code, region }) => ({ name: `mpic-jobs-${code}`, region })),
    ]);
    const urlOf = (name: string) => queues.get(name)?.queueUrl ?? '';
    const { endpoints } = emulation.emulators;
    const aws = {
      AWS_REGION: HOME_REGION,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
      AWS_ENDPOINT_URL_SQS: endpoints.sqs,
      AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventbridge,
      AWS_ENDPOINT_URL_S3: bucket.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    };
    const common = {
      MPIC_RESULTS_TABLE: emulation.tables.results,
      MPIC_WAKE_QUEUE: urlOf(WAKE_QUEUE_NAME),
      MPIC_CONTROL_NAME: 'control.mpic-lab.net',
      MPIC_CHECK_TIMEOUT_MS: '1000',
      MPIC_DNS_TIMEOUT_MS: '400',
    };
    folder = mkdtempSync(join(tmpdir(), 'mpic-home-lambda-'));
    const perspectives = PLACES.map(({ region: _, ...place }) => ({
      ...place,
      queue: urlOf(`mpic-jobs-${place.code}`),
    }));
    for (const name of ['api-lambda', 'decision-lambda', 'decision-lambda-again']) {
      cpSync(join(DIST, name.replace('-again', '')), join(folder, name), { recursive: true });
      writeFileSync(
        join(folder, name, 'perspectives.json'),
        JSON.stringify({ perspectives, default_perspective_count: 2, max_attempts: 1 }),
      );
    }
    await Promise.all(
      PLACES.map(async ({ code }) => {
        const worker = spawn(process.execPath, [join(DIST, 'perspective-worker/index.mjs')], {
          env: {
            PATH: process.env.PATH,
            ...aws,
            ...common,
            MPIC_HOME_REGION: HOME_REGION,
            MPIC_PERSPECTIVE: code,
            MPIC_JOB_QUEUE: urlOf(`mpic-jobs-${code}`),
            MPIC_RESOLVER: `${dns.address}:${dns.port}`,
          },
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        workers.push(worker);
        const [line] = await once(createInterface({ input: worker.stdout }), 'line');
        expect(line).toMatch(/^taking jobs from /);
      }),
    );
    const home = {
      ...aws,
      ...common,
      MPIC_VERSION: '0.0.0-test',
      MPIC_POLICY: 'open-mpic',
      MPIC_CAA_DOMAINS: 'ca.example',
      MPIC_DEADLINE_QUEUE: urlOf(DEADLINE_QUEUE_NAME),
      MPIC_REQUESTS_TABLE: emulation.tables.requests,
      MPIC_COHORT_SECRET_ID: 'cohort',
      MPIC_REQUEST_TIMEOUT_MS: '20000',
      MPIC_LINGER_MS: '50',
      MPIC_LOG_LEVEL: 'error',
      MPIC_CALLERS: '{"k1":"issuance"}',
      MPIC_AUDIT_BUCKET: 'audit',
      AWS_LAMBDA_FUNCTION_NAME: 'mpic-test',
      AWS_LAMBDA_FUNCTION_VERSION: '3',
    };
    // Removes the developer's own settings.
    for (const name of Object.keys(process.env)) if (name.startsWith('MPIC_')) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(home)) vi.stubEnv(name, value);
    ({ handler: decision } = await load('decision-lambda'));
    ({ handler: api } = await load('api-lambda'));
    for (const name of [DEADLINE_QUEUE_NAME, WAKE_QUEUE_NAME]) {
      const queue = queues.get(name);
      if (queue === undefined) throw new Error(`no queue ${name}`);
      consumers.push(consume(queue));
      if (name === WAKE_QUEUE_NAME) wakeUps = new SqsWakeQueue(emulation.clients.sqs, queue);
    }
  }, 60_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all([dns.close(), emulation.close(), bucket.close(), secrets.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const auditOf = (id: unknown) =>
    bucket.objects
      .flatMap(({ body }) => body.trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ mpic_id }) => mpic_id === id);

  it('serves the OpenAPI document and its page from parts that a cold start does not load', async () => {
    const { status, body } = await ask('GET', '/openapi.json');
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: '.' }] });
    const page = await api(gatewayEvent('GET', '/docs'), {});
    expect(page.statusCode).toBe(200);
    expect(page.body).toMatch(/^<!doctype html>/);
    expect(readFileSync(join(DIST, 'api-lambda/index.mjs'), 'utf8')).not.toContain('operationId');
    expect(await ask('GET', '/openapi.json', { identity: {} })).toMatchObject({
      status: 401,
      body: { error: 'api-key-missing' },
    });
  });

  it('answers a synchronous request, and the deadline message publishes it', async () => {
    const { status, body } = await ask('POST', '/mpic', { body: CAA });
    expect(status).toBe(200);
    expect(body).toMatchObject({ is_valid: true, mpic_completed: true, perspectives: [{}, {}] });
    const { requests } = awsStores(emulation.clients, emulation.tables);
    const record = await requests.read(String(body.mpic_id));
    expect(record).toMatchObject({ caller: 'issuance', status: 'completed' });
    await eventually(() => auditOf(body.mpic_id).length > 0, 'its audit records are written', 20_000);
    const kinds = auditOf(body.mpic_id).map(({ event }) => event);
    expect(kinds.toSorted()).toEqual(['perspective-check', 'perspective-check', 'quorum-decision']);
    const published = async () => (await requests.read(String(body.mpic_id)))?.published === true;
    await eventually(published, 'it is marked as published');
    const { events } = (await (
      await fetch(new URL('/events', emulation.emulators.endpoints.eventbridge))
    ).json()) as { events: { detail: { mpic_id: string } }[] };
    expect(events.filter(({ detail }) => detail.mpic_id === body.mpic_id)).toHaveLength(1);
  });

  it('accepts an asynchronous request, which the decision function ends by its results', async () => {
    const taken = await ask('POST', '/mpic', { body: CAA, query: { async: 'true' } });
    expect(taken.status).toBe(202);
    expect(taken.location).toBe(`/v1/mpic/${String(taken.body.mpic_id)}`);
    const path = `/mpic/${String(taken.body.mpic_id)}`;
    const { status, body } = await ask('GET', path, { query: { wait: '20' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'completed', response: { is_valid: true } });
  });

  describe('one perspective controlled by an attacker', () => {
    const [, { code: HOSTILE }] = PLACES;
    const deadlineOf = (requestId: unknown, attempt: number) =>
      JSON.stringify({
        contract: '1.1',
        kind: 'deadline',
        requestId,
        attempt,
        attemptToken: null,
        asked: [],
        putOffs: 3,
      });

    it('cannot end a request by sending deadline messages to the wake-up queue', async () => {
      const taken = await ask('POST', '/mpic', { body: CAA, query: { async: 'true' } });
      const id = taken.body.mpic_id;
      const bodies = [1, 2, 3].map((attempt) => deadlineOf(id, attempt));
      await Promise.all(bodies.map((body) => wakeUps.send(body)));
      const { body } = await ask('GET', `/mpic/${String(id)}`, { query: { wait: '20' } });
      expect(body).toMatchObject({ response: { is_valid: true, baseline_requirements: { quorum: '2/2' } } });
    });

    it('cannot send a deadline message, which is accepted only from the deadline queue', async () => {
      const record = (messageId: string, queue: string) => ({
        messageId,
        body: deadlineOf('01978f00-0000-7000-8000-000000000001', 1),
        attributes: { ApproximateReceiveCount: '1' },
        eventSourceARN: `arn:aws:sqs:${HOME_REGION}:000000000000:${queue}`,
      });
      const [home, outside] = [record('home', DEADLINE_QUEUE_NAME), record('outside', WAKE_QUEUE_NAME)];
      expect(await decision({ Records: [home] }, CONTEXT)).toEqual({ batchItemFailures: [] });
      // It is an unreadable wake-up, which is dropped.
      expect(await decision({ Records: [outside] }, CONTEXT)).toEqual({ batchItemFailures: [] });
    });

    it.each([
      { name: 'both queues, which no mapping produces', queues: [DEADLINE_QUEUE_NAME, WAKE_QUEUE_NAME] },
      { name: 'an unknown queue', queues: ['mpic-other'] },
    ])('fails on messages from $name, so that they are redelivered', async ({ queues }) => {
      const Records = queues.map((queue) => ({
        messageId: queue,
        body: deadlineOf('01978f00-0000-7000-8000-000000000001', 1),
        attributes: { ApproximateReceiveCount: '1' },
        eventSourceARN: `arn:aws:sqs:${HOME_REGION}:000000000000:${queue}`,
      }));
      await expect(decision({ Records }, CONTEXT)).rejects.toThrow(/an event source mapping each/);
    });

    it.each([
      { name: 'another result', text: '{"passed":false}' },
      { name: 'a time beyond the range of a clock', text: '{"completedAt":1e300}' },
      { name: '300 KB', text: JSON.stringify('x'.repeat(300 * 1024)) },
    ])('changes nothing by writing $name after the verdict, which is audited', async ({ text }) => {
      const { body } = await ask('POST', '/mpic', { body: CAA });
      const id = String(body.mpic_id);
      const Item = {
        ...resultItemKey(id, { perspective: HOSTILE, attempt: 1 }),
        result: text,
      };
      await emulation.clients.dynamodb.send(new PutCommand({ TableName: emulation.tables.results, Item }));
      const after = await ask('GET', `/mpic/${id}`);
      expect(after).toMatchObject({ status: 200, body: { response: body } });
      await eventually(
        () => auditOf(id).some(({ event }) => event === 'result-changed'),
        'the change is audited',
        20_000,
      );
      const votes = auditOf(id).filter(({ event }) => event === 'perspective-check');
      expect(votes).toHaveLength(2);
      for (const vote of votes) expect(vote).toMatchObject({ counted: true, result: 'caa-permission' });
      expect((await ask('GET', '/perspectives')).status).toBe(200);
    });
  });

  it('returns not valid if CAA forbids issuance', async () => {
    const { body } = await ask('POST', '/mpic', {
      body: { ...CAA, domain_or_ip_target: 'closed.mpic-lab.net' },
    });
    expect(body).toMatchObject({ is_valid: false, mpic_completed: true });
  });

  it('shows a request only to the caller who made it', async () => {
    const { body } = await ask('POST', '/mpic', { body: CAA });
    const path = `/mpic/${String(body.mpic_id)}`;
    expect((await ask('GET', path, { identity: { apiKeyId: 'k2' } })).status).toBe(404);
    expect((await ask('GET', path)).status).toBe(200);
  });

  it.each([
    {
      name: 'without a caller',
      request: ['POST', '/mpic', { body: CAA, identity: {} }] as const,
      status: 401,
    },
    {
      name: 'that is malformed',
      request: ['POST', '/mpic', { body: { check_type: 'x' } }] as const,
      status: 400,
    },
    { name: 'for an unknown path', request: ['GET', '/other'] as const, status: 404 },
    { name: 'by a method that the path does not have', request: ['DELETE', '/mpic'] as const, status: 405 },
  ])('rejects a request $name with $status', async ({ request: [method, path, options], status }) => {
    expect((await ask(method, path, options)).status).toBe(status);
  });

  it('records the configuration of a version once, whatever the number of its environments', () => {
    const starts = bucket.objects.filter(({ body }) => body.includes('"service-started"'));
    expect(starts).toHaveLength(1);
    expect(JSON.parse(starts[0]?.body ?? '{}')).toMatchObject({
      record_id: 'mpic-test/3/service-started',
      resolvers: { fra: 'unbound', iad: 'unbound' },
      validation: {
        trust_anchors: [expect.stringMatching(/^20326 8 2 /), expect.stringMatching(/^38696 8 2 /)],
        trust_anchor_source: 'IANA',
        control_name: 'control.mpic-lab.net',
      },
      caa_domains: ['ca.example'],
    });
  });

  it('decides while its configuration cannot be recorded, and records it as soon as possible', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_VERSION', '4');
    const isWritten = () => bucket.objects.some(({ body }) => body.includes('mpic-test/4/service-started'));
    bucket.refuse(403);
    const { handler } = (await load('decision-lambda-again')) as { handler: Handler<SQSBatchResponse> };
    expect(await handler({ Records: [] }, CONTEXT)).toEqual({ batchItemFailures: [] });
    expect(isWritten()).toBe(false);
    bucket.refuse(null);
    await handler({ Records: [] }, CONTEXT);
    expect(isWritten()).toBe(true);
  });

  it.each([
    ['api', () => api],
    ['decision', () => decision],
  ])('handles keep-warm and self-check events: %s', async (_name, handlerOf) => {
    const handler = handlerOf() as Handler<unknown>;
    expect(await handler({ mpic: 'warm', hold_ms: 1 }, {})).toBeUndefined();
    expect(await handler({ mpic: 'self-check' }, {})).toMatchObject({ ok: true });
    await expect(handler({ mpic: 'reboot' }, {})).rejects.toThrow(/cannot be read/);
  });

  it('stops a worker in order on SIGTERM', async () => {
    const [worker] = workers;
    worker?.kill('SIGTERM');
    expect(await once(worker as ChildProcess, 'exit')).toEqual([0, null]);
  });
});

describe('the worker', () => {
  it.each([
    { name: 'without a queue', change: { MPIC_JOB_QUEUE: undefined }, says: /MPIC_JOB_QUEUE is not set/ },
    { name: 'with an empty queue', change: { MPIC_JOB_QUEUE: '' }, says: /MPIC_JOB_QUEUE is not set/ },
    { name: 'without a perspective', change: { MPIC_PERSPECTIVE: '' }, says: /MPIC_PERSPECTIVE/ },
    {
      name: 'with a queue URL without a region',
      change: { MPIC_JOB_QUEUE: 'http://localhost/q' },
      says: /does not name its region/,
    },
  ])('names the missing setting and exits with status 2 $name', async ({ change, says }) => {
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      MPIC_PERSPECTIVE: 'fra',
      MPIC_HOME_REGION: HOME_REGION,
      MPIC_RESULTS_TABLE: 'results',
      MPIC_WAKE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/wake-ups',
      MPIC_JOB_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/jobs',
      MPIC_RESOLVER: '127.0.0.1:53',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      ...change,
    };
    const worker = spawn(process.execPath, [join(DIST, 'perspective-worker/index.mjs')], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    worker.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code] = await once(worker, 'close');
    expect(said).toMatch(says);
    expect(said).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  const call = (argument: string) =>
    promisify(execFile)(process.execPath, [join(DIST, 'perspective-worker/index.mjs'), argument], {
      env: { PATH: process.env.PATH },
    });

  it('names its version, which the build has put in', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    for (const flag of ['--version', '-V']) expect((await call(flag)).stdout).toBe(`mpic ${version}\n`);
  });

  it('lists its settings, and needs none for it', async () => {
    for (const flag of ['--help', '-h']) {
      const { stdout } = await call(flag);
      expect(stdout).toMatch(/^One perspective of a deployment/);
      expect(stdout).toMatch(/^ {2}MPIC_JOB_QUEUE\n/m);
      expect(stdout).not.toContain('--job-queue');
    }
  });

  it('refuses another argument with status 64', async () => {
    await expect(call('--resolver')).rejects.toMatchObject({
      code: 64,
      stderr: 'The worker has no such argument: "--resolver"; --help lists what there is\n',
    });
  });
});
