import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export type WarmableClient = DynamoDBClient | DynamoDBDocumentClient | EventBridgeClient | SQSClient;

/**
 * Open one connection of `client` and fetch its credentials, so that the first real call pays for neither.
 *
 * It is a plain `GET /ping` over the client's own agent: no permission is needed and no denied call shows in the audit
 * log of the account. Whatever goes wrong is left for the first real call to report.
 */
export async function warmConnection(
  client: WarmableClient,
  service: 'dynamodb' | 'events' | 'sqs',
  region: string,
  endpoint: string | undefined,
): Promise<void> {
  await Promise.allSettled([
    ping(client, endpoint ?? serviceUrl(service, region)),
    client.config.credentials(),
  ]);
}

function serviceUrl(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

async function ping(client: WarmableClient, base: string): Promise<void> {
  const url = new URL('/ping', base);
  const request = {
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { host: url.host },
  };
  const { response } = await client.config.requestHandler.handle(request);
  // Only a response that was read to its end gives its connection back to the agent.
  for await (const _ of response.body);
}
