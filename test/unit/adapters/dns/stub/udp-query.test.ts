import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeQuery } from '../../../../../shared/adapters/dns/message/query.ts';
import { CheckScope } from '../../../../../shared/adapters/dns/stub/check-scope.ts';
import { MIN_REPEAT_MS } from '../../../../../shared/adapters/dns/stub/repeat-timer.ts';
import { MOST_UNREAD } from '../../../../../shared/adapters/dns/stub/send-window.ts';
import type { UdpExchange } from '../../../../../shared/adapters/dns/stub/udp-exchange.ts';
import { queryOverUdp } from '../../../../../shared/adapters/dns/stub/udp-query.ts';
import { MOST_OPEN_REPEATS, Upstream } from '../../../../../shared/adapters/dns/stub/upstream.ts';
import { eventually } from '../../../../support/eventually.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** One datagram as received by the server. */
interface Heard {
  readonly query: Buffer;
  readonly id: number;
  readonly port: number;
}

/** A server that does not respond by itself. */
async function startServer(onQuery: (heard: Heard, index: number) => void = () => {}) {
  const socket = createSocket('udp4');
  const heard: Heard[] = [];
  socket.on('message', (query, { port }) => {
    const one = { query, id: query.readUInt16BE(0), port };
    heard.push(one);
    onQuery(one, heard.length - 1);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closers.push(() => closeSocket(socket));
  const upstream = new Upstream({ address: '127.0.0.1', port: socket.address().port });
  for (let answer = 0; answer < 64; answer++) upstream.repeats.onAnswer(1);
  return { socket, heard, upstream };
}

async function closeSocket(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

/** NXDOMAIN for `to`, sent to its port; by default with its id. */
function answer(socket: Socket, to: Heard, { id = to.id, port = to.port } = {}): void {
  const message = Buffer.from(to.query);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(0x8183, 2);
  socket.send(message, port, '127.0.0.1');
}

let nextId = 1;

interface Choice {
  readonly timeoutMs?: number;
  readonly deadline?: number;
  readonly check?: CheckScope;
  readonly signal?: AbortSignal;
}

/** Send a query; `tries` has an entry per datagram, true once it was answered, `sentAt` its time of sending. */
function ask(
  upstream: Upstream,
  { timeoutMs = 2500, deadline = performance.now() + 20_000, check, signal }: Choice = {},
) {
  const tries: boolean[] = [];
  const sentAt: number[] = [];
  const outcome: Promise<UdpExchange> = queryOverUdp({
    upstream,
    shared: check?.socket ?? null,
    check: check ?? null,
    signal,
    deadline,
    timeoutMs: () => timeoutMs,
    encode: () => encodeQuery(['a', 'test'], 257, nextId++ & 0xffff),
    onTry() {
      sentAt.push(performance.now());
      const index = tries.push(false) - 1;
      return () => {
        tries[index] = true;
      };
    },
  });
  return { outcome, tries, sentAt };
}

function openCheck(upstream: Upstream): CheckScope {
  const check = new CheckScope(upstream, null);
  closers.push(() => check.end());
  return check;
}

const countSockets = () => process.getActiveResourcesInfo().filter((name) => name.includes('UDP')).length;

describe('queryOverUdp: repeats', () => {
  it('repeats a lost query from another port with another id, and accepts the answer', async () => {
    const { socket, heard, upstream } = await startServer((one, index) => index === 1 && answer(socket, one));
    const { outcome, tries, sentAt } = ask(upstream);
    expect(await outcome).toMatchObject({ status: 'response' });
    expect(tries).toEqual([false, true]);
    const [first, second] = heard;
    expect(second?.port).not.toBe(first?.port);
    expect(second?.id).not.toBe(first?.id);
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThanOrEqual(MIN_REPEAT_MS - 1);
  });

  it('doubles the wait before each further repeat, and sends at most six datagrams', async () => {
    const { heard, upstream } = await startServer();
    const { outcome, sentAt } = ask(upstream, { timeoutMs: 2500 });
    expect(await outcome).toMatchObject({ status: 'failed', reason: 'timeout' });
    const waits = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0));
    // On a busy machine timers fire late, never early.
    waits.forEach((ms, index) => {
      expect(ms).toBeGreaterThanOrEqual(MIN_REPEAT_MS * 2 ** index - 1);
    });
    expect(heard.length).toBeLessThanOrEqual(6);
    expect(heard.length).toBeGreaterThanOrEqual(3);
  });

  it.each([
    { name: 'the first try', index: 0 },
    { name: 'the latest try', index: 2 },
  ])('accepts an answer to $name after two repeats', async ({ index }) => {
    const { socket, heard, upstream } = await startServer((_one, count) => {
      const late = heard[index];
      if (count === 2 && late) answer(socket, late);
    });
    const { outcome, tries } = ask(upstream);
    expect(await outcome).toMatchObject({ status: 'response' });
    expect(tries).toEqual([0, 1, 2].map((one) => one === index));
  });

  it('does not repeat a query that was answered while the process was busy', async () => {
    const { socket, upstream } = await startServer((one) => {
      // The kernel holds the answer while this process is busy and late for its timer.
      answer(socket, one);
      const until = performance.now() + 3 * MIN_REPEAT_MS;
      while (performance.now() < until);
    });
    const { outcome, tries } = ask(upstream);
    expect(await outcome).toMatchObject({ status: 'response' });
    expect(tries).toEqual([true]);
  });

  it('times out at its time-out, whatever the estimate is', async () => {
    const { upstream } = await startServer();
    for (let index = 0; index < 640; index++) upstream.repeats.onAnswer(30_000);
    const start = performance.now();
    expect(await ask(upstream, { timeoutMs: 200 }).outcome).toMatchObject({ reason: 'timeout' });
    expect(performance.now() - start).toBeGreaterThanOrEqual(199);
    // And not earlier after immediate answers.
    for (let index = 0; index < 640; index++) upstream.repeats.onAnswer(0);
    const again = performance.now();
    expect(await ask(upstream, { timeoutMs: 200 }).outcome).toMatchObject({ reason: 'timeout' });
    expect(performance.now() - again).toBeGreaterThanOrEqual(199);
  });
});

/** Times for at least two and three tries, within the time-out of the query even on a busy machine. */
const TIMEOUT_MS = 1000;

interface Forged {
  readonly to: Heard | undefined;
  readonly id?: number | undefined;
}

describe('queryOverUdp: forged answers', () => {
  it.each<{ name: string; forge: (heard: readonly Heard[]) => Forged }>([
    {
      name: 'the id of the first try at the port of the latest',
      forge: ([first, , third]) => ({ to: third, id: first?.id }),
    },
    {
      name: 'the id of the latest try at the port of the first',
      forge: ([first, , third]) => ({ to: first, id: third?.id }),
    },
    { name: 'the second try, dropped for the third', forge: ([, second]) => ({ to: second }) },
  ])('are ignored if they match $name', async ({ forge }) => {
    const { socket, heard, upstream } = await startServer((_one, index) => {
      if (index !== 2) return;
      const { to, id } = forge(heard);
      if (to !== undefined) answer(socket, to, id === undefined ? {} : { id });
    });
    const { outcome, tries } = ask(upstream, { timeoutMs: TIMEOUT_MS });
    expect(await outcome).toMatchObject({ status: 'failed', reason: 'timeout' });
    expect(heard.length).toBeGreaterThanOrEqual(3);
    expect(tries).not.toContain(true);
  });

  it('have at most two open ports to hit', async () => {
    let most = 0;
    const { upstream } = await startServer(() => {
      most = Math.max(most, countSockets() - 1);
    });
    await ask(upstream, { timeoutMs: TIMEOUT_MS }).outcome;
    expect(most).toBe(2);
  });

  it('at one port do not end the query, which continues at the next', async () => {
    const { socket, upstream } = await startServer((one, index) => {
      if (index === 0) answer(socket, one, { id: one.id ^ 1 });
      if (index !== 1) return;
      for (let guess = 1; guess <= 20; guess++) answer(socket, one, { id: one.id ^ guess });
      answer(socket, one);
    });
    // Long enough for three tries on a busy machine.
    const slow = ask(upstream, { timeoutMs: 3 * TIMEOUT_MS });
    // The second try is flooded and closed; the first one stays open, and further repeats follow.
    expect(await slow.outcome).toMatchObject({ status: 'failed', reason: 'timeout' });
    expect(slow.tries.length).toBeGreaterThanOrEqual(3);
  });
});

describe('queryOverUdp: ends', () => {
  it.each<{ name: string; end: (parts: { check: CheckScope; abort: AbortController }) => void }>([
    { name: 'its check ends', end: ({ check }) => check.end() },
    { name: 'its signal aborts', end: ({ abort }) => abort.abort() },
  ])('at once when $name, and closes all its sockets', async ({ end }) => {
    const { heard, upstream } = await startServer();
    const check = openCheck(upstream);
    const abort = new AbortController();
    const { outcome, tries } = ask(upstream, { check, signal: abort.signal });
    await eventually(() => heard.length === 2, 'a repeat has come');
    end({ check, abort });
    expect(await outcome).toMatchObject({ status: 'failed', reason: 'aborted' });
    check.end();
    await eventually(() => countSockets() === 1, 'only the socket of the server is open');
    expect(tries).toEqual([false, false]);
  });

  it('without sending when the check has ended', async () => {
    const { heard, upstream } = await startServer();
    const check = openCheck(upstream);
    check.end();
    expect(await ask(upstream, { check }).outcome).toMatchObject({ reason: 'aborted' });
    expect(heard).toEqual([]);
  });

  it('as resolver-failed when its turn does not come in time', async () => {
    const { upstream } = await startServer();
    for (let index = 0; index < MOST_UNREAD; index++) upstream.window.take({}, () => {});
    const { outcome, tries } = ask(upstream, { deadline: performance.now() + 20 });
    expect(await outcome).toMatchObject({ status: 'failed', reason: 'resolver-failed' });
    expect(tries).toEqual([]);
  });

  it('as aborted while it waits for its turn', async () => {
    const { upstream } = await startServer();
    for (let index = 0; index < MOST_UNREAD; index++) upstream.window.take({}, () => {});
    const check = openCheck(upstream);
    const { outcome, tries } = ask(upstream, { check });
    check.end();
    expect(await outcome).toMatchObject({ status: 'failed', reason: 'aborted' });
    expect(tries).toEqual([]);
  });

  it('as unreachable when nothing listens, without a repeat', async () => {
    const { socket, upstream } = await startServer();
    closers.length = 0;
    await closeSocket(socket);
    const { outcome, tries } = ask(upstream);
    expect(await outcome).toMatchObject({ status: 'failed', reason: 'unreachable' });
    expect(tries).toEqual([false]);
  });
});

describe('queryOverUdp: late answers', () => {
  it('to the first try of a check update the window, and do not count as forged', async () => {
    const { socket, upstream } = await startServer((one, index) => {
      if (index % 2 === 1) answer(socket, one);
    });
    const check = openCheck(upstream);
    const firsts: Heard[] = [];
    socket.on('message', (query, { port }) => firsts.push({ query, id: query.readUInt16BE(0), port }));
    const asked: ReturnType<typeof ask>[] = [];
    // More than the sixteen ignored packets after which a socket is closed.
    for (let index = 0; index < 20; index++) {
      const one = ask(upstream, { check });
      asked.push(one);
      expect(await one.outcome).toMatchObject({ status: 'response' });
      const first = firsts.at(-2);
      if (first) answer(socket, first);
    }
    await eventually(() => asked.every(({ tries }) => tries.every(Boolean)), 'every try was answered');
    expect(check.socket.takes(upstream)).toBe(true);
  });
});

describe('Upstream: open repeats', () => {
  it('are limited: the oldest is closed for the newest, and closing one twice has no effect', () => {
    const upstream = new Upstream({ address: '127.0.0.1', port: 53 });
    const closed: number[] = [];
    const done = Array.from({ length: MOST_OPEN_REPEATS }, (_, index) =>
      upstream.openRepeat(() => closed.push(index)),
    );
    expect(closed).toEqual([]);
    done[0]?.();
    upstream.openRepeat(() => {});
    expect(closed).toEqual([]);
    upstream.openRepeat(() => {});
    upstream.openRepeat(() => {});
    expect(closed).toEqual([1, 2]);
  });
});
