import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LabServer, type LabView, startDnsServer } from '../../../../services/local/lab/dns-server.ts';
import type { LabScript } from '../../../../services/local/lab/lab-script.ts';
import { parseZoneText } from '../../../../services/local/lab/zone.ts';
import type { ServerAddress } from '../../../../shared/adapters/dns/server-address.ts';
import {
  createStubResolver,
  type StubResolverOptions,
} from '../../../../shared/adapters/dns/stub-resolver.ts';
import type { Lookup, RecordType } from '../../../../shared/ports/resolver.ts';

const records = parseZoneText(`
  ok.test 120 CAA 0 issue "ca.example"
  ok.test 120 TXT "one " "two"
  ok.test 120 TXT "three"
  ok.test 120 A 192.0.2.1
  ok.test 120 AAAA 2001:db8::1
  1.2.0.192.in-addr.arpa 120 PTR Host.Example.test
  www.test 60 CNAME OK.test
  d.test 50 DNAME ok.test
  x.ok.test 40 TXT "below"
  gone.test CNAME nowhere.example
  nodata.test CNAME a.deep.example
  b.a.deep.example TXT "in between"
  loop.test CNAME pool.test
  pool.test CNAME loop.test

`);
const chain = Array.from({ length: 12 }, (_, index) => {
  return { name: `c${index}.test`, type: 'CNAME', values: [`c${index + 1}.test`], ttl: 100 + index };
});
const bigSet = {
  name: 'big.test',
  type: 'CAA',
  values: Array.from({ length: 1000 }, (_, index) => `0 issue "ca${index}.example"`),
};
const raw = (name: string, type: string, hex: string) => ({
  name,
  type,
  values: [`\\# ${hex.length / 2} ${hex}`],
});
const view: LabView = {
  records: [
    ...records,
    ...chain,
    { name: 'c12.test', type: 'CAA', values: ['0 issue "end.example"'] },
    bigSet,
    raw('three-octets.test', 'A', '010203'),
    raw('caa-past.test', 'CAA', `0009${Buffer.from('issue').toString('hex')}`),
  ],
};

let server: LabServer;
beforeAll(async () => {
  server = await startDnsServer(view);
});
afterAll(() => server.close());

type Options = Omit<StubResolverOptions, 'mode' | 'servers'>;
function resolverAt(servers: readonly ServerAddress[], options: Options = {}) {
  return createStubResolver({ mode: 'lab', servers, ...options });
}
const soon = (ms = 4000) => performance.now() + ms;

async function ask(
  name: string,
  {
    type = 'CAA',
    scripts = [],
    timeoutMs = 4000,
    ...options
  }: Options & {
    type?: RecordType;
    scripts?: readonly LabScript[];
    timeoutMs?: number;
  } = {},
): Promise<{ lookup: Lookup; sent: readonly string[] }> {
  if (scripts.length === 0) {
    return { lookup: await resolverAt([server], options).lookup(name, type, soon(timeoutMs)), sent: [] };
  }
  const scripted = await startDnsServer({ ...view, scripts });
  try {
    const lookup = await resolverAt([scripted], options).lookup(name, type, soon(timeoutMs));
    return { lookup, sent: scripted.queries().map((query) => `${query.transport} ${query.name}`) };
  } finally {
    await scripted.close();
  }
}

describe('createStubResolver: answers', () => {
  const caa = (value: string) => ({ type: 'CAA', caa: { flags: 0, tag: 'issue', value } });
  it.each<{ name: string; asked: string; type: RecordType; expected: object }>([
    {
      name: 'CAA',
      asked: 'ok.test',
      type: 'CAA',
      expected: { rcode: 0, records: [caa('ca.example')], cnameChain: [], ttl: 120 },
    },
    {
      name: 'TXT strings of one record are joined, records are not',
      asked: 'ok.test',
      type: 'TXT',
      expected: {
        records: [
          { type: 'TXT', value: 'one two' },
          { type: 'TXT', value: 'three' },
        ],
      },
    },
    { name: 'A', asked: 'ok.test', type: 'A', expected: { records: [{ type: 'A', value: '192.0.2.1' }] } },
    {
      name: 'AAAA',
      asked: 'ok.test',
      type: 'AAAA',
      expected: { records: [{ type: 'AAAA', value: '2001:db8::1' }] },
    },
    {
      name: 'PTR, case kept',
      asked: '1.2.0.192.in-addr.arpa',
      type: 'PTR',
      expected: { records: [{ type: 'PTR', value: 'Host.Example.test.' }] },
    },
    {
      name: 'CNAME asked for is not chased',
      asked: 'www.test',
      type: 'CNAME',
      expected: { records: [{ type: 'CNAME', value: 'OK.test.' }], cnameChain: [], ttl: 60 },
    },
    {
      name: 'a CNAME is followed',
      asked: 'www.test',
      type: 'CAA',
      expected: { records: [caa('ca.example')], cnameChain: ['OK.test.'], ttl: 60 },
    },
    {
      name: 'a DNAME is followed',
      asked: 'x.d.test',
      type: 'TXT',
      expected: { records: [{ type: 'TXT', value: 'below' }], cnameChain: ['x.ok.test.'], ttl: 40 },
    },
    {
      name: 'NXDOMAIN',
      asked: 'nothing.ok.test',
      type: 'CAA',
      expected: { rcode: 3, records: [], cnameChain: [], ttl: 60 },
    },
    {
      name: 'a name without the type',
      asked: 'x.ok.test',
      type: 'CAA',
      expected: { rcode: 0, records: [], ttl: 60 },
    },
    {
      name: 'a dangling alias',
      asked: 'gone.test',
      type: 'CAA',
      expected: { rcode: 3, records: [], cnameChain: ['nowhere.example.'], ttl: 60 },
    },
    {
      name: 'an alias to a name in between',
      asked: 'nodata.test',
      type: 'CAA',
      expected: { rcode: 0, records: [], cnameChain: ['a.deep.example.'] },
    },
    {
      name: 'ten links',
      asked: 'c2.test',
      type: 'CAA',
      expected: { records: [caa('end.example')], ttl: 102 },
    },
  ])('$name', async ({ asked, type, expected }) => {
    const { lookup } = await ask(asked, { type });
    expect(lookup).toMatchObject({
      status: 'answered',
      name: asked,
      type,
      tries: 1,
      extendedErrors: [],
      ...expected,
    });
    expect(lookup).toMatchObject({
      adFlag: false,
      dnssec: 'unvalidated',
      server: `lab 127.0.0.1:${server.port}`,
    });
    expect(lookup.elapsedMs).toBeGreaterThan(0);
  });

  it('fetches 1000 CAA records over TCP', async () => {
    const { lookup } = await ask('big.test');
    expect(lookup).toMatchObject({ status: 'answered', tries: 2 });
    expect(lookup.status === 'answered' && lookup.records).toHaveLength(1000);
  });

  it('works over IPv6', async () => {
    const v6 = await startDnsServer({ ...view, host: '::1' });
    try {
      const resolver = createStubResolver({
        mode: `[::1]:${v6.port}`,
        servers: [{ address: '0:0::1', port: v6.port }],
      });
      const lookup = await resolver.lookup('ok.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'answered', server: `[::1]:${v6.port}` });
      expect(await resolver.lookup('big.test', 'CAA', soon())).toMatchObject({
        status: 'answered',
        tries: 2,
      });
    } finally {
      await v6.close();
    }
  });

  it.each<{ name: string; trustAdBit?: boolean; ad: boolean; dnssec: string }>([
    { name: 'AD from a loopback server means secure', ad: true, dnssec: 'secure' },
    { name: 'no AD means unvalidated', ad: false, dnssec: 'unvalidated' },
    {
      name: 'AD from a server that is not trusted means unvalidated',
      trustAdBit: false,
      ad: true,
      dnssec: 'unvalidated',
    },
  ])('$name', async ({ trustAdBit, ad, dnssec }) => {
    const { lookup } = await ask('ok.test', {
      scripts: [{ name: '*', ad }],
      ...(trustAdBit === undefined ? {} : { trustAdBit }),
    });
    expect(lookup).toMatchObject({ status: 'answered', adFlag: ad, dnssec });
  });

  it('is secure only if every part of an answer in parts is', async () => {
    const scripts = [{ name: 'www.test', ad: true, maxLinks: 1 }];
    const { lookup } = await ask('www.test', { scripts });
    expect(lookup).toMatchObject({ status: 'answered', adFlag: false, cnameChain: ['OK.test.'], tries: 2 });
  });

  it('reports the texts of extended errors that do not forbid the answer', async () => {
    const scripts = [{ name: '*', extendedErrors: [{ code: 3, text: 'stale' }] }];
    const { lookup } = await ask('ok.test', { scripts });
    expect(lookup).toMatchObject({ status: 'answered', extendedErrors: [{ code: 3, text: 'stale' }] });
  });
});

describe('createStubResolver: an answer that stops at an alias', () => {
  it('is asked for again at the target, however often', async () => {
    const { lookup, sent } = await ask('c2.test', { scripts: [{ name: '*', maxLinks: 3 }] });
    expect(lookup).toMatchObject({ status: 'answered', ttl: 102, tries: 4 });
    expect(lookup.status === 'answered' && lookup.cnameChain).toHaveLength(10);
    expect(sent).toEqual(['udp c2.test', 'udp c5.test', 'udp c8.test', 'udp c11.test']);
  });

  it('is a failure when the target cannot be asked', async () => {
    const scripts: LabScript[] = [
      { name: 'www.test', maxLinks: 1 },
      { name: 'ok.test', rcode: 'servfail' },
    ];
    const { lookup } = await ask('www.test', { scripts });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'servfail', rcode: 2, tries: 4 });
  });

  it('ends at the limit of links all the same', async () => {
    const { lookup } = await ask('c0.test', { scripts: [{ name: '*', maxLinks: 1 }] });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'alias-chain-too-long' });
  });

  it('ends at a loop all the same', async () => {
    const { lookup } = await ask('loop.test', { scripts: [{ name: '*', maxLinks: 1 }] });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'alias-loop', tries: 2 });
  });
});

describe('createStubResolver: failures', () => {
  const ede = (...codes: number[]) => codes.map((code) => ({ code, text: `why ${code}` }));
  interface FailureRow {
    readonly name: string;
    readonly asked?: string;
    readonly type?: RecordType;
    readonly script?: Omit<LabScript, 'name'>;
    readonly expected: object;
  }
  it.each<FailureRow>([
    {
      name: 'SERVFAIL to every try',
      script: { rcode: 'servfail' },
      expected: { reason: 'servfail', rcode: 2, tries: 3 },
    },
    { name: 'REFUSED', script: { rcode: 'refused' }, expected: { reason: 'refused', rcode: 5, tries: 3 } },
    { name: 'NOTIMP', script: { rcode: 4 }, expected: { reason: 'rcode', rcode: 4, tries: 3 } },
    {
      name: 'an extended response code',
      script: { rcode: 23 },
      expected: { reason: 'rcode', rcode: 23, tries: 3 },
    },
    {
      name: 'bogus is not tried again',
      script: { rcode: 'servfail', extendedErrors: ede(9) },
      expected: { reason: 'bogus', rcode: 2, tries: 1, extendedErrors: ede(9) },
    },
    {
      name: 'an answer with unsupported NSEC3 iterations',
      script: { extendedErrors: ede(27) },
      expected: { reason: 'bogus', rcode: 0, tries: 1 },
    },
    {
      name: 'an AD-marked answer with unsupported NSEC3 iterations',
      script: { ad: true, extendedErrors: ede(27) },
      expected: { reason: 'bogus' },
    },
    {
      name: 'indeterminate',
      script: { rcode: 'servfail', extendedErrors: ede(5) },
      expected: { reason: 'indeterminate' },
    },
    {
      name: 'no reachable authority',
      script: { rcode: 'servfail', extendedErrors: ede(22) },
      expected: { reason: 'unreachable', rcode: 2 },
    },
    {
      name: 'network error',
      script: { rcode: 'servfail', extendedErrors: ede(23) },
      expected: { reason: 'unreachable', rcode: 2 },
    },
    {
      name: 'octets missing',
      script: { malformed: 'short' },
      expected: { reason: 'malformed', rcode: null, tries: 3 },
    },
    { name: 'octets left over', script: { malformed: 'long' }, expected: { reason: 'malformed', tries: 3 } },
    {
      name: 'two questions counted',
      script: { wrongQuestion: 'count' },
      expected: { reason: 'malformed', tries: 3 },
    },
    {
      name: 'an A record of three octets',
      asked: 'three-octets.test',
      type: 'A',
      expected: { reason: 'malformed', tries: 3 },
    },
    {
      name: 'a CAA tag past its record',
      asked: 'caa-past.test',
      expected: { reason: 'malformed', tries: 3 },
    },
    {
      name: 'an alias loop is not tried again',
      asked: 'loop.test',
      expected: { reason: 'alias-loop', rcode: 0, tries: 1 },
    },
    { name: 'eleven links', asked: 'c1.test', expected: { reason: 'alias-chain-too-long', tries: 1 } },
    { name: 'a name with capitals', asked: 'OK.test', expected: { reason: 'invalid-name', tries: 0 } },
    {
      name: 'a label of 64 octets',
      asked: `${'a'.repeat(64)}.test`,
      expected: { reason: 'invalid-name', tries: 0 },
    },
    { name: 'an empty name', asked: '', expected: { reason: 'invalid-name', tries: 0 } },
  ])('$name', async ({ asked = 'ok.test', type = 'CAA', script, expected }) => {
    const { lookup } = await ask(asked, { type, scripts: script ? [{ name: '*', ...script }] : [] });
    expect(lookup).toMatchObject({ status: 'failed', name: asked, type, ...expected });
  });

  it('ignores forged ids and questions, and takes the true answer after them', async () => {
    const forge = (change: (bytes: Buffer) => void) => (answer: Buffer) => {
      const forged = Buffer.from(answer);
      change(forged);
      return [forged, answer];
    };
    const forgeries = [
      forge((bytes) => bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0)),
      forge((bytes) => bytes.writeUInt8(bytes.readUInt8(13) ^ 0x20, 13)),
      forge((bytes) => bytes.writeUInt8(bytes.readUInt8(2) & 0x7f, 2)),
      (answer: Buffer) => [Buffer.alloc(3), Buffer.alloc(0), answer],
    ];
    for (const reply of forgeries) {
      const { lookup } = await ask('ok.test', { scripts: [{ name: '*', reply }] });
      expect(lookup).toMatchObject({ status: 'answered', tries: 1 });
    }
  });

  it.each<{ name: string; script: Omit<LabScript, 'name'> }>([
    { name: 'silence', script: { silent: true } },
    { name: 'only wrong ids', script: { wrongId: true } },
    { name: 'only wrong names', script: { wrongQuestion: 'name' } },
    { name: 'only names in other letters', script: { wrongQuestion: 'case' } },
  ])('$name is a timeout after two tries by the deadline', async ({ script }) => {
    const { lookup } = await ask('ok.test', {
      scripts: [{ name: '*', ...script }],
      timeoutMs: 120,
      queryTimeoutMs: 1000,
    });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'timeout', rcode: null, tries: 2 });
    expect(lookup.elapsedMs).toBeGreaterThan(110);
    expect(lookup.elapsedMs).toBeLessThan(600);
  });

  it('gives up a try when id after id is guessed', async () => {
    const guesses = (answer: Buffer) =>
      Array.from({ length: 20 }, (_, index) => {
        const guess = Buffer.from(answer);
        guess.writeUInt16BE(answer.readUInt16BE(0) ^ (index + 1), 0);
        return guess;
      });
    const { lookup } = await ask('ok.test', {
      scripts: [{ name: '*', reply: (answer) => [...guesses(answer), answer] }],
    });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'malformed', tries: 3 });
  });

  it('does not hear another port', async () => {
    let stranger: Socket | undefined;
    const { lookup } = await ask('ok.test', {
      timeoutMs: 150,
      scripts: [{ name: '*', silent: true }],
    });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'timeout' });
    // The same octets, from the server's port and from elsewhere.
    const relay = createSocket('udp4');
    try {
      stranger = createSocket('udp4');
      const other = stranger;
      await new Promise<void>((resolve) => relay.bind(0, '127.0.0.1', resolve));
      const seen = new Promise<void>((resolve) => {
        relay.on('message', (query, client) => {
          const forged = Buffer.from(query.subarray(0, query.length - 11));
          forged.writeUInt16BE(0x8183, 2);
          forged.writeUInt16BE(0, 10);
          other.send(forged, client.port, client.address, () => resolve());
        });
      });
      const resolver = resolverAt([{ address: '127.0.0.1', port: relay.address().port }]);
      const forgedLookup = await resolver.lookup('ok.test', 'CAA', soon(150));
      await seen;
      expect(forgedLookup).toMatchObject({ status: 'failed', reason: 'timeout' });
    } finally {
      relay.close();
      stranger?.close();
    }
  });

  it('says unreachable when nobody listens', async () => {
    const closed = await startDnsServer(view);
    await closed.close();
    const lookup = await resolverAt([closed]).lookup('ok.test', 'CAA', soon());
    expect(lookup).toMatchObject({ status: 'failed', reason: 'unreachable', tries: 3 });
    expect(lookup.status === 'failed' && lookup.message).toContain('ECONNREFUSED');
  });
});

describe('createStubResolver: tries', () => {
  it.each<{ name: string; script: Omit<LabScript, 'name'> }>([
    { name: 'SERVFAIL', script: { rcode: 'servfail' } },
    { name: 'REFUSED', script: { rcode: 'refused' } },
    { name: 'silence', script: { silent: true } },
    { name: 'a malformed answer', script: { malformed: 'short' } },
    { name: 'a truncated answer whose TCP stalls', script: { truncate: true, tcp: 'stall' } },
  ])('the second server is asked after $name of the first', async ({ script }) => {
    const bad = await startDnsServer({ ...view, scripts: [{ name: '*', ...script }] });
    try {
      const resolver = resolverAt([bad, server], { queryTimeoutMs: 100 });
      const lookup = await resolver.lookup('ok.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'answered', server: `lab 127.0.0.1:${server.port}` });
    } finally {
      await bad.close();
    }
  });

  it('a server that recovers is asked again when it is the only one', async () => {
    const { lookup, sent } = await ask('ok.test', { scripts: [{ name: '*', rcode: 'servfail', times: 2 }] });
    expect(lookup).toMatchObject({ status: 'answered', tries: 3 });
    expect(sent).toHaveLength(3);
  });

  it('nothing is kept from one lookup to the next', async () => {
    const own = await startDnsServer(view);
    try {
      const resolver = resolverAt([own]);
      await resolver.lookup('ok.test', 'CAA', soon());
      own.setView({ records: [] });
      expect(await resolver.lookup('ok.test', 'CAA', soon())).toMatchObject({ rcode: 3, records: [] });
      expect(own.queries()).toHaveLength(2);
    } finally {
      await own.close();
    }
  });

  it('a deadline in the past sends nothing', async () => {
    const { lookup, sent } = await ask('ok.test', { timeoutMs: 0, scripts: [{ name: '*' }] });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'timeout', tries: 0 });
    expect(sent).toEqual([]);
  });
});

describe('createStubResolver: TCP', () => {
  it.each<{ name: string; tcp: NonNullable<LabScript['tcp']>; reason: string }>([
    { name: 'stalls', tcp: 'stall', reason: 'timeout' },
    { name: 'announces more than it sends', tcp: 'lying-length', reason: 'timeout' },
    { name: 'closes in the middle', tcp: 'close-early', reason: 'truncated' },
  ])('that $name is a failure by the deadline', async ({ tcp, reason }) => {
    const { lookup } = await ask('big.test', {
      scripts: [{ name: '*', tcp }],
      timeoutMs: 200,
      queryTimeoutMs: 1000,
    });
    expect(lookup).toMatchObject({ status: 'failed', reason });
    expect(lookup.elapsedMs).toBeLessThan(700);
  });

  it.each<{ name: string; reply: NonNullable<LabScript['reply']>; reason: string }>([
    { name: 'is cut again', reply: (answer) => [setTruncated(answer)], reason: 'truncated' },
    {
      name: 'has another id',
      reply: (answer, _query, transport) => [transport === 'tcp' ? flipId(answer) : answer],
      reason: 'malformed',
    },
    {
      name: 'comes twice',
      reply: (answer, _query, transport) =>
        transport === 'tcp' ? [Buffer.concat([answer, answer])] : [answer],
      reason: 'malformed',
    },
    {
      name: 'is too short for a header',
      reply: (answer, _query, transport) => [transport === 'tcp' ? answer.subarray(0, 5) : answer],
      reason: 'malformed',
    },
    {
      name: 'is empty',
      reply: (answer, _query, transport) => [transport === 'tcp' ? Buffer.alloc(0) : answer],
      reason: 'malformed',
    },
  ])('whose answer $name is refused', async ({ reply, reason }) => {
    const { lookup } = await ask('ok.test', { scripts: [{ name: '*', truncate: true, reply }] });
    expect(lookup).toMatchObject({ status: 'failed', reason, tries: 6 });
  });
});

function setTruncated(answer: Buffer): Buffer {
  const bytes = Buffer.from(answer);
  bytes.writeUInt16BE(bytes.readUInt16BE(2) | 0x0200, 2);
  return bytes;
}

function flipId(answer: Buffer): Buffer {
  const bytes = Buffer.from(answer);
  bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0);
  return bytes;
}

describe('createStubResolver: calling off', () => {
  it('ends at once over UDP', async () => {
    const silent = await startDnsServer({ ...view, scripts: [{ name: '*', silent: true }] });
    try {
      const controller = new AbortController();
      const lookup = resolverAt([silent]).lookup('ok.test', 'CAA', soon(), controller.signal);
      await vi.waitFor(() => expect(silent.queries()).toHaveLength(1), { interval: 2 });
      controller.abort();
      expect(await lookup).toMatchObject({ status: 'failed', reason: 'aborted', tries: 1 });
    } finally {
      await silent.close();
    }
  });

  it('ends at once over TCP', async () => {
    const stalling = await startDnsServer({
      ...view,
      scripts: [{ name: '*', truncate: true, tcp: 'stall' }],
    });
    try {
      const controller = new AbortController();
      const lookup = resolverAt([stalling]).lookup('ok.test', 'CAA', soon(), controller.signal);
      await vi.waitFor(() => expect(stalling.queries()).toHaveLength(2), { interval: 2 });
      controller.abort();
      expect(await lookup).toMatchObject({ status: 'failed', reason: 'aborted', tries: 2 });
    } finally {
      await stalling.close();
    }
  });

  it('sends nothing when called off before', async () => {
    const lookup = await resolverAt([server]).lookup('ok.test', 'CAA', soon(), AbortSignal.abort());
    expect(lookup).toMatchObject({ status: 'failed', reason: 'aborted', tries: 0 });
  });
});

describe('createStubResolver: sockets', () => {
  const sockets = () =>
    process
      .getActiveResourcesInfo()
      .filter((kind) => /UDP|TCP|Timeout/.test(kind))
      .sort();

  it('leaves none open, however lookups end', async () => {
    const scripts: LabScript[] = [
      { name: 'silent.test', silent: true },
      { name: 'bad.test', malformed: 'short' },
      { name: 'stall.test', truncate: true, tcp: 'stall' },
      { name: 'early.test', truncate: true, tcp: 'close-early' },
    ];
    const own = await startDnsServer({ ...view, scripts });
    await own.close();
    const before = sockets();
    const again = await startDnsServer({ ...view, scripts });
    const resolver = resolverAt([again], { queryTimeoutMs: 50 });
    const names = ['ok.test', 'big.test', 'silent.test', 'bad.test', 'stall.test', 'early.test', 'loop.test'];
    const controller = new AbortController();
    const called = resolver.lookup('silent.test', 'CAA', soon(), controller.signal);
    await Promise.all(names.map((name) => resolver.lookup(name, 'CAA', soon(400))));
    controller.abort();
    await called;
    await again.close();
    await resolver.lookup('ok.test', 'CAA', soon(400));
    await vi.waitFor(() => expect(sockets()).toEqual(before), { interval: 5 });
  });
});

describe('createStubResolver: options that cannot work', () => {
  const one = [{ address: '127.0.0.1', port: 53 }];
  it.each<{ name: string; options: Partial<StubResolverOptions>; message: RegExp }>([
    { name: 'no server', options: { servers: [] }, message: /no server/ },
    { name: 'one try', options: { servers: one, maxTries: 1 }, message: /at least 2 tries/ },
    { name: 'no time', options: { servers: one, queryTimeoutMs: 0 }, message: /timeout/ },
    {
      name: 'a time that is no number',
      options: { servers: one, queryTimeoutMs: Number.NaN },
      message: /timeout/,
    },
  ])('$name', ({ options, message }) => {
    expect(() => createStubResolver({ mode: 'system', servers: [], ...options })).toThrow(message);
  });
});
