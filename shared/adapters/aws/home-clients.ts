import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AwsSettings, createDynamoDbClient, createEventBridgeClient, SqsClients } from './clients.ts';
import { toDocuments } from './documents.ts';
import { type WarmableClient, warmConnection } from './warm-connection.ts';

export interface AwsClients {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly eventbridge: EventBridgeClient;
  readonly sqs: SqsClients;
  /** Open connections and fetch credentials before the first request needs them. Never throws. */
  warm(queueRegions?: readonly string[]): Promise<void>;
  close(): void;
}

/**
 * Create every client that the home region needs. A perspective creates only those it uses, which keeps its bundle
 * small.
 */
export function createAwsClients(settings: AwsSettings): AwsClients {
  const connected = createDynamoDbClient(settings);
  const dynamodb = toDocuments(connected);
  const eventbridge = createEventBridgeClient(settings);
  const sqs = new SqsClients(settings);
  const { region, endpoints } = settings;
  const warm = (client: WarmableClient, service: 'dynamodb' | 'events', endpoint: string | undefined) =>
    warmConnection(client, service, region, endpoint);
  return {
    dynamodb,
    eventbridge,
    sqs,
    async warm(queueRegions) {
      await Promise.all([
        warm(dynamodb, 'dynamodb', endpoints?.dynamodb),
        warm(eventbridge, 'events', endpoints?.eventbridge),
        sqs.warm(queueRegions),
      ]);
    },
    close() {
      // Destroying the document client would close nothing.
      connected.destroy();
      eventbridge.destroy();
      sqs.close();
    },
  };
}
