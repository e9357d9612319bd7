import { describe, expect, it } from 'vitest';
import { MIN_REPEAT_MS } from '../../../../../shared/adapters/dns/stub/repeat-timer.ts';
import {
  createStubResolver,
  createSystemResolver,
  type StubResolverOptions,
} from '../../../../../shared/adapters/dns/stub/stub-resolver.ts';
import { KNOWN, type Verifiable } from '../../../../../shared/adapters/dns/trust/verifiable.ts';
import type { RecordType } from '../../../../../shared/domain/dns/lookup.ts';
import { startDnsServer } from '../../../../lab/dns/dns-server.ts';
import type { LabScript } from '../../../../lab/dns/lab-script.ts';
import { ask, soon, view, withServer } from './stub-lab.ts';

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
      name: 'TXT, with the strings of one record joined',
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
      name: 'PTR, in its letter case',
      asked: '1.2.0.192.in-addr.arpa',
      type: 'PTR',
      expected: { records: [{ type: 'PTR', value: 'Host.Example.test.' }] },
    },
    {
      name: 'CNAME, without following it',
      asked: 'www.test',
      type: 'CNAME',
      expected: { records: [{ type: 'CNAME', value: 'OK.test.' }], cnameChain: [], ttl: 60 },
    },
    {
      name: 'records behind a CNAME',
      asked: 'www.test',
      type: 'CAA',
      expected: { records: [caa('ca.example')], cnameChain: ['OK.test.'], ttl: 60 },
    },
    {
      name: 'records behind a DNAME',
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
      name: 'a denial of the type',
      asked: 'x.ok.test',
      type: 'CAA',
      expected: { rcode: 0, records: [], ttl: 60 },
    },
    {
      name: 'NXDOMAIN for a dangling alias',
      asked: 'gone.test',
      type: 'CAA',
      expected: { rcode: 3, records: [], cnameChain: ['nowhere.example.'], ttl: 60 },
    },
    {
      name: 'a denial for an alias to an empty non-terminal',
      asked: 'nodata.test',
      type: 'CAA',
      expected: { rcode: 0, records: [], cnameChain: ['a.deep.example.'] },
    },
    {
      name: 'records behind ten links',
      asked: 'c2.test',
      type: 'CAA',
      expected: { records: [caa('end.example')], ttl: 102 },
    },
  ])('return $name', async ({ asked, type, expected }) => {
    const { lookup } = await ask(asked, { type });
    expect(lookup).toMatchObject({
      status: 'answered',
      name: asked,
      type,
      extendedErrors: [],
      ...expected,
    });
    // A query is repeated only if the machine is so busy that no answer arrives in time.
    expect(lookup.tries).toBeLessThanOrEqual(1 + Math.floor(lookup.elapsedMs / MIN_REPEAT_MS));
    expect(lookup).toMatchObject({
      adFlag: false,
      dnssec: 'not validated',
      server: expect.stringMatching(/^lab 127\.0\.0\.1:\d+$/),
    });
    expect(lookup.elapsedMs).toBeGreaterThan(0);
  });

  it('return 1000 CAA records over TCP', async () => {
    const { lookup } = await ask('big.test');
    expect(lookup).toMatchObject({ status: 'answered', tries: 2 });
    expect(lookup.status === 'answered' && lookup.records).toHaveLength(1000);
  });

  it('arrive over IPv6', async () => {
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

  it.each<{ name: string; validates?: Verifiable; ad: boolean; expected: object }>([
    {
      name: 'with AD from our own validating resolver are secure',
      validates: KNOWN,
      ad: true,
      expected: { status: 'answered', adFlag: true, dnssec: 'secure' },
    },
    {
      name: 'without AD and without a proof of insecurity are refused',
      validates: KNOWN,
      ad: false,
      expected: { status: 'failed', reason: 'indeterminate', dnssec: 'indeterminate', rcode: 0 },
    },
    {
      name: 'with AD from any other resolver are not validated',
      ad: true,
      expected: { status: 'answered', adFlag: true, dnssec: 'not validated' },
    },
    {
      name: 'without AD from any other resolver are not validated',
      ad: false,
      expected: { status: 'answered', adFlag: false, dnssec: 'not validated' },
    },
  ])('$name', async ({ validates, ad, expected }) => {
    const { lookup } = await ask('ok.test', {
      scripts: [{ name: '*', ad }],
      ...(validates && { validates }),
    });
    expect(lookup).toMatchObject(expected);
  });

  it.each<{ name: string; validates?: Verifiable; code: number; expected: object }>([
    { name: 'forged data', validates: KNOWN, code: 6, expected: { reason: 'bogus', dnssec: 'bogus' } },
    {
      name: 'unreachable servers',
      validates: KNOWN,
      code: 22,
      expected: { reason: 'unreachable', dnssec: 'indeterminate' },
    },
    {
      name: 'an indeterminate status',
      validates: KNOWN,
      code: 5,
      expected: { dnssec: 'indeterminate' },
    },
    {
      name: 'forged data, reported by another resolver',
      code: 6,
      expected: { reason: 'bogus', dnssec: 'not validated' },
    },
  ])('have a DNSSEC status also in a failure for $name', async ({ validates, code, expected }) => {
    const extendedErrors = [{ code, text: '' }];
    const { lookup } = await ask('ok.test', {
      scripts: [{ name: '*', rcode: 'servfail', extendedErrors }],
      ...(validates && { validates }),
    });
    expect(lookup).toMatchObject({ status: 'failed', ...expected });
  });

  it('are secure only if the responses of all queries are', async () => {
    const scripts = [{ name: 'www.test', ad: true, maxLinks: 1 }];
    const { lookup } = await ask('www.test', { scripts });
    expect(lookup).toMatchObject({ status: 'answered', adFlag: false, cnameChain: ['OK.test.'], tries: 2 });
  });

  it('include the texts of extended errors that do not make it fail', async () => {
    const scripts = [{ name: '*', extendedErrors: [{ code: 3, text: 'stale' }] }];
    const { lookup } = await ask('ok.test', { scripts });
    expect(lookup).toMatchObject({ status: 'answered', extendedErrors: [{ code: 3, text: 'stale' }] });
  });
});

describe('createStubResolver: an answer that ends at an alias', () => {
  it('leads to a query for the target, repeatedly', async () => {
    const { lookup, sent } = await ask('c2.test', { scripts: [{ name: '*', maxLinks: 3 }] });
    expect(lookup).toMatchObject({ status: 'answered', ttl: 102, tries: 4 });
    expect(lookup.status === 'answered' && lookup.cnameChain).toHaveLength(10);
    expect(sent).toEqual(['udp c2.test', 'udp c5.test', 'udp c8.test', 'udp c11.test']);
  });

  it('makes the lookup fail when the query for the target fails', async () => {
    const scripts: LabScript[] = [
      { name: 'www.test', maxLinks: 1 },
      { name: 'ok.test', rcode: 'servfail' },
    ];
    const { lookup } = await ask('www.test', { scripts });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'servfail', rcode: 2, tries: 4 });
  });

  it('makes the lookup fail at the limit of links', async () => {
    const { lookup } = await ask('c0.test', { scripts: [{ name: '*', maxLinks: 1 }] });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'alias-chain-too-long' });
  });

  it('makes the lookup fail for a loop', async () => {
    const { lookup } = await ask('loop.test', { scripts: [{ name: '*', maxLinks: 1 }] });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'alias-loop', tries: 2 });
  });
});

describe('createStubResolver rejects', () => {
  const one = [{ address: '127.0.0.1', port: 53 }];
  it.each<{ name: string; options: Partial<StubResolverOptions>; message: RegExp }>([
    { name: 'an empty list of servers', options: { servers: [] }, message: /no server/ },
    {
      name: 'a maximum of one query',
      options: { servers: one, maxQueries: 1 },
      message: /at least 2 queries/,
    },
    { name: 'a query timeout of zero', options: { servers: one, queryTimeoutMs: 0 }, message: /timeout/ },
    {
      name: 'a validating resolver not on loopback',
      options: { servers: [...one, { address: '192.0.2.53', port: 53 }], validates: KNOWN },
      message: /only a resolver on loopback/,
    },
    {
      name: 'a query timeout of NaN',
      options: { servers: one, queryTimeoutMs: Number.NaN },
      message: /timeout/,
    },
  ])('$name', ({ options, message }) => {
    expect(() => createStubResolver({ mode: 'system', servers: [], ...options })).toThrow(message);
  });
});

describe('createSystemResolver', () => {
  it('queries the servers configured on this machine', async () => {
    await withServer([], async (server) => {
      const resolver = createSystemResolver({}, () => [`127.0.0.1:${server.port}`]);
      const lookup = await resolver.lookup('ok.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'answered', server: `system 127.0.0.1:${server.port}` });
    });
  });

  it('ignores the AD bit, even of a server on loopback', async () => {
    await withServer([{ name: '*', ad: true }], async (server) => {
      const servers = [`127.0.0.1:${server.port}`];
      const lookup = await createSystemResolver({}, () => servers).lookup('ok.test', 'CAA', soon());
      expect(lookup).toMatchObject({ adFlag: true, dnssec: 'not validated' });
    });
  });

  it('throws when no servers are configured', () => {
    expect(() => createSystemResolver({}, () => [])).toThrow(/no DNS server configured/);
  });
});
