import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHttpFetcher } from '../../../../shared/adapters/net/http-fetcher.ts';
import { createTlsProber } from '../../../../shared/adapters/net/tls-prober.ts';
import { get, loopbackGuard, soon, withRawServer } from './lab.ts';
import { DATA, END, REQUEST, RESET, type Step } from './raw-server.ts';
import { type TlsServerOptions, withTlsServer } from './tls-server.ts';

/** Deadlines are far away in these tests, so that their timers can be identified. */
const FAR_MS = 600_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Timers and listeners left when a call ends; `withRawServer` checks the sockets. */
async function leftoversOf(call: (deadline: number, signal: AbortSignal) => Promise<{ status: string }>) {
  const { signal } = new AbortController();
  const set = vi.spyOn(globalThis, 'setTimeout');
  const clear = vi.spyOn(globalThis, 'clearTimeout');
  const { status } = await call(soon(FAR_MS), signal);
  const timers = set.mock.calls.flatMap(([, delay], index) =>
    Number(delay) > FAR_MS / 2 ? [set.mock.results[index]?.value] : [],
  );
  const taken = clear.mock.calls.map(([timer]) => timer);
  return {
    status,
    usedTimers: timers.length > 0,
    timers: timers.filter((timer) => !taken.includes(timer)).length,
    listeners: getEventListeners(signal, 'abort').length,
  };
}

const NOTHING = { usedTimers: true, timers: 0, listeners: 0 };
const OK = 'HTTP/1.1 200 OK\r\n';

describe('no timer or listener is left after a request', () => {
  it.each<{ name: string; steps: readonly Step[]; status: string }>([
    { name: 'got a response', steps: [REQUEST, `${OK}Content-Length: 2\r\n\r\nhi`], status: 'answered' },
    {
      name: 'got a response above the limit',
      steps: [REQUEST, `${OK}\r\n${'x'.repeat(9000)}`],
      status: 'answered',
    },
    { name: 'got no response', steps: [REQUEST, END], status: 'failed' },
    { name: 'was reset', steps: [REQUEST, `${OK}\r\nx`, RESET], status: 'failed' },
    { name: 'got octets that are not HTTP', steps: [REQUEST, 'nonsense\r\n'], status: 'failed' },
    {
      name: 'got a body that does not decode',
      steps: [REQUEST, `${OK}Content-Encoding: br\r\nContent-Length: 3\r\n\r\nxyz`],
      status: 'failed',
    },
    {
      name: 'got a protocol switch',
      steps: [REQUEST, 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
      status: 'failed',
    },
  ])('that $name', async ({ steps, status }) => {
    await withRawServer(steps, async ({ port }) => {
      const fetcher = createHttpFetcher(loopbackGuard(port));
      const leftovers = await leftoversOf((deadline, signal) => fetcher.get(get({ deadline, signal })));
      expect(leftovers).toEqual({ status, ...NOTHING });
    });
  });

  it('that could not be sent', async () => {
    await withRawServer([], async ({ port }) => {
      const fetcher = createHttpFetcher(loopbackGuard(port));
      const leftovers = await leftoversOf((deadline, signal) =>
        fetcher.get(get({ path: '/a b', deadline, signal })),
      );
      expect(leftovers).toEqual({ status: 'failed', ...NOTHING });
    });
  });

  it('that could not connect', async () => {
    const port = await withRawServer([], async (server) => server.port);
    const fetcher = createHttpFetcher(loopbackGuard(port));
    const leftovers = await leftoversOf((deadline, signal) => fetcher.get(get({ deadline, signal })));
    expect(leftovers).toEqual({ status: 'failed', ...NOTHING });
  });
});

describe('no timer or listener is left after a TLS probe', () => {
  const probing = (port: number) => (deadline: number, signal: AbortSignal) =>
    createTlsProber(loopbackGuard(port)).probe({
      addresses: ['127.0.0.1'],
      serverName: 'www.shop.example',
      alpnProtocol: 'acme-tls/1',
      deadline,
      signal,
    });

  it.each<{ name: string; options: TlsServerOptions; status: string }>([
    { name: 'succeeded', options: { protocol: 'acme-tls/1' }, status: 'answered' },
    { name: 'was refused', options: { protocol: 'h2' }, status: 'failed' },
  ])('that $name', async ({ options, status }) => {
    await withTlsServer(options, async ({ port }) => {
      expect(await leftoversOf(probing(port))).toEqual({ status, ...NOTHING });
    });
  });

  it.each<{ name: string; steps: readonly Step[] }>([
    { name: 'got octets that are not TLS', steps: [DATA, 'nonsense'] },
    { name: 'was reset', steps: [DATA, RESET] },
  ])('that $name', async ({ steps }) => {
    await withRawServer(steps, async ({ port }) => {
      expect(await leftoversOf(probing(port))).toEqual({ status: 'failed', ...NOTHING });
    });
  });
});
