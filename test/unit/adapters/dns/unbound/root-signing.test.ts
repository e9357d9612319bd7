import { describe, expect, it } from 'vitest';
import type {
  DnsMessage,
  ResourceRecord,
} from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { readRootSigning } from '../../../../../shared/adapters/dns/unbound/root-signing.ts';

const DNSKEY = 48;
const AD = 0x0020;

const signature = (keyTag: number, covered = DNSKEY, owner: readonly string[] = []): ResourceRecord => ({
  owner,
  type: 46,
  ttl: 60,
  view: { kind: 'rrsig', covered, algorithm: 8, keyTag, inception: 1_795_910_400, expiration: 1_797_724_799 },
});

const message = (parts: Partial<DnsMessage> = {}): DnsMessage => ({
  flags: 0x8180 | AD,
  question: { name: [], type: DNSKEY },
  rcode: 0,
  answers: [],
  authority: [],
  extendedErrors: [],
  ...parts,
});

const by = (keyTag: number) => ({
  keyTag,
  algorithm: 8,
  inception: '2026-11-29T00:00:00.000Z',
  expiration: '2026-12-19T23:59:59.000Z',
});

describe('readRootSigning', () => {
  it.each<{ name: string; answers: readonly ResourceRecord[]; expected: readonly number[] }>([
    { name: 'the signing key', answers: [signature(38_696)], expected: [38_696] },
    {
      name: 'both keys if both sign',
      answers: [signature(20_326), signature(38_696)],
      expected: [20_326, 38_696],
    },
    {
      name: 'no key of a signature over another type',
      answers: [signature(1, 6), signature(38_696)],
      expected: [38_696],
    },
    {
      name: 'no key of a signature of another zone',
      answers: [signature(1, DNSKEY, ['com']), signature(38_696)],
      expected: [38_696],
    },
    { name: 'no key without a signature', answers: [], expected: [] },
  ])('returns $name', ({ answers, expected }) => {
    expect(readRootSigning(message({ answers }))).toEqual({ status: 'signed', by: expected.map(by) });
  });

  it.each<{ name: string; parts: Partial<DnsMessage>; expected: object }>([
    {
      name: 'returns not-validated with the extended error',
      parts: { rcode: 2, flags: 0x8180, extendedErrors: [{ code: 7, text: 'signature expired' }] },
      expected: { status: 'not-validated', why: '7 signature expired' },
    },
    {
      name: 'returns unknown when no root server is reachable',
      parts: { rcode: 2, flags: 0x8180, extendedErrors: [{ code: 22, text: '' }] },
      expected: { status: 'unknown' },
    },
    {
      name: 'returns unknown for a failure without extended error',
      parts: { rcode: 2, flags: 0x8180 },
      expected: { status: 'unknown' },
    },
    {
      name: 'returns unknown for an unauthenticated answer',
      parts: { flags: 0x8180, answers: [signature(38_696)] },
      expected: { status: 'unknown' },
    },
  ])('$name', ({ parts, expected }) => {
    expect(readRootSigning(message(parts))).toEqual(expected);
  });
});
