import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { judgeDsAnswer } from '../../../../../shared/adapters/dns/trust/ds-answer.ts';
import { hashName } from '../../../../../shared/adapters/dns/trust/nsec3-hash.ts';
import { KNOWN, type Verifiable } from '../../../../../shared/adapters/dns/trust/verifiable.ts';
import {
  cname,
  ds,
  dsMessage,
  labels,
  type Nsec3Choice,
  nsec,
  nsec3Gap,
  nsec3Last,
  nsec3Match,
  shift,
} from './signed-records.ts';

const CUT = 'shop.example';
const CUT_HASH = hashName(['shop', 'example'], { iterations: 0, salt: '' });
const ZONE = 'example';

interface Case {
  readonly name: string;
  readonly ad?: boolean;
  readonly rcode?: number;
  readonly answers?: readonly ResourceRecord[];
  readonly authority?: readonly ResourceRecord[];
  readonly cut?: string;
  readonly verifiable?: Verifiable;
  readonly expected: object;
}

const SIGNED = { status: 'signed' };
const NO_CUT = { status: 'no-cut' };
const NO_PROOF = { status: 'unknown', why: 'no-proof' };
const NOT_VERIFIABLE = { status: 'unknown', why: 'not-verifiable' };
const insecure = (by: string) => ({ status: 'insecure', by });

const judge = ({ cut = CUT, verifiable = KNOWN, ...parts }: Case) =>
  judgeDsAnswer(labels(cut), labels(ZONE), dsMessage(parts), verifiable);
/** A resolver that cannot verify these. */
const without = (...algorithms: number[]): Verifiable => ({
  algorithms: new Set([...KNOWN.algorithms].filter((one) => !algorithms.includes(one))),
  digests: new Set([2, 4]),
});

describe('judgeDsAnswer: a DS RRset (RFC 4035 section 5.2, RFC 6840 section 5.2)', () => {
  it.each<Case>([
    { name: 'one that can be used: the chain goes on', ad: true, answers: [ds(CUT)], expected: SIGNED },
    {
      name: 'usable beside unusable ones: the chain goes on',
      ad: true,
      answers: [ds(CUT, 200), ds(CUT, 13, 4), ds(CUT, 13, 200)],
      expected: SIGNED,
    },
    {
      name: 'RSA/SHA-1 and a SHA-1 digest: the chain goes on',
      ad: true,
      answers: [ds(CUT, 5, 1)],
      expected: SIGNED,
    },
    {
      name: 'only algorithms nobody supports: insecure',
      ad: true,
      answers: [ds(CUT, 200), ds(CUT, 3)],
      expected: insecure('unusable-ds'),
    },
    {
      name: 'only digests nobody supports: insecure',
      ad: true,
      answers: [ds(CUT, 13, 3)],
      expected: insecure('unusable-ds'),
    },
    {
      name: 'an algorithm and a digest that are usable, but in different records: insecure',
      ad: true,
      answers: [ds(CUT, 200, 2), ds(CUT, 13, 200)],
      expected: insecure('unusable-ds'),
    },
    {
      name: 'only an algorithm that should be verified and that this resolver cannot: no proof, and not insecure',
      ad: true,
      answers: [ds(CUT, 15), ds(CUT, 200)],
      verifiable: without(15),
      expected: NOT_VERIFIABLE,
    },
    {
      name: 'only a digest that should be verified and that this resolver cannot: no proof, and not insecure',
      ad: true,
      answers: [ds(CUT, 13, 1)],
      verifiable: without(),
      expected: NOT_VERIFIABLE,
    },
    {
      name: 'an algorithm that this resolver cannot verify beside one that it can: the chain goes on',
      ad: true,
      answers: [ds(CUT, 15), ds(CUT, 13)],
      verifiable: without(15),
      expected: SIGNED,
    },
    {
      name: 'an algorithm nobody supports: insecure, whatever else this resolver cannot verify',
      ad: true,
      answers: [ds(CUT, 200)],
      verifiable: without(5, 7, 15, 16),
      expected: insecure('unusable-ds'),
    },
    {
      name: 'nothing is known of what this resolver verifies: no proof',
      ad: true,
      answers: [ds(CUT, 13)],
      verifiable: { algorithms: new Set(), digests: new Set() },
      expected: NOT_VERIFIABLE,
    },
    { name: 'not authenticated: no proof of anything', answers: [ds(CUT, 200)], expected: NO_PROOF },
    {
      name: 'of another name only: a denial without a delegation',
      ad: true,
      answers: [ds('other.example')],
      expected: NO_CUT,
    },
  ])('$name', (row) => {
    expect(judge(row)).toEqual(row.expected);
  });
});

describe('judgeDsAnswer: an authenticated denial (RFC 4035 section 5.2, RFC 6840 section 4.4)', () => {
  it.each<Case>([
    {
      name: 'NSEC with NS and without SOA at the name: an insecure delegation',
      ad: true,
      authority: [nsec(CUT, 'NS', 'RRSIG', 'NSEC')],
      expected: insecure('no-ds'),
    },
    {
      name: 'NSEC without NS at the name: no zone begins there',
      ad: true,
      authority: [nsec(CUT, 'A', 'RRSIG', 'NSEC')],
      expected: NO_CUT,
    },
    {
      name: 'NSEC of the child apex, with SOA: it speaks for the child, not for the delegation',
      ad: true,
      authority: [nsec(CUT, 'NS', 'SOA', 'RRSIG', 'NSEC')],
      expected: NO_CUT,
    },
    {
      name: 'NSEC with NS at another name: no zone begins at this one',
      ad: true,
      authority: [nsec('other.example', 'NS', 'RRSIG')],
      expected: NO_CUT,
    },
    {
      name: 'NSEC that lists DS although there is none: no proof',
      ad: true,
      authority: [nsec(CUT, 'NS', 'DS')],
      expected: NO_PROOF,
    },
    {
      name: 'a name that does not exist: no zone begins there',
      ad: true,
      rcode: 3,
      authority: [nsec('a.example', 'A')],
      expected: NO_CUT,
    },
    {
      name: 'NSEC3 with NS and without SOA at the name: an insecure delegation',
      ad: true,
      authority: [nsec3Match(ZONE, CUT, { types: ['NS'] })],
      expected: insecure('no-ds'),
    },
    {
      name: 'NSEC3 of a zone that is not the one above: no zone is known to begin there',
      ad: true,
      authority: [nsec3Match('other', CUT, { types: ['NS'] })],
      expected: NO_CUT,
    },
    {
      name: 'an alias, where no zone begins',
      ad: true,
      answers: [cname(CUT, 'www.elsewhere')],
      authority: [nsec(CUT, 'NS')],
      expected: NO_CUT,
    },
    {
      name: 'SERVFAIL with a proof beside it: no proof',
      ad: true,
      rcode: 2,
      authority: [nsec(CUT, 'NS')],
      expected: NO_PROOF,
    },
  ])('$name', (row) => {
    expect(judge(row)).toEqual(row.expected);
  });
});

const apex = (choice: Nsec3Choice = {}) => nsec3Match(ZONE, ZONE, { types: ['NS', 'SOA'], ...choice });
const gap = (choice: Nsec3Choice = {}) => nsec3Gap(ZONE, CUT, { optOut: true, ...choice });

describe('judgeDsAnswer: a denial by opt-out, never authenticated (RFC 5155 sections 8.6 and 9.2)', () => {
  it.each<Case>([
    {
      name: 'the zone exists and the name falls into an opt-out gap: insecure',
      authority: [apex(), gap()],
      expected: insecure('opt-out'),
    },
    {
      name: 'NXDOMAIN with the same proof: insecure',
      rcode: 3,
      authority: [apex(), gap()],
      expected: insecure('opt-out'),
    },
    {
      name: 'the gap at the end of the chain, for a hash past the last',
      authority: [apex(), nsec3Last(ZONE, shift(CUT_HASH, -1), '0'.repeat(32), { optOut: true })],
      expected: insecure('opt-out'),
    },
    {
      name: 'a deeper name whose parent is the one that falls into the gap',
      cut: 'a.b.shop.example',
      authority: [apex(), gap()],
      expected: insecure('opt-out'),
    },
    {
      name: '50 iterations are computed',
      authority: [apex({ iterations: 50 }), gap({ iterations: 50 })],
      expected: insecure('opt-out'),
    },
    {
      name: '51 iterations are not',
      authority: [apex({ iterations: 51 }), gap({ iterations: 51 })],
      expected: { status: 'unknown', why: 'nsec3-iterations' },
    },
    {
      name: 'a gap without the opt-out flag',
      authority: [apex(), gap({ optOut: false })],
      expected: NO_PROOF,
    },
    { name: 'no gap', authority: [apex()], expected: NO_PROOF },
    { name: 'no closest encloser', authority: [gap()], expected: NO_PROOF },
    { name: 'no records at all', expected: NO_PROOF },
    {
      name: 'a gap for another name',
      authority: [apex(), nsec3Gap(ZONE, 'other.example', { optOut: true })],
      expected: NO_PROOF,
    },
    {
      name: 'an encloser that is a delegation itself',
      cut: 'a.sub.example',
      authority: [
        nsec3Match(ZONE, 'sub.example', { types: ['NS'] }),
        nsec3Gap(ZONE, 'a.sub.example', { optOut: true }),
      ],
      expected: NO_PROOF,
    },
    {
      name: 'an encloser with a DNAME',
      cut: 'a.sub.example',
      authority: [
        nsec3Match(ZONE, 'sub.example', { types: ['DNAME'] }),
        nsec3Gap(ZONE, 'a.sub.example', { optOut: true }),
      ],
      expected: NO_PROOF,
    },
    {
      name: 'records of another zone',
      authority: [
        nsec3Match('other', ZONE, { types: ['NS', 'SOA'] }),
        nsec3Gap('other', CUT, { optOut: true }),
      ],
      expected: NO_PROOF,
    },
    {
      name: 'records of two chains',
      authority: [apex(), gap({ salt: 'x' })],
      expected: NO_PROOF,
    },
    {
      name: 'a hash algorithm nobody knows',
      authority: [apex({ hashAlgorithm: 2 }), gap({ hashAlgorithm: 2 })],
      expected: NO_PROOF,
    },
    { name: 'flags nobody knows', authority: [apex(), gap({ flags: 3 })], expected: NO_PROOF },
    {
      name: 'NSEC with NS at the name, not authenticated',
      authority: [nsec(CUT, 'NS')],
      expected: NO_PROOF,
    },
  ])('$name', (row) => {
    expect(judge(row)).toEqual(row.expected);
  });
});
