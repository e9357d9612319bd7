import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createStubResolver,
  type StubCheck,
  type StubResolver,
} from '../../../../../shared/adapters/dns/stub/stub-resolver.ts';
import { startDnsServer } from '../../../../lab/dns/dns-server.ts';
import { eventually } from '../../../../support/eventually.ts';

const deadline = () => performance.now() + 10_000;
const RECORDS = [
  { name: 'example.test', type: 'SOA', values: ['ns.example.test. host.example.test. 1 2 3 4 60'] },
  { name: 'example.test', type: 'CAA', values: ['0 issue "ca.example"'] },
  { name: 'www.example.test', type: 'CAA', values: ['0 issue "other.example"'] },
];

interface Seen {
  readonly port: number;
  readonly id: number;
}

/** A server that waits for `count` queries, and then answers them in reverse order. */
async function startReversingServer(count: number, answer: (query: Buffer) => Buffer) {
  const socket = createSocket('udp4');
  const seen: Seen[] = [];
  const waiting: { query: Buffer; port: number }[] = [];
  socket.on('message', (query, { port }) => {
    seen.push({ port, id: query.readUInt16BE(0) });
    waiting.push({ query, port });
    if (waiting.length < count) return;
    for (const { query: held, port: to } of waiting.splice(0).reverse())
      socket.send(answer(held), to, '127.0.0.1');
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, seen, close: () => void socket.close() };
}

const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** NXDOMAIN without records: the query with response bit and rcode set. */
function deny(query: Buffer): Buffer {
  const answer = Buffer.from(query);
  answer.writeUInt16BE(0x8183, 2);
  return answer;
}

async function resolverBefore(count: number, answer = deny) {
  const server = await startReversingServer(count, answer);
  closers.push(() => server.close());
  const resolver = createStubResolver({
    mode: 'test',
    servers: [{ address: '127.0.0.1', port: server.port }],
  });
  return { server, resolver };
}

/** A check that ends after the test. */
function openCheck(resolver: StubResolver): StubCheck {
  const check = resolver.forCheck();
  closers.push(() => check.end());
  return check;
}

describe('the lookups of one check', () => {
  it('share a port, with different ids, and get their own answers in any order', async () => {
    const { server, resolver } = await resolverBefore(3);
    const check = openCheck(resolver);
    const names = ['a.b.c.test', 'b.c.test', 'c.test'];
    const lookups = await Promise.all(names.map((name) => check.lookup(name, 'CAA', deadline())));
    expect(lookups.map(({ name, status }) => ({ name, status }))).toEqual(
      names.map((name) => ({ name, status: 'answered' })),
    );
    expect(new Set(server.seen.map(({ port }) => port)).size).toBe(1);
    expect(new Set(server.seen.map(({ id }) => id)).size).toBeGreaterThan(1);
  });

  it('do not share a port with lookups of another check', async () => {
    const { server, resolver } = await resolverBefore(2);
    const checks = [openCheck(resolver), openCheck(resolver)];
    await Promise.all(checks.map((check) => check.lookup('b.test', 'CAA', deadline())));
    expect(new Set(server.seen.map(({ port }) => port)).size).toBe(2);
  });

  it('ignore answers with the question of another lookup', async () => {
    // Every answer has the id of its query and the question of another.
    const swapped = (query: Buffer) => {
      const answer = deny(query);
      const letter = answer.readUInt8(13);
      answer.writeUInt8(letter === 0x61 ? 0x62 : 0x61, 13);
      return answer;
    };
    const { resolver } = await resolverBefore(2, swapped);
    const check = openCheck(resolver);
    const until = performance.now() + 300;
    const lookups = await Promise.all(['a.test', 'b.test'].map((name) => check.lookup(name, 'CAA', until)));
    expect(lookups.map(({ status }) => status)).toEqual(['failed', 'failed']);
  });

  it.each([
    { name: 'a top-level domain', asked: 'test', status: 'failed' },
    { name: 'a name below one', asked: 'b.test', status: 'answered' },
  ])('are $status for a denial without SOA of $name', async ({ asked, status }) => {
    const { resolver } = await resolverBefore(1);
    expect(await resolver.lookup(asked, 'CAA', deadline())).toMatchObject({ status });
  });

  it('continue when one of them is aborted', async () => {
    const { resolver } = await resolverBefore(2);
    const check = openCheck(resolver);
    const abort = new AbortController();
    const called = check.lookup('a.test', 'CAA', deadline(), abort.signal);
    abort.abort();
    const [off, on, again] = await Promise.all([
      called,
      check.lookup('b.test', 'CAA', deadline()),
      check.lookup('c.test', 'CAA', deadline()),
    ]);
    expect(off).toMatchObject({ status: 'failed', reason: 'aborted' });
    expect([on.status, again.status]).toEqual(['answered', 'answered']);
  });

  it('share a port in succession, until the check ends', async () => {
    const { server, resolver } = await resolverBefore(1);
    const check = openCheck(resolver);
    for (const name of ['a.test.test', 'b.test.test']) await check.lookup(name, 'CAA', deadline());
    check.end();
    const late = await check.lookup('c.test.test', 'CAA', deadline());
    expect(late).toMatchObject({ status: 'failed', reason: 'aborted' });
    expect(server.seen).toHaveLength(2);
    expect(new Set(server.seen.map(({ port }) => port)).size).toBe(1);
  });

  it('leave no open socket once the check has ended', async () => {
    const server = await startDnsServer({ records: RECORDS });
    closers.push(() => server.close());
    const resolver = createStubResolver({ mode: 'test', servers: [server] });
    const countSockets = () => process.getActiveResourcesInfo().filter((name) => name.includes('UDP')).length;
    const check = openCheck(resolver);
    await Promise.all(
      ['www.example.test', 'example.test', 'test'].map((name) => check.lookup(name, 'CAA', deadline())),
    );
    await check.lookup('example.test', 'CAA', deadline());
    check.end();
    await eventually(() => countSockets() === 1, 'only the socket of the server is open');
  });
});
