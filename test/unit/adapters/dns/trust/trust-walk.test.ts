import { describe, expect, it } from 'vitest';
import type { DnsMessage } from '../../../../../shared/adapters/dns/message-reader.ts';
import { TrustWalk } from '../../../../../shared/adapters/dns/trust/trust-walk.ts';
import { ds, dsMessage, labels, nsec, nsec3Gap, nsec3Match } from './signed-records.ts';

type World = Readonly<Record<string, DnsMessage | null>>;

const signed = (name: string) => dsMessage({ ad: true, answers: [ds(name)] });
const delegatedWithoutDs = (name: string) => dsMessage({ ad: true, authority: [nsec(name, 'NS')] });
const noCut = () => dsMessage({ ad: true });
const optedOut = (name: string, zone: string) =>
  dsMessage({
    authority: [nsec3Match(zone, zone, { types: ['NS', 'SOA'] }), nsec3Gap(zone, name, { optOut: true })],
  });

function walkIn(world: World) {
  const asked: string[] = [];
  const walk = new TrustWalk((name) => {
    asked.push(name.join('.'));
    return Promise.resolve(world[name.join('.')] ?? null);
  });
  return { asked, findEnd: (...names: string[]) => walk.findEnd(names.map(labels)) };
}

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
      name: 'ends at the first delegation without DS, whatever lies below',
      world: { com: signed('com'), 'a.com': delegatedWithoutDs('a.com'), 'b.a.com': null },
      names: ['b.a.com'],
      expected: insecureAt('a.com', 'no-ds'),
      asked: ['com', 'a.com'],
    },
    {
      name: 'ends at a top-level domain that is not signed',
      world: { zz: delegatedWithoutDs('zz') },
      names: ['www.a.zz'],
      expected: insecureAt('zz', 'no-ds'),
      asked: ['zz'],
    },
    {
      name: 'ends at an opt-out gap of the zone above',
      world: { com: signed('com'), 'a.com': optedOut('a.com', 'com') },
      names: ['www.a.com'],
      expected: insecureAt('a.com', 'opt-out'),
      asked: ['com', 'a.com'],
    },
    {
      name: 'goes through names where no zone begins',
      world: { jp: signed('jp'), 'co.jp': noCut(), 'a.co.jp': delegatedWithoutDs('a.co.jp') },
      names: ['a.co.jp'],
      expected: insecureAt('a.co.jp', 'no-ds'),
      asked: ['jp', 'co.jp', 'a.co.jp'],
    },
    {
      name: 'takes the opt-out gap of the deepest signed zone only: one of a zone above is another chain',
      world: { com: signed('com'), 'a.com': signed('a.com'), 'b.a.com': optedOut('b.a.com', 'com') },
      names: ['b.a.com'],
      expected: NO_PROOF,
      asked: ['com', 'a.com', 'b.a.com'],
    },
    {
      name: 'is signed when no name on the way is insecure',
      world: { com: signed('com'), 'a.com': signed('a.com'), 'www.a.com': noCut() },
      names: ['www.a.com'],
      expected: { status: 'signed' },
      asked: ['com', 'a.com', 'www.a.com'],
    },
    {
      name: 'knows nothing when a question has no answer',
      world: { com: signed('com'), 'a.com': null },
      names: ['www.a.com'],
      expected: NO_PROOF,
      asked: ['com', 'a.com'],
    },
    {
      name: 'goes on with the target of an alias and does not look for a zone at the alias itself',
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
      name: 'does not go on to the target of an alias about which it knows nothing',
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

  it('asks for no name twice, not even in other letters', async () => {
    const walk = walkIn({ com: signed('com'), 'a.com': delegatedWithoutDs('a.com') });
    await Promise.all([walk.findEnd('www.a.com'), walk.findEnd('www.A.com'), walk.findEnd('a.com')]);
    expect(walk.asked).toEqual(['com', 'a.com']);
  });
});
