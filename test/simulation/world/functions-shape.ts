import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createApi } from '../../../services/api/app.ts';
import { watchObstacles } from '../../../services/api/obstacles.ts';
import { HealthBook } from '../../../services/api/perspective-health.ts';
import { createGatewayAuthenticator } from '../../../services/hosts/home/gateway-caller.ts';
import { openCoordinator, wireSubmission } from '../../../services/hosts/wire.ts';
import { createSqsBatchHandler } from '../../../shared/adapters/aws/sqs-lambda-batch.ts';
import { Cloud, DEADLINES, jobsOf, WAKE_UPS } from './cloud.ts';
import { startHostiles } from './hostile.ts';
import { type Invocation, mapEventSource, SimFunction } from './lambda.ts';
import type { SimProcess } from './process.ts';
import { type AskApi, type HttpAnswer, keyOfCaller, type World } from './world.ts';

const BATCH = 10;
const API_TIMEOUT_MS = 29_000;
const DECISION_TIMEOUT_MS = 25_000;
const BEYOND_CHECK_MS = 10_000;
const DEADLINE_CONCURRENCY = 50;
const WAKE_CONCURRENCY = 20;
const API_CONCURRENCY = 200;
const PERSPECTIVE_CONCURRENCY = 20;

/** The service as `infra/` deploys it. Wired as in `services/hosts/home/`, whose modules open real clients. */
export function startFunctions(world: World): AskApi {
  const cloud = new Cloud(world);
  const { config } = world;
  const create = <Event, Result>(
    name: string,
    timeoutMs: number,
    maxConcurrency: number,
    boot: (process: SimProcess) => Promise<Invocation<Event, Result>>,
  ) =>
    new SimFunction<Event, Result>(
      { name, timeoutMs, maxConcurrency, boot, spawn: () => world.spawn(name) },
      world.time,
      world.network,
    );

  // One function with two event source mappings: the concurrency of each is counted separately.
  const boot = (queue: string) => (process: SimProcess) => bootDecision(cloud, process, queue);
  const deadlines = create('decision', DECISION_TIMEOUT_MS, DEADLINE_CONCURRENCY, boot(DEADLINES));
  mapEventSource(cloud.queue(DEADLINES), deadlines, BATCH);
  const wakeUps = create('decision', DECISION_TIMEOUT_MS, WAKE_CONCURRENCY, boot(WAKE_UPS));
  mapEventSource(cloud.queue(WAKE_UPS), wakeUps, BATCH);

  const hostile = startHostiles(world, cloud);
  for (const { code } of config.perspectives) {
    if (hostile.has(code)) continue;
    const perspective = create(
      `perspective-${code}`,
      config.checkTimeoutMs + BEYOND_CHECK_MS,
      PERSPECTIVE_CONCURRENCY,
      async (process: SimProcess) =>
        createSqsBatchHandler(cloud.perspective(code, process), world.log, process.clock),
    );
    mapEventSource(cloud.queue(jobsOf(code)), perspective, BATCH);
  }

  const api = create('api', API_TIMEOUT_MS, API_CONCURRENCY, (process) => bootApi(world, cloud, process));
  return (request, caller, done) => {
    api.invoke({ request, caller }, (outcome) =>
      done(outcome.ok ? outcome.result : { status: 502, headers: new Headers(), content: null }),
    );
  };
}

async function bootDecision(
  cloud: Cloud,
  process: SimProcess,
  queue: string,
): Promise<Invocation<SQSEvent, SQSBatchResponse>> {
  const home = cloud.home(process);
  const { handleDeadline, handleWakeUp } = openCoordinator(home, { publish: 'now' });
  return createSqsBatchHandler(queue === DEADLINES ? handleDeadline : handleWakeUp, home.log, home.clock);
}

async function bootApi(
  world: World,
  cloud: Cloud,
  process: SimProcess,
): Promise<(event: { readonly request: Request; readonly caller: string }) => Promise<HttpAnswer>> {
  const parts = cloud.home(process);
  const home = { ...parts, audit: { append: () => Promise.reject(new Error('writes no audit records')) } };
  const { config } = world;
  const health = new HealthBook();
  const coordinator = openCoordinator(home, {
    publish: 'at-deadline',
    onPublished: (record) => health.observe(record),
  });
  const app = createApi({
    ...wireSubmission(home, coordinator),
    countRunning: (caller) => coordinator.countWaiting(caller),
    maxRunningPerCaller: () => config.maxRunning,
    obstacles: watchObstacles({
      ofStore: () => [],
      publications: parts.publications,
      limits: config.publication,
      log: world.log,
    }),
    onAccepted: (record) => parts.publications.accepted(record),
    authenticate: createGatewayAuthenticator(
      new Map(world.plan.callers.map((name) => [keyOfCaller(name), name])),
      false,
    ),
    perspectives: {
      perspectives: config.perspectives,
      primary: config.primary,
      resolverModes: new Map(),
      sharedHost: false,
      health,
      ruleChangesAhead: () => [],
    },
  });
  return async ({ request, caller }) => {
    const gateway = { requestContext: { identity: { apiKeyId: keyOfCaller(caller) } } };
    return readAnswer(await app.fetch(request, gateway));
  };
}

export async function readAnswer(response: Response): Promise<HttpAnswer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    content: text === '' ? null : JSON.parse(text),
  };
}
