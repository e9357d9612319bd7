import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { queueUrl } from '../../../infra/config/names.ts';
import { REQUESTS_KEY, RESULTS_KEY } from '../../../shared/contract/deployment/tables.ts';
import type { AwsAccess } from '../aws-access.ts';
import { borrowRole } from '../role-credentials.ts';
import { type Check, demand, type World } from '../world.ts';

const PERSPECTIVE = 'us-east-1';
const ANOTHER = 'us-west-2';
/** Key of what is not there, or is put there only to see whether it can be. */
const NOTHING = 'privileges';

type Call = () => Promise<unknown>;

/** What somebody may do, and what not, each by a name for the report. */
interface Limits {
  readonly allowed: Readonly<Record<string, Call>>;
  readonly refused: Readonly<Record<string, Call>>;
}

/** Calls in the name of a function's own role; what it needs for its work is shown by its work. */
export const PRIVILEGE_CHECKS: readonly Check[] = [
  {
    sentence: 'the role of a perspective reads no results and no requests, and sends and writes nowhere else',
    run: (world) => checkRole(world, PERSPECTIVE, `perspective-${PERSPECTIVE}`, limitPerspective),
  },
  {
    sentence: 'the role of the API writes no results, events or audit records, and takes no messages',
    run: (world) => checkRole(world, world.deployment.home_region, 'api', limitApi),
  },
  {
    sentence: 'the role of the decision writes no results, and reads, changes and deletes no audit records',
    run: (world) => checkRole(world, world.deployment.home_region, 'decision', limitDecision),
  },
];

async function checkRole(
  world: World,
  region: string,
  what: string,
  limit: (world: World, own: AwsAccess) => Limits,
): Promise<string> {
  const own = world.aws.as(await borrowRole(world, region, what));
  const { allowed, refused } = limit(world, own);
  // Credentials that open nothing would be refused everything.
  for (const [name, call] of Object.entries(allowed)) {
    const outcome = await nameOutcome(call);
    demand(outcome === 'done', `${name}: ${outcome}`);
  }
  for (const [name, call] of Object.entries(refused)) {
    const outcome = await nameOutcome(call);
    demand(/^AccessDenied/.test(outcome), `${name}: ${outcome}`);
  }
  return `${Object.keys(refused).length} calls refused`;
}

async function nameOutcome(call: Call): Promise<string> {
  try {
    await call();
    return 'done';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

function limitPerspective(world: World, own: AwsAccess): Limits {
  const { results, requests, jobs, deadlines, wakeUps, audit, bus, secret, api } = createCalls(world, own);
  return {
    allowed: {
      'put a result': results.put(`${PERSPECTIVE}#${NOTHING}`),
      'send a wake-up': wakeUps.send,
    },
    refused: {
      'get a result': results.get,
      'query results': results.query,
      'delete a result': results.remove,
      'get a request': requests.get,
      'put a request': requests.put,
      'send to its own job queue': jobs.send(PERSPECTIVE),
      'send to the job queue of another': jobs.send(ANOTHER),
      'receive from the job queue of another': jobs.receive(ANOTHER),
      'send a deadline': deadlines.send,
      'receive a deadline': deadlines.receive,
      'receive a wake-up': wakeUps.receive,
      'put an audit record': audit.put,
      'put an event': bus.put,
      'read the secret': secret.read,
      'invoke the API': api.invoke,
    },
  };
}

function limitApi(world: World, own: AwsAccess): Limits {
  const { results, requests, jobs, deadlines, wakeUps, audit, bus } = createCalls(world, own);
  return {
    allowed: { 'get a request': requests.get },
    refused: {
      'scan requests': requests.scan,
      'delete a request': requests.remove,
      'put a result': results.put(`${PERSPECTIVE}#${NOTHING}`),
      'query results': results.query,
      'receive from a job queue': jobs.receive(PERSPECTIVE),
      'receive a deadline': deadlines.receive,
      'send a wake-up': wakeUps.send,
      'receive a wake-up': wakeUps.receive,
      'put an audit record': audit.put,
      'put an event': bus.put,
    },
  };
}

function limitDecision(world: World, own: AwsAccess): Limits {
  const { results, requests, jobs, audit } = createCalls(world, own);
  return {
    allowed: { 'get a request': requests.get },
    refused: {
      'put a request': requests.put,
      'delete a request': requests.remove,
      'put a result': results.put(`${PERSPECTIVE}#${NOTHING}`),
      'receive from a job queue': jobs.receive(PERSPECTIVE),
      'get an audit record': audit.get,
      'delete an audit record': audit.remove,
    },
  };
}

/** Calls to everything there is, in the name of `own`. */
function createCalls({ deployment }: World, own: AwsAccess) {
  const { account, home_region: home, names } = deployment;
  const place = { account, region: home };
  const dynamodb = own.dynamodb(home);
  const object = { Bucket: names.auditBucket(place), Key: NOTHING };
  const jobQueue = (code: string) => queueUrl({ account, region: code }, names.jobQueue(code));
  const result = (key: string) => ({
    [RESULTS_KEY.partition]: key,
    [RESULTS_KEY.sort]: 1,
  });
  const request = { [REQUESTS_KEY.partition]: NOTHING };
  const homeQueue = (name: string) => {
    const QueueUrl = queueUrl(place, name);
    return {
      send: () => own.sqs(home).send(new SendMessageCommand({ QueueUrl, MessageBody: NOTHING })),
      receive: () => own.sqs(home).send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 })),
    };
  };
  const [results, requests] = [{ TableName: names.resultsTable }, { TableName: names.requestsTable }];
  const query = {
    KeyConditionExpression: '#key = :key',
    ExpressionAttributeNames: { '#key': RESULTS_KEY.partition },
    ExpressionAttributeValues: { ':key': NOTHING },
  };
  return {
    results: {
      get: () => dynamodb.send(new GetCommand({ ...results, Key: result(NOTHING) })),
      put: (key: string) => () => dynamodb.send(new PutCommand({ ...results, Item: result(key) })),
      query: () => dynamodb.send(new QueryCommand({ ...results, ...query })),
      remove: () => dynamodb.send(new DeleteCommand({ ...results, Key: result(NOTHING) })),
    },
    requests: {
      get: () => dynamodb.send(new GetCommand({ ...requests, Key: request })),
      put: () => dynamodb.send(new PutCommand({ ...requests, Item: request })),
      scan: () => dynamodb.send(new ScanCommand(requests)),
      remove: () => dynamodb.send(new DeleteCommand({ ...requests, Key: request })),
    },
    jobs: {
      send: (code: string) => () =>
        own.sqs(code).send(new SendMessageCommand({ QueueUrl: jobQueue(code), MessageBody: NOTHING })),
      receive: (code: string) => () =>
        own.sqs(code).send(new ReceiveMessageCommand({ QueueUrl: jobQueue(code), WaitTimeSeconds: 0 })),
    },
    deadlines: homeQueue(names.deadlineQueue),
    wakeUps: homeQueue(names.wakeQueue),
    audit: {
      get: () => own.s3(home).send(new GetObjectCommand(object)),
      put: () => own.s3(home).send(new PutObjectCommand({ ...object, Body: NOTHING })),
      remove: () => own.s3(home).send(new DeleteObjectCommand(object)),
    },
    bus: {
      put: () =>
        own.events(home).send(
          new PutEventsCommand({
            Entries: [{ EventBusName: names.eventBus, Source: NOTHING, DetailType: NOTHING, Detail: '{}' }],
          }),
        ),
    },
    secret: {
      read: () => own.secrets(home).send(new GetSecretValueCommand({ SecretId: names.cohortSecret })),
    },
    api: {
      invoke: () => own.lambda(home).send(new InvokeCommand({ FunctionName: names.function('api') })),
    },
  };
}
