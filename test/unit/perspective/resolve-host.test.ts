import { describe, expect, it } from 'vitest';
import { resolveHost, resolvingEvidence } from '../../../services/perspective/resolve-host.ts';
import type { RecordData } from '../../../shared/domain/dns/lookup.ts';
import { createFakeResolver, type Script } from '../../support/fake-resolver.ts';

const HOST = { kind: 'name', name: 'shop.example' } as const;
const DEADLINE = 5_000;
const V4: readonly RecordData[] = [{ type: 'A', value: '11.0.0.1' }];
const V6: readonly RecordData[] = [{ type: 'AAAA', value: '2a00::1' }];
const NOTHING = { records: [] };

const resolve = (script: Script) => {
  const resolver = createFakeResolver(script);
  return resolveHost(HOST, { resolver, deadline: DEADLINE });
};

describe('resolveHost', () => {
  it('queries both families, and lists IPv6 first', async () => {
    const resolver = createFakeResolver({ 'A shop.example': V4, 'AAAA shop.example': V6 });
    const resolved = await resolveHost(HOST, { resolver, deadline: DEADLINE });
    expect(resolved).toMatchObject({ status: 'resolved', addresses: ['2a00::1', '11.0.0.1'] });
    expect(resolver.asked.toSorted()).toEqual(['A shop.example', 'AAAA shop.example']);
    expect(resolver.deadlines).toEqual([DEADLINE, DEADLINE]);
  });

  it('sends no query for an address (RFC 8738 section 4)', async () => {
    const resolver = createFakeResolver({});
    const host = { kind: 'ip', address: '11.0.0.1', family: 4 } as const;
    const resolved = await resolveHost(host, { resolver, deadline: DEADLINE });
    expect(resolved).toEqual({ status: 'resolved', addresses: ['11.0.0.1'], lookups: [] });
    expect(resolver.asked).toEqual([]);
    expect(resolvingEvidence(resolved.lookups)).toBeNull();
  });

  it.each<{ name: string; script: Script; addresses: readonly string[] }>([
    {
      name: 'IPv4 alone',
      script: { 'A shop.example': V4, 'AAAA shop.example': NOTHING },
      addresses: ['11.0.0.1'],
    },
    {
      name: 'IPv6 alone',
      script: { 'A shop.example': NOTHING, 'AAAA shop.example': V6 },
      addresses: ['2a00::1'],
    },
    {
      name: 'IPv4 when the servers do not respond to AAAA queries',
      script: { 'A shop.example': V4, 'AAAA shop.example': 'timeout' },
      addresses: ['11.0.0.1'],
    },
    {
      name: 'IPv6 when the A lookup gets SERVFAIL',
      script: { 'A shop.example': 'servfail', 'AAAA shop.example': V6 },
      addresses: ['2a00::1'],
    },
  ])('returns $name', async ({ script, addresses }) => {
    expect(await resolve(script)).toMatchObject({ status: 'resolved', addresses });
  });

  it.each<{ name: string; script: Script; error: RegExp }>([
    { name: 'a name that does not exist', script: {}, error: /NXDOMAIN/ },
    {
      name: 'a name without addresses',
      script: { 'A shop.example': NOTHING, 'AAAA shop.example': NOTHING },
      error: /NoAnswer.*no AAAA or A record/,
    },
    {
      name: 'lookups that both fail',
      script: { 'A shop.example': 'servfail', 'AAAA shop.example': 'timeout' },
      error: /LifetimeTimeout|NoNameservers/,
    },
    {
      name: 'one failed lookup while the other is empty, because there may be addresses',
      script: { 'A shop.example': 'servfail', 'AAAA shop.example': NOTHING },
      error: /NoNameservers.*A at shop\.example/,
    },
    {
      name: 'bogus IPv6 data, although there are IPv4 addresses',
      script: { 'A shop.example': V4, 'AAAA shop.example': 'bogus' },
      error: /AAAA at shop\.example \(bogus\)/,
    },
    {
      name: 'indeterminate IPv4 data, although there are IPv6 addresses',
      script: { 'A shop.example': 'indeterminate', 'AAAA shop.example': V6 },
      error: /indeterminate/,
    },
  ])('fails for $name', async ({ script, error }) => {
    const resolved = await resolve(script);
    expect(resolved.status).toBe('failed');
    if (resolved.status === 'failed') expect(resolved.error.message).toMatch(error);
    expect(resolved.lookups).toHaveLength(2);
  });

  it('returns at most 64 addresses of one family', async () => {
    const many = Array.from({ length: 4_000 }, (_, index): RecordData => {
      return { type: 'A', value: `11.0.${index >> 8}.${index & 255}` };
    });
    const resolved = await resolve({ 'A shop.example': many, 'AAAA shop.example': NOTHING });
    expect(resolved.status === 'resolved' && resolved.addresses).toHaveLength(64);
  });

  it('ignores records of another type than queried', async () => {
    const script: Script = {
      'A shop.example': [{ type: 'TXT', value: '11.0.0.1' }],
      'AAAA shop.example': NOTHING,
    };
    expect(await resolve(script)).toMatchObject({ status: 'failed' });
  });
});

describe('resolvingEvidence', () => {
  it('has the status of the worst lookup, over all hops', async () => {
    const secure = await resolve({
      'A shop.example': { records: V4, dnssec: 'secure', ttl: 300 },
      'AAAA shop.example': { records: [], dnssec: 'insecure', ttl: 60 },
    });
    const evidence = resolvingEvidence(secure.lookups);
    expect(evidence).toMatchObject({ dnssec: 'insecure', ttl: 60 });
  });

  it('is indeterminate when one of the lookups failed', async () => {
    const half = await resolve({
      'A shop.example': { records: V4, dnssec: 'secure' },
      'AAAA shop.example': 'timeout',
    });
    expect(resolvingEvidence(half.lookups)?.dnssec).toBe('indeterminate');
  });
});
