import { describe, expect, it } from 'vitest';
import type {
  DnsMessage,
  ResourceRecord,
} from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { TYPE } from '../../../../../shared/adapters/dns/message/protocol.ts';
import { aliasChain, startPath, walkAliases } from '../../../../../shared/adapters/dns/stub/alias-path.ts';

const labels = (name: string) => name.split('.');
const alias =
  (type: number) =>
  (owner: string, target: string, ttl = 300): ResourceRecord => {
    return { owner: labels(owner), type, ttl, view: { kind: 'name', target: labels(target) } };
  };
const cname = alias(TYPE.CNAME);
const dname = alias(TYPE.DNAME);
const caa = (owner: string, value = 'ca.example', ttl = 300): ResourceRecord => {
  return {
    owner: labels(owner),
    type: TYPE.CAA,
    ttl,
    view: { kind: 'caa', caa: { flags: 0, tag: 'issue', value } },
  };
};
const soa = (owner: string, ttl = 900, minimum = 60): ResourceRecord => {
  return { owner: labels(owner), type: TYPE.SOA, ttl, view: { kind: 'soa', minimum } };
};
const ns = (owner: string): ResourceRecord => ({ owner: labels(owner), type: TYPE.NS, ttl: 9, view: null });

const nsec = (owner: string): ResourceRecord => {
  return { owner: labels(owner), type: TYPE.NSEC, ttl: 9, view: { kind: 'nsec', types: new Set([TYPE.NS]) } };
};

const links = (count: number) =>
  Array.from({ length: count }, (_, index) => cname(`n${index}.test`, `n${index + 1}.test`));

interface Row {
  readonly name: string;
  readonly flags?: number;
  readonly answers: readonly ResourceRecord[];
  readonly authority?: readonly ResourceRecord[];
  readonly rcode?: number;
  readonly from?: string;
  readonly type?: number;
  readonly expected: { status: string; [member: string]: unknown };
  readonly chain?: readonly string[];
  readonly ttl?: number | null;
}

describe('walkAliases (RFC 1034 section 3.6.2, RFC 6672 section 2.2)', () => {
  it.each<Row>([
    {
      name: 'finds records at the name itself',
      answers: [caa('n0.test')],
      expected: { status: 'found' },
      chain: [],
      ttl: 300,
    },
    {
      name: 'compares names case-insensitively',
      answers: [cname('N0.TEST', 'T.Example', 50), caa('t.eXAMPLE')],
      expected: { status: 'found' },
      chain: ['T.Example.'],
      ttl: 50,
    },
    {
      name: 'follows aliases in any order of records',
      answers: [caa('c.test', 'x', 7), cname('b.test', 'c.test'), cname('n0.test', 'b.test')],
      expected: { status: 'found' },
      chain: ['b.test.', 'c.test.'],
      ttl: 7,
    },
    {
      name: 'ignores records off the chain',
      answers: [caa('n0.test'), caa('evil.test', 'evil'), cname('other.test', 'n0.test')],
      expected: {
        status: 'found',
        views: [{ kind: 'caa', caa: { flags: 0, tag: 'issue', value: 'ca.example' } }],
      },
    },
    {
      name: 'ignores records of the parent',
      answers: [caa('test')],
      authority: [soa('test')],
      expected: { status: 'denied', rcode: 0 },
      ttl: 60,
    },
    {
      name: 'follows ten links',
      answers: [...links(10), caa('n10.test')],
      expected: { status: 'found' },
    },
    {
      name: 'fails as too long for eleven links',
      answers: [...links(11), caa('n11.test')],
      expected: { status: 'failed', reason: 'alias-chain-too-long' },
    },
    {
      name: 'fails as a loop for an alias to itself',
      answers: [cname('n0.test', 'N0.test')],
      expected: { status: 'failed', reason: 'alias-loop' },
    },
    {
      name: 'fails as a loop for two aliases in a circle',
      answers: [cname('n0.test', 'b.test'), cname('b.test', 'n0.test')],
      expected: { status: 'failed', reason: 'alias-loop' },
    },
    {
      name: 'fails as a loop for a circle after a first link',
      answers: [cname('n0.test', 'b.test'), cname('b.test', 'c.test'), cname('c.test', 'b.test')],
      expected: { status: 'failed', reason: 'alias-loop' },
    },
    {
      name: 'fails as malformed for two aliases with different targets',
      answers: [cname('n0.test', 'b.test'), cname('n0.test', 'c.test'), caa('b.test')],
      expected: { status: 'failed', reason: 'malformed' },
    },
    {
      name: 'treats a duplicate alias as one',
      answers: [cname('n0.test', 'b.test', 9), cname('n0.test', 'B.test', 5), caa('b.test')],
      expected: { status: 'found' },
      chain: ['b.test.'],
      ttl: 5,
    },
    {
      name: 'fails as malformed for an alias next to the requested records',
      answers: [cname('n0.test', 'b.test'), caa('n0.test')],
      expected: { status: 'failed', reason: 'malformed' },
    },
    {
      name: 'counts a DNAME with its CNAME as one link',
      answers: [dname('test', 'example', 40), cname('n0.test', 'n0.example', 0), caa('n0.example')],
      expected: { status: 'found' },
      chain: ['n0.example.'],
      ttl: 0,
    },
    {
      name: 'follows a DNAME without a CNAME',
      answers: [dname('test', 'example', 40), caa('n0.example')],
      expected: { status: 'found' },
      chain: ['n0.example.'],
      ttl: 40,
    },
    {
      name: 'does not apply a DNAME to its own name',
      answers: [dname('n0.test', 'example'), caa('n0.test')],
      expected: { status: 'found' },
      chain: [],
    },
    {
      name: 'fails as malformed for a DNAME with a different CNAME',
      answers: [dname('test', 'example'), cname('n0.test', 'n0.evil'), caa('n0.evil')],
      expected: { status: 'failed', reason: 'malformed' },
    },
    {
      name: 'fails as malformed for a DNAME that makes the name too long',
      from: `${'a'.repeat(63)}.test`,
      answers: [dname('test', Array(3).fill('b'.repeat(63)).join('.'))],
      expected: { status: 'failed', reason: 'malformed' },
    },
    {
      name: 'fails as a loop for DNAMEs in a circle',
      answers: [dname('test', 'example'), dname('example', 'test')],
      expected: { status: 'failed', reason: 'alias-loop' },
    },
    {
      name: 'fails as too long for a DNAME that always lengthens the name',
      answers: [dname('test', 'x.test')],
      expected: { status: 'failed', reason: 'alias-chain-too-long' },
    },
    {
      name: 'returns NXDOMAIN and the chain for a dangling alias',
      answers: [cname('n0.test', 'gone.example', 500)],
      authority: [soa('example')],
      rcode: 3,
      expected: { status: 'denied', rcode: 3 },
      chain: ['gone.example.'],
      ttl: 60,
    },
    {
      name: 'fails as malformed for NXDOMAIN with the records it denies',
      answers: [caa('n0.test')],
      rcode: 3,
      expected: { status: 'failed', reason: 'malformed' },
    },
    {
      name: 'is denied for an alias target with a SOA above it',
      answers: [cname('n0.test', 'b.example', 20)],
      authority: [soa('example')],
      expected: { status: 'denied', rcode: 0 },
      chain: ['b.example.'],
      ttl: 20,
    },
    {
      name: 'is incomplete for an alias whose target is absent',
      answers: [cname('n0.test', 'b.example', 20)],
      expected: { status: 'incomplete' },
      chain: ['b.example.'],
      ttl: 20,
    },
    {
      name: 'is incomplete for a SOA of another zone',
      answers: [cname('n0.test', 'b.example')],
      authority: [soa('test')],
      expected: { status: 'incomplete' },
    },
    {
      name: 'is incomplete for name servers of the target',
      answers: [cname('n0.test', 'b.example')],
      authority: [ns('example')],
      expected: { status: 'incomplete' },
    },
    {
      name: 'uses the SOA TTL for a denial if it is smaller',
      answers: [],
      authority: [soa('test', 5, 60)],
      expected: { status: 'denied', rcode: 0 },
      ttl: 5,
    },
    {
      name: 'is denied for an empty answer without SOA (RFC 2308 section 2.2, type 3)',
      answers: [],
      expected: { status: 'denied', rcode: 0 },
      ttl: null,
    },
    {
      name: 'fails as malformed for a referral',
      answers: [],
      authority: [ns('test')],
      expected: { status: 'failed', reason: 'malformed' },
    },
    {
      name: 'fails as malformed for an unauthenticated proof without SOA, which comes from a parent',
      answers: [],
      authority: [nsec('test')],
      expected: { status: 'failed', reason: 'malformed' },
    },
    {
      name: 'is denied for an authenticated proof without SOA',
      flags: 0x81a0,
      answers: [],
      authority: [nsec('test')],
      expected: { status: 'denied', rcode: 0 },
    },
    {
      name: 'is denied for a proof with a SOA',
      answers: [],
      authority: [soa('test'), nsec('test')],
      expected: { status: 'denied', rcode: 0 },
    },
    {
      name: 'is denied for a DS query by the proof of the parent',
      type: TYPE.DS,
      answers: [],
      authority: [nsec('test')],
      expected: { status: 'denied', rcode: 0 },
    },
    {
      name: 'returns the alias itself for a CNAME query',
      type: TYPE.CNAME,
      answers: [cname('n0.test', 'B.test', 9), cname('b.test', 'c.test')],
      expected: { status: 'found', views: [{ kind: 'name', target: ['B', 'test'] }] },
      chain: [],
      ttl: 9,
    },
    {
      name: 'returns the synthesised alias for a CNAME query below a DNAME',
      type: TYPE.CNAME,
      answers: [dname('test', 'example')],
      expected: { status: 'found', views: [{ kind: 'name', target: ['n0', 'example'] }] },
    },
    {
      name: 'is denied for a CNAME query at a name without alias',
      type: TYPE.CNAME,
      answers: [],
      authority: [soa('test')],
      expected: { status: 'denied', rcode: 0 },
    },
  ])(
    '$name',
    ({ flags = 0x8180, answers, authority = [], rcode = 0, from = 'n0.test', type = TYPE.CAA, ...row }) => {
      const { expected, chain, ttl } = row;
      const message: DnsMessage = {
        flags,
        question: { name: labels(from), type },
        rcode,
        answers,
        authority,
        extendedErrors: [],
      };
      const walk = walkAliases(message, startPath(labels(from)), type);
      expect(walk).toMatchObject(expected);
      if (chain) expect('path' in walk && aliasChain(walk.path)).toEqual(chain);
      if (ttl !== undefined) expect('path' in walk && walk.path.ttl).toBe(ttl);
    },
  );

  it('counts links and loops across several queries', () => {
    const message = (answers: readonly ResourceRecord[]): DnsMessage => {
      return {
        flags: 0x8180,
        question: { name: [], type: TYPE.CAA },
        rcode: 0,
        answers,
        authority: [],
        extendedErrors: [],
      };
    };
    const first = walkAliases(message(links(6)), startPath(labels('n0.test')), TYPE.CAA);
    if (first.status !== 'incomplete') throw new Error(first.status);
    const more = (...records: ResourceRecord[]) => walkAliases(message(records), first.path, TYPE.CAA);
    expect(more(cname('n6.test', 'n0.test'))).toMatchObject({ reason: 'alias-loop' });
    expect(more(...links(10).slice(6), caa('n10.test'))).toMatchObject({ status: 'found' });
    expect(more(...links(11).slice(6), caa('n11.test'))).toMatchObject({ reason: 'alias-chain-too-long' });
  });
});
