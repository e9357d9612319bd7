import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { warmConnection } from './warm-connection.ts';

export interface AwsEndpoints {
  readonly dynamodb?: string;
  readonly sqs?: string;
  readonly eventbridge?: string;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsSettings {
  /** Home region: tables, queues and event bus. */
  readonly region: string;
  /** Endpoints instead of the real services; see {@link endpointsFromEnvironment}. */
  readonly endpoints?: AwsEndpoints;
  /** Null for the default provider chain of the SDK (role of the function, environment, profile). */
  readonly credentials?: AwsCredentials | null;
}

/** A queue and the region of its SQS endpoint. */
export interface QueueAddress {
  readonly queueUrl: string;
  readonly region: string;
}

const CONNECTION_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 5000;
const MAX_ATTEMPTS = 3;
/** Above the concurrency of one process, so that no call waits for a socket behind long polls. */
const MAX_SOCKETS = 512;

/**
 * Read endpoint overrides from the variables that every AWS SDK uses; a service's own variable overrides the general
 * one.
 */
export function endpointsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): AwsEndpoints {
  const general = environment.AWS_ENDPOINT_URL;
  const dynamodb = environment.AWS_ENDPOINT_URL_DYNAMODB ?? general;
  const sqs = environment.AWS_ENDPOINT_URL_SQS ?? general;
  const eventbridge = environment.AWS_ENDPOINT_URL_EVENTBRIDGE ?? general;
  return {
    ...(dynamodb === undefined ? {} : { dynamodb }),
    ...(sqs === undefined ? {} : { sqs }),
    ...(eventbridge === undefined ? {} : { eventbridge }),
  };
}

/**
 * The address of a queue from its URL, which contains the region at AWS and in the emulator.
 *
 * @param otherwise the region of a queue whose URL does not name one, such as that of an emulator or of a proxy.
 * @throws Error if the URL does not name its region and `otherwise` is null.
 */
export function queueAddress(queueUrl: string, otherwise: string | null = null): QueueAddress {
  const host = new URL(queueUrl).hostname;
  const named =
    /(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\./.exec(host)?.[1] ?? /^([a-z0-9-]+)\.queue\./.exec(host)?.[1];
  const region = named ?? otherwise;
  if (region === null) throw new Error(`queue URL ${queueUrl} does not name its region`);
  return { queueUrl, region };
}

/** Settings shared by all clients. Timeouts end a call that hangs; three tries cover a short outage. */
function commonConfig(settings: AwsSettings, endpoint: string | undefined) {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return {
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Without it the SDK only logs a warning on a timeout.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(settings.credentials ? { credentials: settings.credentials } : {}),
  };
}

export function createDynamoDbClient(settings: AwsSettings): DynamoDBClient {
  return new DynamoDBClient({
    ...commonConfig(settings, settings.endpoints?.dynamodb),
    region: settings.region,
    // Use the regional endpoint, to which `warm` has opened a connection, not one per account.
    accountIdEndpointMode: 'disabled',
  });
}

export function createEventBridgeClient(settings: AwsSettings): EventBridgeClient {
  return new EventBridgeClient({
    ...commonConfig(settings, settings.endpoints?.eventbridge),
    region: settings.region,
  });
}

/** One SQS client per region, created at first use. */
export class SqsClients {
  readonly #settings: AwsSettings;
  readonly #byRegion = new Map<string, SQSClient>();

  constructor(settings: AwsSettings) {
    this.#settings = settings;
  }

  inRegion(region: string): SQSClient {
    const known = this.#byRegion.get(region);
    if (known !== undefined) return known;
    const endpoint = this.#settings.endpoints?.sqs;
    const client = new SQSClient({
      ...commonConfig(this.#settings, endpoint),
      region,
      // An emulator's queue URLs contain host names that do not resolve.
      useQueueUrlAsEndpoint: endpoint === undefined,
    });
    this.#byRegion.set(region, client);
    return client;
  }

  async warm(regions: readonly string[] = [...this.#byRegion.keys()]): Promise<void> {
    const endpoint = this.#settings.endpoints?.sqs;
    await Promise.all(
      regions.map((region) => warmConnection(this.inRegion(region), 'sqs', region, endpoint)),
    );
  }

  close(): void {
    for (const client of this.#byRegion.values()) client.destroy();
    this.#byRegion.clear();
  }
}
