import { request } from 'node:https';
import { ROOT } from './child-environment.ts';
import type { Emulator } from './emulator.ts';

/** How one kind of resource is listed. */
interface Listing {
  readonly kind: string;
  /** As it stands in the scope of a signature. */
  readonly service: string;
  readonly isGlobal?: boolean;
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const TIMEOUT_MS = 15_000;

const json = (kind: string, service: string, target: string, version = '1.1', body = '{}'): Listing => ({
  kind,
  service,
  headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
  body,
});
const query = (
  kind: string,
  service: string,
  action: string,
  version: string,
  isGlobal = false,
): Listing => ({
  kind,
  service,
  isGlobal,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: `Action=${action}&Version=${version}`,
});
const rest = (kind: string, service: string, path: string, isGlobal = false): Listing => ({
  kind,
  service,
  isGlobal,
  method: 'GET',
  path,
});

/** Everything that our stacks make and that has a name, by the call that lists it. */
const LISTINGS: readonly Listing[] = [
  query('stacks', 'cloudformation', 'DescribeStacks', '2010-05-15'),
  rest('functions', 'lambda', '/2015-03-31/functions/'),
  rest('event source mappings', 'lambda', '/2015-03-31/event-source-mappings/'),
  json('queues', 'sqs', 'AmazonSQS.ListQueues', '1.0'),
  json('tables', 'dynamodb', 'DynamoDB_20120810.ListTables', '1.0'),
  rest('buckets', 's3', '/', true),
  rest('APIs', 'apigateway', '/restapis'),
  rest('API keys', 'apigateway', '/apikeys'),
  rest('usage plans', 'apigateway', '/usageplans'),
  json('secrets', 'secretsmanager', 'secretsmanager.ListSecrets'),
  json('event buses', 'events', 'AWSEvents.ListEventBuses'),
  json('log groups', 'logs', 'Logs_20140328.DescribeLogGroups'),
  query('topics', 'sns', 'ListTopics', '2010-03-31'),
  query('alarms', 'monitoring', 'DescribeAlarms', '2010-08-01'),
  query('dashboards', 'monitoring', 'ListDashboards', '2010-08-01'),
  rest('schedules', 'scheduler', '/schedules'),
  query('roles', 'iam', 'ListRoles&MaxItems=1000', '2010-05-08', true),
];

/** A kind of resource, and the regions in which there are some of this deployment. */
export interface Found {
  readonly kind: string;
  readonly regions: readonly string[];
}

/** Look for whatever has the name of the deployment in it, in every region of it. */
export function listResources(
  emulator: Emulator,
  name: string,
  regions: readonly string[],
): Promise<readonly Found[]> {
  return Promise.all(
    LISTINGS.map(async (listing) => {
      const asked = listing.isGlobal ? regions.slice(0, 1) : regions;
      const found = await Promise.all(
        asked.map(async (region) => (await list(emulator, listing, region)).includes(name)),
      );
      return { kind: listing.kind, regions: asked.filter((_, index) => found[index]) };
    }),
  );
}

/** The answer as it comes: a name that is nowhere in it is not there. The emulator does not check signatures of its root. */
function list({ endpoint, agent }: Emulator, listing: Listing, region: string): Promise<string> {
  const { kind, service, method = 'POST', path = '/', headers = {}, body } = listing;
  const date = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const authorization = `AWS4-HMAC-SHA256 Credential=${ROOT.accessKeyId}/${date}/${region}/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  return new Promise((resolve, reject) => {
    const options = { method, agent, signal: AbortSignal.timeout(TIMEOUT_MS) };
    request(`${endpoint}${path}`, { ...options, headers: { ...headers, authorization } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject).once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else
          reject(new Error(`${kind} cannot be listed: status ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    })
      .once('error', reject)
      .end(body);
  });
}
