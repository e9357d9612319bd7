import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BatchContext } from '../../shared/adapters/aws/sqs-lambda-batch.ts';
import { serialiseCheckJob } from '../../shared/contract/messages/check-job.ts';
import { readSettings } from '../../shared/contract/settings/read-settings.ts';
import { coldBytes } from '../bench/cold-parts.ts';
import { type LabServer, startDnsServer } from '../lab/dns/dns-server.ts';
import { homeQueues, WAKE_QUEUE_NAME } from '../lab/emulators/queues.ts';
import { awsStores, HOME_REGION, startAwsEmulation } from '../support/aws-emulation.ts';
import { buildCheck, buildRequestRecord } from '../support/builders.ts';

const BUNDLE = resolve(import.meta.dirname, '../../dist/perspective-lambda/index.mjs');
const MAX_BUNDLE_BYTES = 700 * 1024;
const PERSPECTIVE = 'eu-central-1';

type Emulation = Awaited<ReturnType<typeof startAwsEmulation>>;
type Handler = (event: SQSEvent, context: BatchContext) => Promise<SQSBatchResponse>;

function toEvent(bodies: readonly string[]): SQSEvent {
  const now = String(Date.now());
  return {
    Records: bodies.map((body, index) => ({
      messageId: `m-${index}`,
      receiptHandle: `r-${index}`,
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: now,
        ApproximateFirstReceiveTimestamp: now,
        SenderId: 'test',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:${HOME_REGION}:000000000000:mpic-jobs-${PERSPECTIVE}`,
      awsRegion: HOME_REGION,
    })),
  };
}

describe('the perspective as a Lambda function', () => {
  let emulation: Emulation;
  let dns: LabServer;
  let handler: Handler;

  beforeAll(async () => {
    emulation = await startAwsEmulation();
    dns = await startDnsServer({
      records: [{ name: 'shop.example', type: 'CAA', values: ['0 issue "ca.test"'] }],
    });
    const queues = await emulation.createQueues(homeQueues(HOME_REGION));
    const { endpoints } = emulation.emulators;
    const environment = {
      MPIC_PERSPECTIVE: PERSPECTIVE,
      MPIC_HOME_REGION: HOME_REGION,
      MPIC_RESULTS_TABLE: emulation.tables.results,
      MPIC_WAKE_QUEUE: queues.get(WAKE_QUEUE_NAME)?.queueUrl ?? '',
      MPIC_RESOLVER: `${dns.address}:${dns.port}`,
      MPIC_VERSION: '0.0.0-test',
      MPIC_LOG_LEVEL: 'error',
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
      AWS_ENDPOINT_URL_SQS: endpoints.sqs,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    ({ handler } = (await import(BUNDLE)) as { handler: Handler });
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await dns.close();
    await emulation.close();
  });

  it('loads at most 700 KB at its start, to keep cold starts short', async () => {
    const bytes = await coldBytes(pathToFileURL(BUNDLE));
    expect(bytes).toBeGreaterThan(100 * 1024);
    expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
  });

  it('runs the jobs of a batch, stores their results, and fails only unreadable ones', async () => {
    const { requestId } = buildRequestRecord();
    const job = serialiseCheckJob({
      requestId,
      attempt: 1,
      perspective: PERSPECTIVE,
      check: buildCheck({ target: { kind: 'domain', name: 'shop.example', wildcard: false } }),
      policy: 'baseline-requirements',
      traceIdentifier: null,
      deadline: Date.now() + 10_000,
      budgetMs: 10_000,
      notify: true,
      attemptToken: 'a-start',
      requestDigest: 'd',
    });
    const answer = await handler(toEvent([job, 'no JSON', job.replace(`"${PERSPECTIVE}"`, '"us-east-1"')]), {
      getRemainingTimeInMillis: () => 20_000,
    });
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['m-1', 'm-2']);
    const { reader } = awsStores(emulation.clients, emulation.tables);
    const stored = await reader.readResults(requestId, [{ perspective: PERSPECTIVE, attempt: 1 }]);
    expect(stored).toMatchObject([
      {
        status: 'readable',
        perspective: PERSPECTIVE,
        result: { completed: true, passed: true, details: { reason: 'authorised' }, attemptToken: 'a-start' },
      },
    ]);
  });
});

describe('readSettings of a perspective', () => {
  const complete = {
    MPIC_PERSPECTIVE: 'a',
    MPIC_HOME_REGION: 'eu-west-1',
    MPIC_RESULTS_TABLE: 'results',
    MPIC_WAKE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/wake-ups',
    MPIC_VERSION: '1',
  };

  it('has the defaults of the service', () => {
    expect(readSettings('perspective', complete)).toMatchObject({
      resolver: 'unbound',
      controlName: 'iana.org',
      checkTimeoutMs: 10_000,
      dnsTimeoutMs: 2_500,
      logLevel: 'info',
    });
  });

  it.each([
    { name: 'without its own code', change: { MPIC_PERSPECTIVE: '' }, problem: /MPIC_PERSPECTIVE/ },
    { name: 'without a table', change: { MPIC_RESULTS_TABLE: undefined }, problem: /MPIC_RESULTS_TABLE/ },
    {
      name: 'with a queue that is not a URL',
      change: { MPIC_WAKE_QUEUE: 'wake-ups' },
      problem: /MPIC_WAKE_QUEUE/,
    },
    {
      name: 'with a time-out that is not a number',
      change: { MPIC_CHECK_TIMEOUT_MS: '10s' },
      problem: /MPIC_CHECK_TIMEOUT_MS/,
    },
  ])('rejects the environment $name', ({ change, problem }) => {
    expect(() => readSettings('perspective', { ...complete, ...change })).toThrow(problem);
  });
});
