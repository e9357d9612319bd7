import type { AwsClients, QueueAddress } from '../../shared/adapters/aws/clients.ts';
import { DynamoDbRequestStore } from '../../shared/adapters/aws/dynamodb-request-store.ts';
import { DynamoDbResultReader } from '../../shared/adapters/aws/dynamodb-result-reader.ts';
import { DynamoDbResultStore } from '../../shared/adapters/aws/dynamodb-result-store.ts';
import { EventBridgeBus } from '../../shared/adapters/aws/eventbridge-bus.ts';
import { startSqsConsumer } from '../../shared/adapters/aws/sqs-consumer.ts';
import { SqsDecisionQueue } from '../../shared/adapters/aws/sqs-decision-queue.ts';
import { SqsJobQueue } from '../../shared/adapters/aws/sqs-job-queue.ts';
import type { TableNames } from '../../shared/adapters/aws/tables.ts';
import type { PerspectiveCode } from '../../shared/mpic/perspective.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Backend } from './backend.ts';

export interface AwsBackendOptions {
  readonly clients: AwsClients;
  readonly tables: TableNames;
  readonly eventBus: string;
  readonly jobQueues: ReadonlyMap<PerspectiveCode, QueueAddress>;
  readonly decisionQueue: QueueAddress;
  readonly clock: Clock;
  readonly log: Log;
}

/** The backend over DynamoDB, SQS and EventBridge; its queues outlive every process, so there is nothing to recover. */
export function createAwsBackend(options: AwsBackendOptions): Backend {
  const { clients, tables, jobQueues, decisionQueue, clock, log } = options;
  const client = clients.dynamodb;
  const reader = new DynamoDbResultReader({ client, tables, clock, log });
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
    decisions: new SqsDecisionQueue(clients.sqs, decisionQueue),
    bus: new EventBridgeBus({ client: clients.eventbridge, busName: options.eventBus }),
    consumeJobs(code, handler) {
      const queue = jobQueues.get(code);
      if (queue === undefined) throw new Error(`no queue for perspective ${code}`);
      return startSqsConsumer({ clients: clients.sqs, queue, handler, clock, log });
    },
    consumeDecisions: (handler) =>
      startSqsConsumer({ clients: clients.sqs, queue: decisionQueue, handler, clock, log }),
    recover: async () => [],
    countOpen: () => null,
    close: async () => clients.close(),
  };
}
