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
/** A resolver that cannot verify the given algorithms and digests. */
const without = (...algorithms: number[]): Verifiable => ({
  algorithms: new Set([...KNOWN.algorithms].filter((one) => !algorithms.includes(one))),
  digests: new Set([2, 4]),
});

describe('judgeDsAnswer: a DS RRset (RFC 4035 section 5.2, RFC 6840 section 5.2) is', () => {
  it.each<Case>([
    { name: 'signed for one usable record', ad: true, answers: [ds(CUT)], expected: SIGNED },
    {
      name: 'signed for a usable record among unusable ones',
      ad: true,
      answers: [ds(CUT, 200), ds(CUT, 13, 4), ds(CUT, 13, 200)],
      expected: SIGNED,
    },
    {
      name: 'signed for RSA/SHA-1 and a SHA-1 digest',
      ad: true,
      answers: [ds(CUT, 5, 1)],
      expected: SIGNED,
    },
    {
      name: 'insecure for unsupported algorithms only',
      ad: true,
      answers: [ds(CUT, 200), ds(CUT, 3)],
      expected: insecure('unusable-ds'),
    },
    {
      name: 'insecure for unsupported digests only',
      ad: true,
      answers: [ds(CUT, 13, 3)],
      expected: insecure('unusable-ds'),
    },
    {
      name: 'insecure for a usable algorithm and a usable digest in different records',
      ad: true,
      answers: [ds(CUT, 200, 2), ds(CUT, 13, 200)],
      expected: insecure('unusable-ds'),
    },
    {
      name: 'not verifiable for an algorithm that should be validated and that this resolver cannot verify',
      ad: true,
      answers: [ds(CUT, 15), ds(CUT, 200)],
      verifiable: without(15),
      expected: NOT_VERIFIABLE,
    },
    {
      name: 'not verifiable for a digest that should be validated and that this resolver cannot verify',
      ad: true,
      answers: [ds(CUT, 13, 1)],
      verifiable: without(),
      expected: NOT_VERIFIABLE,
    },
    {
      name: 'signed for an algorithm that this resolver can verify among others that it cannot',
      ad: true,
      answers: [ds(CUT, 15), ds(CUT, 13)],
      verifiable: without(15),
      expected: SIGNED,
    },
    {
      name: 'insecure for an unsupported algorithm, whatever else this resolver cannot verify',
      ad: true,
      answers: [ds(CUT, 200)],
      verifiable: without(5, 7, 15, 16),
      expected: insecure('unusable-ds'),
    },
    {
      name: 'not verifiable for a resolver that verifies nothing',
      ad: true,
      answers: [ds(CUT, 13)],
      verifiable: { algorithms: new Set(), digests: new Set() },
      expected: NOT_VERIFIABLE,
    },
    { name: 'no proof if it is not authenticated', answers: [ds(CUT, 200)], expected: NO_PROOF },
    {
      name: 'no zone cut for records of another name only',
      ad: true,
      answers: [ds('other.example')],
      expected: NO_CUT,
    },
  ])('$name', (row) => {
    expect(judge(row)).toEqual(row.expected);
  });
});

describe('judgeDsAnswer: an authenticated denial (RFC 4035 section 5.2, RFC 6840 section 4.4) is', () => {
  it.each<Case>([
    {
      name: 'insecure for NSEC with NS and without SOA at the name',
      ad: true,
      authority: [nsec(CUT, 'NS', 'RRSIG', 'NSEC')],
      expected: insecure('no-ds'),
    },
    {
      name: 'no zone cut for NSEC without NS at the name',
      ad: true,
      authority: [nsec(CUT, 'A', 'RRSIG', 'NSEC')],
      expected: NO_CUT,
    },
    {
      name: 'no zone cut for NSEC of the child apex, with SOA',
      ad: true,
      authority: [nsec(CUT, 'NS', 'SOA', 'RRSIG', 'NSEC')],
      expected: NO_CUT,
    },
    {
      name: 'no zone cut for NSEC with NS at another name',
      ad: true,
      authority: [nsec('other.example', 'NS', 'RRSIG')],
      expected: NO_CUT,
    },
    {
      name: 'no proof for NSEC that lists DS',
      ad: true,
      authority: [nsec(CUT, 'NS', 'DS')],
      expected: NO_PROOF,
    },
    {
      name: 'no zone cut for a name that does not exist',
      ad: true,
      rcode: 3,
      authority: [nsec('a.example', 'A')],
      expected: NO_CUT,
    },
    {
      name: 'insecure for NSEC3 with NS and without SOA at the name',
      ad: true,
      authority: [nsec3Match(ZONE, CUT, { types: ['NS'] })],
      expected: insecure('no-ds'),
    },
    {
      name: 'no zone cut for NSEC3 of a zone other than the parent',
      ad: true,
      authority: [nsec3Match('other', CUT, { types: ['NS'] })],
      expected: NO_CUT,
    },
    {
      name: 'no zone cut for an alias',
      ad: true,
      answers: [cname(CUT, 'www.elsewhere')],
      authority: [nsec(CUT, 'NS')],
      expected: NO_CUT,
    },
    {
      name: 'no proof for SERVFAIL with a proof',
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

describe('judgeDsAnswer: an unauthenticated denial by opt-out (RFC 5155 sections 8.6 and 9.2) is', () => {
  it.each<Case>([
    {
      name: 'insecure if the zone exists and the name falls into an opt-out gap',
      authority: [apex(), gap()],
      expected: insecure('opt-out'),
    },
    {
      name: 'insecure for NXDOMAIN with the same proof',
      rcode: 3,
      authority: [apex(), gap()],
      expected: insecure('opt-out'),
    },
    {
      name: 'insecure for the gap at the end of the chain',
      authority: [apex(), nsec3Last(ZONE, shift(CUT_HASH, -1), '0'.repeat(32), { optOut: true })],
      expected: insecure('opt-out'),
    },
    {
      name: 'insecure for a deeper name whose parent falls into the gap',
      cut: 'a.b.shop.example',
      authority: [apex(), gap()],
      expected: insecure('opt-out'),
    },
    {
      name: 'insecure with 50 iterations',
      authority: [apex({ iterations: 50 }), gap({ iterations: 50 })],
      expected: insecure('opt-out'),
    },
    {
      name: 'unknown with 51 iterations',
      authority: [apex({ iterations: 51 }), gap({ iterations: 51 })],
      expected: { status: 'unknown', why: 'nsec3-iterations' },
    },
    {
      name: 'no proof for a gap without the opt-out flag',
      authority: [apex(), gap({ optOut: false })],
      expected: NO_PROOF,
    },
    { name: 'no proof without a gap', authority: [apex()], expected: NO_PROOF },
    { name: 'no proof without a closest encloser', authority: [gap()], expected: NO_PROOF },
    { name: 'no proof without records', expected: NO_PROOF },
    {
      name: 'no proof for a gap of another name',
      authority: [apex(), nsec3Gap(ZONE, 'other.example', { optOut: true })],
      expected: NO_PROOF,
    },
    {
      name: 'no proof for an encloser that is a delegation',
      cut: 'a.sub.example',
      authority: [
        nsec3Match(ZONE, 'sub.example', { types: ['NS'] }),
        nsec3Gap(ZONE, 'a.sub.example', { optOut: true }),
      ],
      expected: NO_PROOF,
    },
    {
      name: 'no proof for an encloser with a DNAME',
      cut: 'a.sub.example',
      authority: [
        nsec3Match(ZONE, 'sub.example', { types: ['DNAME'] }),
        nsec3Gap(ZONE, 'a.sub.example', { optOut: true }),
      ],
      expected: NO_PROOF,
    },
    {
      name: 'no proof for records of another zone',
      authority: [
        nsec3Match('other', ZONE, { types: ['NS', 'SOA'] }),
        nsec3Gap('other', CUT, { optOut: true }),
      ],
      expected: NO_PROOF,
    },
    {
      name: 'no proof for records of two chains',
      authority: [apex(), gap({ salt: 'x' })],
      expected: NO_PROOF,
    },
    {
      name: 'no proof for an unknown hash algorithm',
      authority: [apex({ hashAlgorithm: 2 }), gap({ hashAlgorithm: 2 })],
      expected: NO_PROOF,
    },
    { name: 'no proof for unknown flags', authority: [apex(), gap({ flags: 3 })], expected: NO_PROOF },
    {
      name: 'no proof for unauthenticated NSEC with NS at the name',
      authority: [nsec(CUT, 'NS')],
      expected: NO_PROOF,
    },
  ])('$name', (row) => {
    expect(judge(row)).toEqual(row.expected);
  });
});
