import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findApiKey, findUrl } from '../../../services/cli/deployment/find.ts';
import { describeWorker } from '../../../services/cli/deployment/worker.ts';
import { CommandError } from '../../../services/cli/shell/command.ts';
import { readSettings } from '../../../shared/contract/settings/read-settings.ts';
import { EXAMPLE, EXAMPLE_FILE, parseExample, VARIANTS } from '../../support/infra/deployments.ts';
import { runCommand } from './run-command.ts';
import { type Answering, type Gateway, startGateway } from './verify-gateway.ts';

const KEY = 'a1b2c3d4e5f6a7b8';

let cloud: Gateway | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await cloud?.close();
  cloud = undefined;
});

/** Has the commands talk to a server on loopback in place of the cloud. */
async function startCloud(answering: Answering): Promise<void> {
  cloud = await startGateway(answering);
  vi.stubEnv('AWS_ENDPOINT_URL', cloud.url);
}

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
});

function xml(body: string, status = 200): Response {
  return new Response(body, { status, headers: { 'content-type': 'text/xml' } });
}

/** The answer to DescribeStacks for a stack with these outputs; other operations fail. */
function describingStack(name: string, outputs: Readonly<Record<string, string>>): Answering {
  return async (request) => {
    const form = new URLSearchParams(await request.text());
    if (form.get('Action') !== 'DescribeStacks' || form.get('StackName') !== name) {
      return xml(
        `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${form.get('StackName')} does not exist</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
        400,
      );
    }
    const members = Object.entries(outputs).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    return xml(
      `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    );
  };
}

describe('the URL of a deployment', () => {
  const url = 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com/v1/';

  it('is what its stack says', async () => {
    await startCloud(describingStack('mpic-home', { ApiEndpoint: 'https://other.test/', Url: url }));
    expect(await findUrl(parseExample())).toBe(url);
  });

  it('is that of the deployment of this name', async () => {
    await startCloud(describingStack('staging-home', { Url: url }));
    expect(await findUrl(parseExample({ name: 'staging' }))).toBe(url);
  });

  it.each<{ name: string; answering: Answering; says: string }>([
    {
      name: 'there is no such stack',
      answering: describingStack('other-home', { Url: url }),
      says: 'mpic-home cannot be read: Stack with id mpic-home does not exist',
    },
    {
      name: 'the stack is one of something else',
      answering: describingStack('mpic-home', { WebsiteUrl: url }),
      says: 'stack mpic-home in eu-west-1 has no output Url: deploy it first',
    },
    {
      name: 'the stack is still being made',
      answering: describingStack('mpic-home', {}),
      says: 'stack mpic-home in eu-west-1 has no output Url: deploy it first',
    },
    {
      name: 'the credentials are not good enough',
      answering: () =>
        xml(
          '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: cloudformation:DescribeStacks</Message></Error></ErrorResponse>',
          403,
        ),
      says: 'mpic-home cannot be read: not authorized to perform: cloudformation:DescribeStacks',
    },
    {
      name: 'the credentials have expired',
      answering: () =>
        xml(
          '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>token</Message></Error></ErrorResponse>',
          403,
        ),
      says: 'mpic-home cannot be read: the credentials are not accepted: they are wrong, have expired',
    },
    {
      name: 'whoever answers is no cloud',
      answering: () => new Response('<html>captive portal</html>', { status: 502 }),
      says: 'mpic-home cannot be read: ',
    },
  ])('is not found, which is said in a sentence, when $name', async ({ answering, says }) => {
    await startCloud(answering);
    const finding = findUrl(parseExample());
    await expect(finding).rejects.toBeInstanceOf(CommandError);
    await expect(finding).rejects.toThrow(says);
  });

  it('is not found when nobody answers', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    await expect(findUrl(parseExample())).rejects.toThrow('mpic-home cannot be read: ');
  });
});

describe('the API key of a caller', () => {
  interface StoredKey {
    readonly name: string;
    readonly value?: string;
  }

  /** The answer to GetApiKeys: those keys whose names begin as asked, as the real one has it. */
  const keeping =
    (keys: readonly StoredKey[]): Answering =>
    (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== '/apikeys' || searchParams.get('includeValues') !== 'true')
        return Response.json({ message: 'no such operation' }, { status: 404 });
      const prefix = searchParams.get('name') ?? '';
      return Response.json({ item: keys.filter(({ name }) => name.startsWith(prefix)) });
    };

  it.each([
    { name: 'that was asked for', caller: 'staging', value: 'key-of-staging' },
    { name: 'that stands first, when nobody is named', caller: null, value: KEY },
  ])('is that of the caller $name', async ({ caller, value }) => {
    await startCloud(
      keeping([
        { name: 'mpic-issuance', value: KEY },
        { name: 'mpic-staging', value: 'key-of-staging' },
      ]),
    );
    expect(await findApiKey(parseExample(), caller)).toBe(value);
  });

  it('is not that of one whose name only begins so', async () => {
    await startCloud(
      keeping([
        { name: 'mpic-ca2', value: 'key-of-another' },
        { name: 'mpic-ca', value: KEY },
      ]),
    );
    expect(await findApiKey(parseExample({ api: {} }), 'ca')).toBe(KEY);
  });

  it.each<{ name: string; answering: Answering; says: string }>([
    {
      name: 'there is none',
      answering: keeping([]),
      says: 'there is no API key mpic-issuance in eu-west-1: deploy it first',
    },
    {
      name: 'there is only one whose name begins so',
      answering: keeping([{ name: 'mpic-issuance-2', value: KEY }]),
      says: 'there is no API key mpic-issuance in eu-west-1',
    },
    {
      name: 'its value is not told',
      answering: keeping([{ name: 'mpic-issuance' }]),
      says: 'there is no API key mpic-issuance in eu-west-1',
    },
    {
      name: 'the credentials are not good enough',
      answering: () =>
        Response.json({ message: 'not authorized to perform: apigateway:GET' }, { status: 403 }),
      says: 'the key mpic-issuance cannot be read: not authorized to perform: apigateway:GET',
    },
  ])('is not found, which is said in a sentence, when $name', async ({ answering, says }) => {
    await startCloud(answering);
    const finding = findApiKey(parseExample(), 'issuance');
    await expect(finding).rejects.toBeInstanceOf(CommandError);
    await expect(finding).rejects.toThrow(says);
  });

  it.each([
    {
      name: 'a caller that there is not',
      changes: {},
      says: '"prod" is not a caller of this deployment; there are issuance, staging',
    },
    {
      name: 'a deployment whose callers sign',
      changes: { api: { authorisation: 'iam' } },
      says: 'this deployment has no API keys: callers sign their requests',
    },
  ])('is asked of nobody for $name', async ({ changes, says }) => {
    await startCloud(keeping([{ name: 'mpic-prod', value: KEY }]));
    await expect(findApiKey(parseExample(changes), 'prod')).rejects.toThrow(says);
    expect(cloud?.seen).toEqual([]);
  });
});

describe('what the operator of a worker is told', () => {
  const deployment = parseExample(VARIANTS['a worker']);

  it('is a policy for its queue, its results and the decision', () => {
    expect(JSON.parse(describeWorker(deployment, 'jnb-1', 'policy'))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [
            'sqs:ReceiveMessage',
            'sqs:DeleteMessage',
            'sqs:ChangeMessageVisibility',
            'sqs:GetQueueAttributes',
          ],
          Resource: ['arn:aws:sqs:eu-west-1:123456789012:mpic-jobs-jnb-1'],
        },
        {
          Effect: 'Allow',
          Action: ['dynamodb:PutItem'],
          Resource: ['arn:aws:dynamodb:eu-west-1:123456789012:table/mpic-results'],
          Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['jnb-1#*'] } },
        },
        {
          Effect: 'Allow',
          Action: ['sqs:SendMessage'],
          Resource: ['arn:aws:sqs:eu-west-1:123456789012:mpic-wake-ups'],
        },
      ],
    });
  });

  it('includes the keys of the customer, by their aliases', () => {
    const encrypted = parseExample({ ...VARIANTS['a worker'], encryption: 'customer-managed' });
    const { Statement } = JSON.parse(describeWorker(encrypted, 'jnb-1', 'policy')) as {
      readonly Statement: readonly unknown[];
    };
    expect(Statement).toHaveLength(4);
    expect(Statement[3]).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: ['arn:aws:kms:eu-west-1:123456789012:key/*'],
    });
  });

  it('is an environment that a perspective starts with', () => {
    const lines = describeWorker(deployment, 'jnb-1', 'environment').split('\n');
    const environment = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(readSettings('worker', environment)).toMatchObject({
      perspective: 'jnb-1',
      homeRegion: 'eu-west-1',
      resolver: 'unbound',
    });
    expect(environment.MPIC_JOB_QUEUE).toBe(
      'https://sqs.eu-west-1.amazonaws.com/123456789012/mpic-jobs-jnb-1',
    );
  });

  it.each([
    { name: 'nobody is named', code: null },
    { name: 'a perspective is named that there is not', code: 'jnb-2' },
  ])('is how to ask, when $name', ({ code }) => {
    expect(() => describeWorker(deployment, code, 'policy')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('name one of the perspectives with --perspective: us-east-1, '),
        exitStatus: 64,
      }),
    );
  });
});

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mpic-command-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const wrong = join(folder, 'wrong.json');
  writeFileSync(wrong, JSON.stringify({ ...EXAMPLE, account: '1' }));

  /** The client of the SDK reads the environment of this process. */
  const run = (...argv: readonly string[]) =>
    runCommand(['deployment', ...argv], { environment: process.env });

  const CONFIG = ['--config', EXAMPLE_FILE];

  it('prints the key and nothing else, for a pipe or a variable', async () => {
    await startCloud(() => Response.json({ item: [{ name: 'mpic-issuance', value: KEY }] }));
    expect(await run('key', ...CONFIG)).toMatchObject({ status: 0, out: `${KEY}\n` });
  });

  it('prints the URL and nothing else', async () => {
    await startCloud(describingStack('mpic-home', { Url: 'https://mpic.ca.example/' }));
    expect(await run('url', ...CONFIG)).toMatchObject({ status: 0, out: 'https://mpic.ca.example/\n' });
  });

  it('takes the configuration that the environment names', async () => {
    await startCloud(describingStack('mpic-home', { Url: 'https://mpic.ca.example/' }));
    vi.stubEnv('MPIC_DEPLOYMENT', EXAMPLE_FILE);
    expect(await run('url')).toMatchObject({ status: 0, out: 'https://mpic.ca.example/\n' });
  });

  it.each([
    {
      name: 'with a verb that there is not',
      argv: ['keys', ...CONFIG],
      status: 64,
      says: /unknown command 'keys' \(Did you mean key\?\)/,
    },
    {
      name: 'with an option that there is not',
      argv: ['key', '--user', 'ca'],
      status: 64,
      says: /unknown option '--user'; mpic deployment key --help explains/,
    },
    {
      name: 'with an option of another verb',
      argv: ['url', '--yes'],
      status: 64,
      says: /unknown option '--yes'/,
    },
    {
      name: 'for something to show that there is not',
      argv: ['worker', '--perspective', 'us-east-1', '--show', 'secrets', ...CONFIG],
      status: 64,
      says: /--show is policy or environment/,
    },
    {
      name: 'with a configuration that is wrong',
      argv: ['url', '--config', wrong],
      status: 2,
      says: /wrong\.json: account: must be/,
    },
    {
      name: 'with a configuration that is not there',
      argv: ['url', '--config', join(folder, 'missing.json')],
      status: 2,
      says: /missing\.json is not there: cp mpic\.config\.example\.json /,
    },
    {
      name: 'for a caller that there is not',
      argv: ['key', '--caller', 'prod', ...CONFIG],
      status: 64,
      says: /"prod" is not a caller/,
    },
    {
      name: 'for a perspective that there is not',
      argv: ['worker', '--perspective', 'x', ...CONFIG],
      status: 64,
      says: /name one of/,
    },
    {
      name: 'where nobody can be asked',
      argv: ['destroy', ...CONFIG],
      status: 64,
      says: /--yes destroys without asking/,
    },
    { name: 'for what is not deployed', argv: ['url', ...CONFIG], status: 2, says: /cannot be read/ },
  ])('ends with a status and a sentence $name', async ({ argv, status, says }) => {
    await startCloud(describingStack('other-home', {}));
    const ended = await run(...argv);
    expect(ended).toEqual({
      status,
      out: '',
      error: expect.stringMatching(/^(?:mpic deployment[^\n]*\n)+$/),
    });
    expect(ended.error).toMatch(says);
  });
});
