import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb';
import { createAwsBackend } from '../../../services/hosts/local/aws-backend.ts';
import type { Backend } from '../../../services/hosts/local/backend.ts';
import type { AwsEndpoints } from '../../../shared/adapters/aws/clients.ts';
import { createTables } from '../../../shared/adapters/aws/create-tables.ts';
import { type AwsClients, createAwsClients } from '../../../shared/adapters/aws/home-clients.ts';
import { readRequest } from '../../../shared/adapters/aws/read-request.ts';
import type { Item } from '../../../shared/adapters/aws/store-call.ts';
import { ATTRIBUTES } from '../../../shared/adapters/aws/stored-request.ts';
import { REQUESTS_KEY, type TableNames } from '../../../shared/contract/deployment/tables.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import { type Clock, sleep } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { emulatorSettings } from './emulators.ts';
import {
  createQueues,
  DEADLINE_QUEUE_NAME,
  deadLetterQueueName,
  homeQueues,
  jobQueueName,
  WAKE_QUEUE_NAME,
} from './queues.ts';

export interface EmulatedBackendOptions {
  readonly endpoints: Required<AwsEndpoints>;
  readonly tables: TableNames;
  readonly perspectives: readonly PerspectiveCode[];
  readonly clock: Clock;
  readonly log: Log;
  /** Seconds until a message that was received and not deleted comes again; the emulators' default when left out. */
  readonly visibilitySeconds?: number;
  /** Called after the clients are closed; ends the emulators where they are ours. */
  readonly onClose: () => Promise<void>;
}

export interface EmulatedBackend extends Backend {
  readonly clients: AwsClients;
  /** URLs of the queues by name, dead-letter queues included. */
  readonly queueUrls: ReadonlyMap<string, string>;
}

/** Any region does: emulators keep regions apart by name only, and one home is enough for a single machine. */
const HOME_REGION = 'us-east-1';

/** Pause before a page of leftover requests that could not be read is read again. */
const RECOVERY_RETRY_MS = 1000;

/** The AWS adapters with the real SDK clients against emulators, tables and queues made on the way. */
export async function createEmulatedBackend(options: EmulatedBackendOptions): Promise<EmulatedBackend> {
  const { endpoints, tables, perspectives, clock, log, visibilitySeconds } = options;
  const visibility = visibilitySeconds === undefined ? {} : { visibilitySeconds };
  const clients = createAwsClients(emulatorSettings(endpoints, HOME_REGION));
  await createTables(clients.dynamodb, tables, clock);
  const queues = await createQueues(clients.sqs, [
    ...homeQueues(HOME_REGION).map((spec) => ({ ...spec, ...visibility })),
    ...perspectives.map((code) => ({ name: jobQueueName(code), region: HOME_REGION, ...visibility })),
  ]);
  const address = (name: string) => {
    const found = queues.get(name);
    if (found === undefined) throw new Error(`the emulator has no queue ${name}`);
    return found;
  };
  await clients.warm([HOME_REGION]);
  const closing = new AbortController();
  const backend = createAwsBackend({
    clients,
    tables,
    eventBus: 'default',
    jobQueues: new Map(perspectives.map((code) => [code, address(jobQueueName(code))])),
    deadlineQueue: address(DEADLINE_QUEUE_NAME),
    wakeQueue: address(WAKE_QUEUE_NAME),
    clock,
    log,
  });
  return {
    ...backend,
    clients,
    queueUrls: new Map(
      [DEADLINE_QUEUE_NAME, WAKE_QUEUE_NAME, ...perspectives.map(jobQueueName)]
        .flatMap((name) => [name, deadLetterQueueName(name)])
        .map((name) => [name, address(name).queueUrl]),
    ),
    // The emulated queues do not outlive their process as the tables do, so here, too, messages have to be made again.
    recover: async () =>
      scanUnpublished({ dynamodb: clients.dynamodb, table: tables.requests, clock, log }, closing.signal),
    close: async () => {
      closing.abort();
      await backend.close();
      await options.onClose();
    },
  };
}

interface ScanParts {
  readonly dynamodb: AwsClients['dynamodb'];
  readonly table: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Requests not yet published, page by page. A page that cannot be read is tried again until the backend closes, so that
 * no request is left running. Requests of this process may be among them: to go on with them twice does no harm.
 */
async function* scanUnpublished(
  { dynamodb, table, clock, log }: ScanParts,
  closing: AbortSignal,
): AsyncGenerator<RequestRecord> {
  let start: ScanCommandOutput['LastEvaluatedKey'];
  while (!closing.aborted) {
    let page: ScanCommandOutput;
    try {
      page = await dynamodb.send(
        new ScanCommand({
          TableName: table,
          ConsistentRead: true,
          FilterExpression: '#published = :no',
          ExpressionAttributeNames: { '#published': ATTRIBUTES.published },
          ExpressionAttributeValues: { ':no': false },
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
    } catch (error) {
      if (closing.aborted) return;
      log.error('recovery_delayed', {
        error,
        meaning: 'requests of a former process go on once the table can be read',
      });
      await sleep(clock, RECOVERY_RETRY_MS, closing);
      continue;
    }
    for (const item of page.Items ?? []) {
      const record = await readLeftover(item);
      if (record !== null) yield record;
    }
    start = page.LastEvaluatedKey;
    if (start === undefined) return;
  }

  // One that cannot be read must not keep the others from ending.
  async function readLeftover(item: Item): Promise<RequestRecord | null> {
    try {
      return await readRequest(dynamodb, clock, table, item);
    } catch (error) {
      log.error('request_unreadable', { requestId: item[REQUESTS_KEY.partition], error });
      return null;
    }
  }
}
