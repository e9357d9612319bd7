import { describe, expect, it } from 'vitest';
import type { DnsMessage } from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { TYPE } from '../../../../../shared/adapters/dns/message/protocol.ts';
import { TrustWalk } from '../../../../../shared/adapters/dns/trust/trust-walk.ts';
import { KNOWN, type Verifiable } from '../../../../../shared/adapters/dns/trust/verifiable.ts';
import { ds, dsMessage, labels, nsec, nsec3Gap, nsec3Match, soa } from './signed-records.ts';

type World = Readonly<Record<string, DnsMessage | null>>;

const signed = (name: string) => dsMessage({ ad: true, answers: [ds(name)] });
const delegatedWithoutDs = (name: string) => dsMessage({ ad: true, authority: [nsec(name, 'NS')] });
const noCut = () => dsMessage({ ad: true });
const optedOut = (name: string, zone: string) =>
  dsMessage({
    authority: [nsec3Match(zone, zone, { types: ['NS', 'SOA'] }), nsec3Gap(zone, name, { optOut: true })],
  });

/** `zones`: responses to SOA queries by zone; an authenticated one by default. */
function walkIn(world: World, zones: World = {}, verifiable: Verifiable = KNOWN) {
  const asked: string[] = [];
  const walk = new TrustWalk((name, type) => {
    const text = name.join('.');
    asked.push(type === TYPE.SOA ? `SOA ${text}` : text);
    if (type === TYPE.SOA) return Promise.resolve(text in zones ? (zones[text] ?? null) : soaOf(text));
    return Promise.resolve(world[text] ?? null);
  }, verifiable);
  return { asked, findEnd: (...names: string[]) => walk.findEnd(names.map(labels)) };
}

const soaOf = (zone: string, ad = true) => dsMessage({ ad, answers: [soa(zone)] });

const insecureAt = (at: string, by: string) => ({ status: 'insecure', at: labels(at), by });
const NO_PROOF = { status: 'unknown', why: 'no-proof' };

describe('TrustWalk (RFC 4035 section 4.3)', () => {
  it.each<{
    name: string;
    world: World;
    names: readonly string[];
    expected: object;
    asked: readonly string[];
  }>([
    {
      name: 'ends at the first delegation without DS',
      world: { com: signed('com'), 'a.com': delegatedWithoutDs('a.com'), 'b.a.com': null },
      names: ['b.a.com'],
      expected: insecureAt('a.com', 'no-ds'),
      asked: ['com', 'a.com'],
    },
    {
      name: 'ends at an unsigned top-level domain',
      world: { zz: delegatedWithoutDs('zz') },
      names: ['www.a.zz'],
      expected: insecureAt('zz', 'no-ds'),
      asked: ['zz'],
    },
    {
      name: 'ends at an opt-out gap of the parent zone',
      world: { com: signed('com'), 'a.com': optedOut('a.com', 'com') },
      names: ['www.a.com'],
      expected: insecureAt('a.com', 'opt-out'),
      asked: ['com', 'a.com', 'SOA com'],
    },
    {
      name: 'continues through names without a zone cut',
      world: { jp: signed('jp'), 'co.jp': noCut(), 'a.co.jp': delegatedWithoutDs('a.co.jp') },
      names: ['a.co.jp'],
      expected: insecureAt('a.co.jp', 'no-ds'),
      asked: ['jp', 'co.jp', 'a.co.jp'],
    },
    {
      name: 'accepts only an opt-out gap of the deepest signed zone',
      world: { com: signed('com'), 'a.com': signed('a.com'), 'b.a.com': optedOut('b.a.com', 'com') },
      names: ['b.a.com'],
      expected: NO_PROOF,
      asked: ['com', 'a.com', 'b.a.com'],
    },
    {
      name: 'accepts an opt-out gap of the zone above a name without a zone cut',
      world: { jp: signed('jp'), 'co.jp': noCut(), 'a.co.jp': optedOut('co.jp', 'jp') },
      names: ['a.co.jp'],
      expected: insecureAt('a.co.jp', 'opt-out'),
      asked: ['jp', 'co.jp', 'a.co.jp', 'SOA jp'],
    },
    {
      name: 'is signed when no name on the way is insecure',
      world: { com: signed('com'), 'a.com': signed('a.com'), 'www.a.com': noCut() },
      names: ['www.a.com'],
      expected: { status: 'signed' },
      asked: ['com', 'a.com', 'www.a.com'],
    },
    {
      name: 'is unknown when a query has no answer',
      world: { com: signed('com'), 'a.com': null },
      names: ['www.a.com'],
      expected: NO_PROOF,
      asked: ['com', 'a.com'],
    },
    {
      name: 'continues with the target of an alias, without a query at the alias itself',
      world: {
        com: signed('com'),
        'a.com': signed('a.com'),
        net: signed('net'),
        'b.net': delegatedWithoutDs('b.net'),
      },
      names: ['www.a.com', 'b.net'],
      expected: insecureAt('b.net', 'no-ds'),
      asked: ['com', 'a.com', 'net', 'b.net'],
    },
    {
      name: 'does not continue to the target of an alias that is unknown',
      world: { com: signed('com'), 'a.com': null, net: delegatedWithoutDs('net') },
      names: ['www.a.com', 'b.net'],
      expected: NO_PROOF,
      asked: ['com', 'a.com'],
    },
  ])('$name', async ({ world, names, expected, asked }) => {
    const walk = walkIn(world);
    expect(await walk.findEnd(...names)).toEqual(expected);
    expect(walk.asked).toEqual(asked);
  });

  it.each<{ name: string; soa: DnsMessage | null }>([
    { name: 'has no AD', soa: soaOf('com', false) },
    { name: 'gets no response', soa: null },
    { name: 'is not in the answer', soa: dsMessage({ ad: true }) },
    { name: 'belongs to another zone', soa: soaOf('net') },
    { name: 'is a record of another type', soa: dsMessage({ ad: true, answers: [ds('com')] }) },
    { name: 'is denied', soa: dsMessage({ ad: true, rcode: 3, answers: [soa('com')] }) },
  ])('ignores an opt-out gap when the SOA of its zone $name', async ({ soa: answer }) => {
    const walk = walkIn({ com: signed('com'), 'a.com': optedOut('a.com', 'com') }, { com: answer });
    expect(await walk.findEnd('a.com')).toEqual(NO_PROOF);
  });

  it('ignores proofs below a zone that the resolver cannot verify', async () => {
    const world = {
      com: signed('com'),
      'a.com': dsMessage({ ad: true, answers: [ds('a.com', 15)] }),
      'b.a.com': optedOut('b.a.com', 'a.com'),
    };
    const verifiable = { ...KNOWN, algorithms: new Set([8, 10, 13]) };
    const walk = walkIn(world, {}, verifiable);
    expect(await walk.findEnd('b.a.com')).toEqual({ status: 'unknown', why: 'not-verifiable' });
    expect(walk.asked).toEqual(['com', 'a.com']);
  });

  it('queries the SOA of a zone once for several gaps', async () => {
    const walk = walkIn({
      com: signed('com'),
      'a.com': optedOut('a.com', 'com'),
      'b.com': optedOut('b.com', 'com'),
    });
    await Promise.all([walk.findEnd('a.com'), walk.findEnd('b.com')]);
    expect(walk.asked.filter((name) => name === 'SOA com')).toHaveLength(1);
  });

  it('queries each name once, whatever its letter case', async () => {
    const walk = walkIn({ com: signed('com'), 'a.com': delegatedWithoutDs('a.com') });
    await Promise.all([walk.findEnd('www.a.com'), walk.findEnd('www.A.com'), walk.findEnd('a.com')]);
    expect(walk.asked).toEqual(['com', 'a.com']);
  });
});
