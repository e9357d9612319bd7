import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export type WarmableClient = DynamoDBClient | DynamoDBDocumentClient | EventBridgeClient | SQSClient;

/**
 * Open one connection of `client` and fetch its credentials, so that the first real call waits for neither.
 *
 * Sends a plain `GET /ping` over the client's own agent, which needs no permission and leaves no denied call in the
 * account's audit log. Errors are ignored: the first real call reports them.
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
  // The agent reuses the connection only after the response was read to its end.
  for await (const _ of response.body);
}
