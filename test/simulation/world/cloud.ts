import type { HomeParts } from '../../../services/hosts/wire.ts';
import { createJobHandler } from '../../../services/perspective/handle-job.ts';
import { runCheck } from '../../../services/perspective/run-check.ts';
import { DynamoDbRequestStore } from '../../../shared/adapters/aws/dynamodb-request-store.ts';
import { DynamoDbResultReader } from '../../../shared/adapters/aws/dynamodb-result-reader.ts';
import { DynamoDbResultStore } from '../../../shared/adapters/aws/dynamodb-result-store.ts';
import { EventBridgeBus } from '../../../shared/adapters/aws/eventbridge-bus.ts';
import { PublicationCanary } from '../../../shared/adapters/aws/publication-canary.ts';
import { S3AuditTrail } from '../../../shared/adapters/aws/s3-audit-trail.ts';
import { SqsDeadlineQueue, SqsWakeQueue } from '../../../shared/adapters/aws/sqs-home-queues.ts';
import { SqsJobQueue } from '../../../shared/adapters/aws/sqs-job-queue.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import type { PublicationWatch } from '../../../shared/ports/publication-watch.ts';
import type { MessageHandler } from '../../../shared/ports/queues.ts';
import { HOME_RECEIVE_COUNT, MAX_RECEIVE_COUNT } from '../../../shared/ports/queues.ts';
import { type Item, type ItemWrite, SimDynamoDb, TABLES } from './dynamodb.ts';
import type { SimProcess } from './process.ts';
import { sightOf } from './sight.ts';
import { addressOf, connectQueues, SimQueue } from './sqs.ts';
import { SECRET, type World } from './world.ts';

/** Queue settings as `infra/` deploys them; `test/infra/simulated-queues.test.ts` compares them with the templates. */
export const QUEUE_SETTINGS = {
  deadlines: { maxReceives: HOME_RECEIVE_COUNT, visibilityMs: 30_000, retentionMs: 14 * 86_400_000 },
  wakeUps: { maxReceives: HOME_RECEIVE_COUNT, visibilityMs: 30_000, retentionMs: 3_600_000 },
  jobs: { maxReceives: MAX_RECEIVE_COUNT, visibilityMs: 25_000, retentionMs: 300_000 },
};

export const DEADLINES = 'deadlines';
export const WAKE_UPS = 'wake-ups';
export const jobsOf = (perspective: PerspectiveCode) => `jobs-${perspective}`;

/** Tables, queues, bus and bucket of one AWS region, and the clients that connect our processes to them. */
export class Cloud {
  readonly dynamodb: SimDynamoDb;
  readonly queues = new Map<string, SimQueue>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.dynamodb = new SimDynamoDb(world.time, world.network, (write) => noteWrite(world, write));
    const add = (name: string, settings: (typeof QUEUE_SETTINGS)[keyof typeof QUEUE_SETTINGS]) => {
      const queue = new SimQueue(name, settings, world.time, world.network, world.plan.faults);
      queue.onSend = (message) => world.ledger.noteSent(message, name);
      queue.onDelete = ({ id }) => world.ledger.noteAcknowledged(id, world.time.elapsed);
      this.queues.set(name, queue);
    };
    add(DEADLINES, QUEUE_SETTINGS.deadlines);
    add(WAKE_UPS, QUEUE_SETTINGS.wakeUps);
    for (const { code } of world.config.perspectives) add(jobsOf(code), QUEUE_SETTINGS.jobs);
  }

  queue(name: string): SimQueue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new Error(`no queue ${name}`);
    return queue;
  }

  /**
   * The dependencies of a home region process, as in `services/hosts/home/home.ts` and
   * `services/hosts/local/aws-backend.ts`.
   */
  home(
    process: SimProcess,
  ): HomeParts & { readonly trail: S3AuditTrail; readonly publications: PublicationWatch } {
    const { config, ids, log, bus, bucket } = this.#world;
    const { clock } = process;
    const client = this.dynamodb.connect(process);
    const sqs = this.sqs(process);
    const trail = new S3AuditTrail(bucket.connect(process), 'audit');
    return {
      config,
      backend: {
        requests: new DynamoDbRequestStore({ client, table: TABLES.requests, clock }),
        results: new DynamoDbResultReader({ client, tables: TABLES, clock }),
        jobs: new SqsJobQueue(sqs, this.jobQueues()),
        deadlines: new SqsDeadlineQueue(sqs, addressOf(DEADLINES)),
        bus: new EventBridgeBus({ client: bus.connect(process), busName: null }),
      },
      publications: new PublicationCanary({ client, table: TABLES.requests, clock, log }),
      audit: trail,
      trail,
      clock,
      ids,
      log,
      recorder: { service: 'mpic', version: '0.0.0-simulation', instance: process.name },
      cohortSecret: SECRET,
    };
  }

  sqs(process: SimProcess) {
    return connectQueues(process, this.#world.network, this.queues);
  }

  jobQueues() {
    return new Map(this.#world.config.perspectives.map(({ code }) => [code, addressOf(jobsOf(code))]));
  }

  /** A perspective, as in `services/hosts/perspective/open-perspective.ts`. */
  perspective(code: PerspectiveCode, process: SimProcess): MessageHandler {
    const { config, log, plan } = this.#world;
    const isPrimary = config.primary?.kind === 'perspective' && config.primary.code === code;
    return createJobHandler({
      perspective: code,
      view: sightOf(this.#world, code, process.clock, !isPrimary || plan.isPrimaryValidated),
      results: new DynamoDbResultStore({ client: this.dynamodb.connect(process), table: TABLES.results }),
      wakeUps: new SqsWakeQueue(this.sqs(process), addressOf(WAKE_UPS)),
      runCheck,
      clock: process.clock,
      log,
      checkTimeoutMs: config.checkTimeoutMs,
      recorder: `mpic/0.0.0-simulation ${process.name}`,
    });
  }
}

function noteWrite({ ledger }: World, { table, key, item, at, by }: ItemWrite): void {
  if (table === 'requests') {
    if (item.facts !== undefined) ledger.noteRequest(key, { at, by, record: requestIn(item) });
    return;
  }
  const [perspective = '', requestId = '', attempt = ''] = key.split('#');
  ledger.noteResult(requestId, `${attempt}!${perspective}`, {
    at,
    by,
    text: typeof item.result === 'string' ? item.result : '',
  });
}

/** The record in an item, parsed without the service's code. */
function requestIn(item: Item): RequestRecord {
  return {
    ...JSON.parse(String(item.facts ?? '{}')),
    status: item.status,
    attempt: item.attempt,
    attemptToken: item.attempt_token ?? null,
    attemptStartedAt: item.attempt_started_at,
    attemptDeadline: item.attempt_deadline,
    verdicts: ((item.verdicts ?? []) as string[]).map((text) => JSON.parse(text)),
    completedAt: item.completed_at ?? null,
    published: item.published === true,
  };
}
