import { connect, type NetConnectOpts, Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHttpFetcher } from '../../../../shared/adapters/net/http-fetcher.ts';
import { connectToResolver, createNetworkGuard } from '../../../../shared/adapters/net/network-guard.ts';
import { createTlsProber } from '../../../../shared/adapters/net/tls-prober.ts';
import type { ConnectionFailure } from '../../../../shared/domain/net/connection-failure.ts';
import { SPECIAL_PURPOSE_BLOCKS } from '../../../../shared/domain/net/special-purpose.ts';
import { edgesOf, toText } from '../../domain/net/address-arithmetic.ts';
import { get, LOOPBACK, loopbackGuard, soon, withRawServer } from './lab.ts';
import { END, REQUEST } from './raw-server.ts';

// A test must not dial addresses beyond loopback, so calls to the socket layer are recorded and answered by fakes.
vi.mock('node:net', async (original) => {
  const net = await original<typeof import('node:net')>();
  return { ...net, connect: vi.fn(net.connect) };
});
const dialled = vi.mocked(connect as (options: NetConnectOpts) => Socket);
const { connect: reallyConnect } = await vi.importActual<typeof import('node:net')>('node:net');

afterEach(() => {
  dialled.mockReset();
  dialled.mockImplementation((options) => reallyConnect(options));
});

type Outcome = 'refuses' | 'is silent';

/** Fake sockets that behave as the row says for their address. */
function play(outcomes: Readonly<Record<string, Outcome>>): void {
  dialled.mockImplementation((options) => {
    const outcome = outcomes['host' in options ? (options.host ?? '') : ''];
    if (outcome === undefined) throw new Error('the test does not say what this address does');
    const socket = new Socket();
    const refusal = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    if (outcome === 'refuses') process.nextTick(() => socket.destroy(refusal));
    return socket;
  });
}

const hostsDialled = () => dialled.mock.calls.map(([options]) => ('host' in options ? options.host : null));

const production = createNetworkGuard({ allowedNetworks: [], labPorts: { 80: 8080, 443: 8443 } });
const fetcher = createHttpFetcher(production);
const prober = createTlsProber(production);
const probe = (addresses: readonly string[]) =>
  prober.probe({
    addresses,
    serverName: 'www.shop.example',
    alpnProtocol: 'acme-tls/1',
    deadline: soon(200),
  });

describe('HTTP fetcher and TLS prober open no socket', () => {
  it.each(SPECIAL_PURPOSE_BLOCKS)('for an address in $block, $name', async ({ block }) => {
    const { first, last } = edgesOf(block);
    const addresses = [toText(first), toText(last)];
    const refused = { status: 'failed', reason: 'address-refused', address: null };
    expect(await fetcher.get(get({ addresses }))).toMatchObject({ ...refused, partial: null });
    expect(await fetcher.get(get({ addresses, scheme: 'https', port: 443 }))).toMatchObject(refused);
    expect(await probe(addresses)).toMatchObject(refused);
    expect(hostsDialled()).toEqual([]);
  });

  it.each([
    {
      host: 'localhost',
      addresses: ['192.0.2.1', '2001:db8::1'],
      name: 'a host name that the system could resolve',
    },
    { host: '127.0.0.1', addresses: ['127.0.0.1'], name: 'a loopback IPv4 address as host' },
    { host: '::1', addresses: ['::1'], name: 'a loopback IPv6 address as host' },
    { host: 'www.shop.example', addresses: ['localhost'], name: 'a name instead of an address' },
    {
      host: 'www.shop.example',
      addresses: ['0x7f.1', '2130706433'],
      name: 'non-standard forms of loopback addresses',
    },
  ])('for $name', async ({ host, addresses }) => {
    expect(await fetcher.get(get({ host, addresses }))).toMatchObject({ reason: 'address-refused' });
    expect(hostsDialled()).toEqual([]);
  });

  it.each([22, 25, 53, 8080, 0, 65_536, 80.5, Number.NaN])('for port %d', async (port) => {
    expect(await fetcher.get(get({ addresses: ['8.8.8.8'], port }))).toMatchObject({
      reason: 'address-refused',
      address: null,
    });
    expect(hostsDialled()).toEqual([]);
  });

  it('for a host without addresses', async () => {
    expect(await fetcher.get(get({ addresses: [] }))).toEqual({
      status: 'failed',
      reason: 'unreachable',
      address: null,
      message: 'there is no address to connect to',
      partial: null,
    });
    expect(hostsDialled()).toEqual([]);
  });

  it('for refused addresses; the message names the first three and their blocks', async () => {
    const addresses = ['10.0.0.1', 'not\u001ban address', '::ffff:7f00:1', '127.0.0.1', '127.0.0.2'];
    expect(await fetcher.get(get({ addresses }))).toMatchObject({
      message:
        'no check may connect to 10.0.0.1 (private use), a text that is no IP address, ::ffff:127.0.0.1 (IPv4-mapped address) and 2 more',
    });
  });

  it.each([
    { name: 'after the deadline', changes: { deadline: 0 }, reason: 'timeout' },
    { name: 'for an aborted check', changes: { signal: AbortSignal.abort() }, reason: 'aborted' },
  ])('$name', async ({ changes, reason }) => {
    expect(await fetcher.get(get({ addresses: ['8.8.8.8'], ...changes }))).toMatchObject({ reason });
    expect(hostsDialled()).toEqual([]);
  });
});

describe('the opened socket', () => {
  it.each([
    { scheme: 'http' as const, port: 80 },
    { scheme: 'https' as const, port: 443 },
    { scheme: 'http' as const, port: 443 },
  ])(
    'connects to the vetted public address and to port $port, although lab ports are configured',
    async (row) => {
      play({ '2606:4700::1': 'refuses' });
      const addresses = ['127.0.0.1', '2606:4700:0:0::1', '10.0.0.1'];
      await fetcher.get(get({ ...row, addresses, host: 'localhost' }));
      expect(dialled.mock.calls).toEqual([
        [
          {
            host: '2606:4700::1',
            port: row.port,
            noDelay: true,
            autoSelectFamily: false,
            lookup: expect.any(Function),
          },
        ],
      ]);
    },
  );

  it.each([
    { who: 'an untrusted server', open: () => fetcher.get(get({ addresses: ['8.8.8.8'] })) },
    { who: 'a resolver', open: () => connectToResolver({ address: '8.8.8.8', port: 53 }).destroy() },
  ])('rejects a name lookup when connecting to $who', async ({ open }) => {
    dialled.mockImplementation(() => new Socket().destroy());
    void open();
    const options = dialled.mock.calls[0]?.[0];
    if (!options || !('lookup' in options)) throw new Error('no lookup function was given');
    const done = vi.fn();
    options.lookup?.('localhost', {}, done);
    expect(done).toHaveBeenCalledExactlyOnceWith(expect.any(Error), '', 0);
  });

  it('is closed when its peer is not the vetted address', async () => {
    await withRawServer(
      [REQUEST, 'HTTP/1.1 200 OK\r\n\r\n', END],
      async (server) => {
        dialled.mockImplementation(() => reallyConnect({ host: '127.0.0.2', port: server.port }));
        const guard = loopbackGuard(server.port);
        expect(await createHttpFetcher(guard).get(get())).toMatchObject({
          status: 'failed',
          reason: 'unreachable',
          message: 'the connection leads to another address than the one that was vetted',
        });
        expect(server.received).toBe('');
      },
      '127.0.0.2',
    );
  });
});

describe('the order of connection attempts', () => {
  const ADDRESSES = ['8.8.8.8', '9.9.9.9', '2606:4700::1', '2606:4700::2'];

  interface Row {
    readonly name: string;
    readonly addresses?: readonly string[];
    readonly outcomes: Readonly<Record<string, Outcome>>;
    readonly dialled: readonly string[];
    readonly failure: Partial<ConnectionFailure>;
  }
  it.each<Row>([
    {
      name: 'tries the first IPv6 address, then the first IPv4 address',
      outcomes: { '2606:4700::1': 'refuses', '8.8.8.8': 'refuses' },
      dialled: ['2606:4700::1', '8.8.8.8'],
      failure: {
        reason: 'unreachable',
        address: '8.8.8.8',
        message:
          'no connection came about (ECONNREFUSED); at 2606:4700::1 before: no connection came about (ECONNREFUSED)',
      },
    },
    {
      name: 'tries IPv4 after half of the time when IPv6 does not respond',
      outcomes: { '2606:4700::1': 'is silent', '8.8.8.8': 'refuses' },
      dialled: ['2606:4700::1', '8.8.8.8'],
      failure: { reason: 'unreachable', address: '8.8.8.8' },
    },
    {
      name: 'reports a time-out at the second address when neither responds',
      outcomes: { '2606:4700::1': 'is silent', '8.8.8.8': 'is silent' },
      dialled: ['2606:4700::1', '8.8.8.8'],
      failure: { reason: 'timeout', address: '8.8.8.8' },
    },
    {
      name: 'tries a single address once',
      addresses: ['8.8.8.8'],
      outcomes: { '8.8.8.8': 'refuses' },
      dialled: ['8.8.8.8'],
      failure: { reason: 'unreachable', address: '8.8.8.8' },
    },
    {
      name: 'does not try a second address of the same family',
      addresses: ['8.8.8.8', '9.9.9.9'],
      outcomes: { '8.8.8.8': 'refuses' },
      dialled: ['8.8.8.8'],
      failure: { reason: 'unreachable', address: '8.8.8.8' },
    },
    {
      name: 'skips a refused address',
      addresses: ['::1', '2606:4700::2', '127.0.0.1', '9.9.9.9'],
      outcomes: { '2606:4700::2': 'refuses', '9.9.9.9': 'refuses' },
      dialled: ['2606:4700::2', '9.9.9.9'],
      failure: { reason: 'unreachable', address: '9.9.9.9' },
    },
  ])('$name', async ({ addresses = ADDRESSES, outcomes, dialled: expected, failure }) => {
    play(outcomes);
    const startedAt = performance.now();
    const observed = await fetcher.get(get({ addresses, deadline: soon(300) }));
    expect(observed).toMatchObject({ status: 'failed', partial: null, ...failure });
    expect(hostsDialled()).toEqual(expected);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('does not try another address after an abort', async () => {
    play({ '2606:4700::1': 'is silent' });
    const controller = new AbortController();
    const pending = fetcher.get(get({ addresses: ADDRESSES, signal: controller.signal }));
    controller.abort();
    expect(await pending).toMatchObject({ reason: 'aborted', address: '2606:4700::1' });
    expect(hostsDialled()).toEqual(['2606:4700::1']);
  });

  it('gives the first attempt half of the time on the given clock', async () => {
    play({ '2606:4700::1': 'is silent', '8.8.8.8': 'is silent' });
    const deadlines: number[] = [];
    const guard = createNetworkGuard({ allowedNetworks: [] });
    const watched = {
      ...guard,
      dial: (...args: Parameters<typeof guard.dial>) => {
        deadlines.push(args[2].deadline);
        return guard.dial(...args);
      },
    };
    await createHttpFetcher(watched, { now: () => 1000 }).get(get({ addresses: ADDRESSES, deadline: 1040 }));
    expect(deadlines).toEqual([1020, 1040]);
  });

  it('falls back to IPv4 with real sockets', async () => {
    await withRawServer([REQUEST, 'HTTP/1.1 204 No Content\r\n\r\n'], async (server) => {
      const guard = createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 80: server.port } });
      const observed = await createHttpFetcher(guard).get(get({ addresses: ['127.0.0.1', '::1'] }));
      expect(observed).toMatchObject({ status: 'answered', statusCode: 204, address: '127.0.0.1' });
      expect(hostsDialled()).toEqual(['::1', '127.0.0.1']);
    });
  });

  it('does not try another address once a connection was made', async () => {
    await withRawServer([REQUEST, END], async (server) => {
      dialled.mockImplementation((options) =>
        reallyConnect({ ...options, host: '127.0.0.1', port: server.port }),
      );
      const guard = createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 80: server.port } });
      const observed = await createHttpFetcher(guard).get(get({ addresses: ['127.0.0.1', '127.0.0.2'] }));
      expect(observed).toMatchObject({ status: 'failed', reason: 'closed' });
      expect(server.connections).toBe(1);
    });
  });
});

describe('a listener on loopback', () => {
  it.each([
    { host: '127.0.0.1', addresses: ['127.0.0.1'] },
    { host: 'localhost', addresses: ['127.0.0.1', '::1'] },
    { host: 'localhost', addresses: ['::ffff:127.0.0.1'] },
    { host: 'localhost', addresses: ['0.0.0.0'] },
    { host: 'localhost', addresses: ['127.1'] },
    { host: 'localhost', addresses: [] },
  ])('gets no connection for a request to $host at $addresses when loopback is not allowed', async (row) => {
    await withRawServer([], async (server) => {
      const guard = createNetworkGuard({
        allowedNetworks: [],
        labPorts: { 80: server.port, 443: server.port },
      });
      const observed = await createHttpFetcher(guard).get(get(row));
      expect(observed).toMatchObject({ status: 'failed', address: null });
      const probed = await createTlsProber(guard).probe({
        addresses: row.addresses,
        serverName: row.host,
        alpnProtocol: 'acme-tls/1',
        deadline: soon(),
      });
      expect(probed).toMatchObject({ status: 'failed', address: null });
      expect(server.connections).toBe(0);
    });
  });
});
