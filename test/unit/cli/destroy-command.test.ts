import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { destroy, emptyBucket } from '../../../services/cli/deployment/destroy.ts';
import { isProtected } from '../../../services/cli/deployment/find.ts';
import { createAuditClient } from '../../../shared/adapters/aws/s3-audit-trail.ts';
import { parseExample } from '../../support/infra/deployments.ts';
import { type Gateway, startGateway } from './verify-gateway.ts';

interface Version {
  readonly key: string;
  readonly id: string;
  readonly isMark?: boolean;
}

const xml = (body: string, status = 200) =>
  new Response(`<?xml version="1.0"?>${body}`, { status, headers: { 'content-type': 'application/xml' } });

describe('the end of a deployment', () => {
  let cloud: Gateway;
  /** What is in the bucket; null: there is none. */
  let versions: Version[] | null;
  let locked: ReadonlySet<string>;
  let stack: string | null;

  /** As much of S3 as emptying takes, a page of three versions at a time, and of CloudFormation as looking takes. */
  async function answer(request: Request): Promise<Response> {
    const body = await request.text();
    if (body.includes('Action=DescribeStacks')) return describeStack();
    if (versions === null) return xml('<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>', 404);
    if (request.method === 'GET') return xml(listing(versions.slice(0, 3)));
    const asked = [...body.matchAll(/<Key>([^<]*)<\/Key><VersionId>([^<]*)<\/VersionId>/g)];
    const refused = asked.filter(([, key = '']) => locked.has(key));
    versions = versions.filter(
      ({ key, id }) => locked.has(key) || !asked.some(([, name, version]) => name === key && version === id),
    );
    const errors = refused.map(
      ([, key]) => `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>it is locked</Message></Error>`,
    );
    return xml(`<DeleteResult>${errors.join('')}</DeleteResult>`);
  }

  function listing(some: readonly Version[]): string {
    const entry = ({ key, id, isMark }: Version) => {
      const tag = isMark ? 'DeleteMarker' : 'Version';
      return `<${tag}><Key>${key}</Key><VersionId>${id}</VersionId></${tag}>`;
    };
    return `<ListVersionsResult>${some.map(entry).join('')}</ListVersionsResult>`;
  }

  function describeStack(): Response {
    if (stack === null)
      return xml(
        '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id mpic-home does not exist</Message></Error></ErrorResponse>',
        400,
      );
    return xml(
      `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>mpic-home</StackName>${stack}</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    );
  }

  beforeEach(async () => {
    versions = [];
    locked = new Set();
    stack = '<EnableTerminationProtection>false</EnableTerminationProtection>';
    cloud = await startGateway(answer);
    vi.stubEnv('AWS_ENDPOINT_URL', cloud.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await cloud.close();
  });

  const io = { environment: process.env, out: () => {} };
  const empty = () => emptyBucket(createAuditClient('eu-west-1', process.env), 'audit');

  it.each<{ name: string; held: Version[] | null; count: number }>([
    { name: 'nothing', held: [], count: 0 },
    { name: 'nothing, for there is no bucket', held: null, count: 0 },
    { name: 'one object', held: [{ key: 'a', id: '1' }], count: 1 },
    {
      name: 'every version of an object, and the mark of its deletion',
      held: [
        { key: 'a', id: '1' },
        { key: 'a', id: '2' },
        { key: 'a', id: '3', isMark: true },
      ],
      count: 3,
    },
    {
      name: 'more than one page',
      held: Array.from({ length: 8 }, (_, index) => ({ key: `k${index}`, id: '1' })),
      count: 8,
    },
  ])('deletes $name', async ({ held, count }) => {
    versions = held;
    expect(await empty()).toBe(count);
    expect(versions ?? []).toEqual([]);
  });

  it('stops at an object that is locked, and says which', async () => {
    versions = [{ key: '2026-11-29/r1.jsonl', id: '1' }];
    locked = new Set(['2026-11-29/r1.jsonl']);
    await expect(empty()).rejects.toThrow('audit: 2026-11-29/r1.jsonl cannot be deleted: it is locked');
  });

  it.each([
    {
      name: 'a stack that is protected',
      said: '<EnableTerminationProtection>true</EnableTerminationProtection>',
      expected: true,
    },
    {
      name: 'a stack that is not',
      said: '<EnableTerminationProtection>false</EnableTerminationProtection>',
      expected: false,
    },
    { name: 'a stack that says nothing', said: '', expected: false },
    { name: 'no stack', said: null, expected: false },
  ])('takes $name for protected: $expected', async ({ said, expected }) => {
    stack = said;
    expect(await isProtected(parseExample())).toBe(expected);
  });

  it('removes nothing while the home stack is protected, and says how to go on', async () => {
    stack = '<EnableTerminationProtection>true</EnableTerminationProtection>';
    await expect(destroy(parseExample(), true, io)).rejects.toThrow(
      /mpic-home is protected .*--no-enable-termination-protection --region eu-west-1 --stack-name mpic-home$/,
    );
  });

  it('removes nothing where nobody can be asked', async () => {
    versions = [{ key: 'a', id: '1' }];
    const deployment = parseExample({ retention: { data: 'destroy', audit_lock: 'none' } });
    await expect(destroy(deployment, false, io)).rejects.toThrow('--yes destroys without asking');
    expect(versions).toHaveLength(1);
  });
});
