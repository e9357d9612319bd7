import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LoopbackServer, listenOnLoopback } from '../../../lab/emulators/loopback-server.ts';

const VERSION = 'arn:aws:lambda:eu-west-1:123456789012:function:mpic-api:8';

/** The response of the new version. */
let answer: { readonly status: number; readonly body: string; readonly functionError?: string };
const verdicts: unknown[] = [];
const asked: string[] = [];

describe('the self-check of a new version before traffic is shifted to it', () => {
  let aws: LoopbackServer;
  let handler: (event: unknown) => Promise<void>;

  beforeAll(async () => {
    aws = await listenOnLoopback(
      createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
        if (request.url?.includes('/invocations')) {
          asked.push(`${decodeURIComponent(request.url)} ${body}`);
          const headers =
            answer.functionError === undefined ? {} : { 'x-amz-function-error': answer.functionError };
          response.writeHead(answer.status, headers).end(answer.body);
          return;
        }
        verdicts.push(JSON.parse(body));
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}');
      }),
    );
    const environment = {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: aws.url,
      MPIC_NEW_VERSION: VERSION,
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    ({ handler } = await import('../../../../services/hosts/home/pre-traffic.ts'));
  });
  afterEach(() => {
    verdicts.length = 0;
    asked.length = 0;
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await aws.close();
  });

  it.each([
    {
      name: 'lets the deployment continue when the version reports success',
      answer: { status: 200, body: '{"ok":true,"description":"done"}' },
      status: 'Succeeded',
    },
    {
      name: 'fails the deployment when the version reports a failure',
      answer: { status: 200, body: '{"ok":false,"description":"no answer"}' },
      status: 'Failed',
    },
    {
      name: 'fails the deployment when the version throws',
      answer: { status: 200, body: '{"errorMessage":"boom"}', functionError: 'Unhandled' },
      status: 'Failed',
    },
    {
      name: 'fails the deployment when the version returns null',
      answer: { status: 200, body: 'null' },
      status: 'Failed',
    },
    {
      name: 'fails the deployment when the version does not return JSON',
      answer: { status: 200, body: '<html>' },
      status: 'Failed',
    },
    {
      name: 'fails the deployment when ok is not a boolean',
      answer: { status: 200, body: '{"ok":"yes","description":""}' },
      status: 'Failed',
    },
    {
      name: 'fails the deployment when the version may not be invoked',
      answer: { status: 403, body: '{}' },
      status: 'Failed',
    },
  ])('$name', async (row) => {
    answer = row.answer;
    await handler({ DeploymentId: 'd-1', LifecycleEventHookExecutionId: 'e-1' });
    expect(asked).toEqual([
      expect.stringMatching(/function:mpic-api:8\/invocations \{"mpic":"self-check"\}$/),
    ]);
    expect(verdicts).toEqual([
      { deploymentId: 'd-1', lifecycleEventHookExecutionId: 'e-1', status: row.status },
    ]);
  });

  it('throws on an event that is not from CodeDeploy, which fails the deployment', async () => {
    await expect(handler({})).rejects.toThrow();
    expect(verdicts).toEqual([]);
  });
});
