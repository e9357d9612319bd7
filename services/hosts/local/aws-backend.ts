import type { QueueAddress } from '../../../shared/adapters/aws/clients.ts';
import { DynamoDbRequestStore } from '../../../shared/adapters/aws/dynamodb-request-store.ts';
import { DynamoDbResultReader } from '../../../shared/adapters/aws/dynamodb-result-reader.ts';
import { DynamoDbResultStore } from '../../../shared/adapters/aws/dynamodb-result-store.ts';
import { EventBridgeBus } from '../../../shared/adapters/aws/eventbridge-bus.ts';
import type { AwsClients } from '../../../shared/adapters/aws/home-clients.ts';
import { PublicationCanary } from '../../../shared/adapters/aws/publication-canary.ts';
import { startSqsConsumer } from '../../../shared/adapters/aws/sqs-consumer.ts';
import { SqsDeadlineQueue, SqsWakeQueue } from '../../../shared/adapters/aws/sqs-home-queues.ts';
import { SqsJobQueue } from '../../../shared/adapters/aws/sqs-job-queue.ts';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Backend } from './backend.ts';

export interface AwsBackendOptions {
  readonly clients: AwsClients;
  readonly tables: TableNames;
  readonly eventBus: string;
  readonly jobQueues: ReadonlyMap<PerspectiveCode, QueueAddress>;
  readonly deadlineQueue: QueueAddress;
  readonly wakeQueue: QueueAddress;
  readonly clock: Clock;
  readonly log: Log;
}

const WAKE_UPS_AT_A_TIME = 32;

/** The backend on DynamoDB, SQS and EventBridge; its queues outlive every process, so there is nothing to recover. */
export function createAwsBackend(options: AwsBackendOptions): Backend {
  const { clients, tables, jobQueues, deadlineQueue, wakeQueue, clock, log } = options;
  const client = clients.dynamodb;
  const reader = new DynamoDbResultReader({ client, tables, clock });
  const sink = new DynamoDbResultStore({ client, table: tables.results });
  return {
    requests: new DynamoDbRequestStore({ client, table: tables.requests, clock }),
    results: {
      record: (result) => sink.record(result),
      readResults: (requestId, keys) => reader.readResults(requestId, keys),
      snapshot: (requestId, keys) => reader.snapshot(requestId, keys),
      nextResults: (requestId, attempt, wait) => reader.nextResults(requestId, attempt, wait),
    },
    jobs: new SqsJobQueue(clients.sqs, jobQueues),
    deadlines: new SqsDeadlineQueue(clients.sqs, deadlineQueue),
    wakeUps: new SqsWakeQueue(clients.sqs, wakeQueue),
    bus: new EventBridgeBus({ client: clients.eventbridge, busName: options.eventBus }),
    consumeJobs(code, handler) {
      const queue = jobQueues.get(code);
      if (queue === undefined) throw new Error(`no queue for perspective ${code}`);
      return startSqsConsumer({ clients: clients.sqs, queue, handler, clock, log });
    },
    consumeDeadlines: (handler) =>
      startSqsConsumer({ clients: clients.sqs, queue: deadlineQueue, handler, clock, log }),
    // Fewer at a time than deadline messages, so that many wake-ups do not delay deadlines.
    consumeWakeUps: (handler) =>
      startSqsConsumer({
        clients: clients.sqs,
        queue: wakeQueue,
        handler,
        clock,
        log,
        concurrency: WAKE_UPS_AT_A_TIME,
        maxReceives: 2,
      }),
    recover: async () => [],
    countOpen: () => null,
    unpublished: () => null,
    publications: new PublicationCanary({ client, table: tables.requests, clock, log }),
    obstacles: () => [],
    close: async () => clients.close(),
  };
}
