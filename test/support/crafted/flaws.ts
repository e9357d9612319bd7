import type { Random } from '../random.ts';
import type { DelvDifference } from './differences.ts';
import { type DsFields, dsFor, type ZoneKey } from './keys.ts';
import { childOf } from './names.ts';
import { T } from './records.ts';
import type { SignatureChoice } from './signatures.ts';
import {
  replay,
  replyTo,
  type Tampering,
  without,
  withoutSignatures,
  withoutSignaturesOf,
} from './tampering.ts';
import type { ZoneSpec } from './zone.ts';

/** A deviation from a regular signed zone. */
export interface Flaw {
  readonly name: string;
  readonly make: (zone: string, key: ZoneKey, random: Random) => Partial<ZoneSpec>;
  readonly differences?: readonly DelvDifference[];
}

const HOUR = 3600;
const DAY = 24 * HOUR;

const broken = (ds: DsFields): DsFields => ({
  ...ds,
  digest: Buffer.from(ds.digest.map((octet) => octet ^ 1)),
});
const withDs = (
  name: string,
  make: (zone: string, key: ZoneKey) => readonly DsFields[],
  differences: readonly DelvDifference[] = [],
): Flaw => ({
  name,
  make: (zone, key) => ({ ds: make(zone, key) }),
  differences,
});
const signedSo = (name: string, choice: SignatureChoice): Flaw => ({
  name,
  make: () => ({ signature: choice }),
});
const tampered = (
  name: string,
  make: (zone: string, random: Random) => Tampering,
  differences: readonly DelvDifference[] = [],
): Flaw => ({
  name,
  make: (zone, _key, random) => ({ tamper: make(zone, random) }),
  differences,
});
const SIGNED_TYPES = [T.CAA, T.SOA, T.DNSKEY, T.CNAME, T.DNAME, T.DS, T.NSEC, T.NSEC3] as const;

/** Single deviations from a regular signed zone. Not all of them are errors. */
export const FLAWS: readonly Flaw[] = [
  withDs('no DS', () => []),
  withDs('DS with SHA-1', (zone, key) => [dsFor(zone, key, 1)]),
  withDs('DS with SHA-384', (zone, key) => [dsFor(zone, key, 4)]),
  withDs('wrong DS', (zone, key) => [broken(dsFor(zone, key))]),
  withDs('DS of an unknown algorithm', (zone, key) => [{ ...dsFor(zone, key), algorithm: 200 }]),
  withDs('DS with an unknown digest', (zone, key) => [{ ...dsFor(zone, key), digestType: 200 }]),
  withDs('unknown and valid DS', (zone, key) => [{ ...dsFor(zone, key), algorithm: 200 }, dsFor(zone, key)]),
  withDs('wrong and valid DS', (zone, key) => [broken(dsFor(zone, key)), dsFor(zone, key)]),
  withDs('wrong SHA-384 and valid SHA-256 DS', (zone, key) => [
    broken(dsFor(zone, key, 4)),
    dsFor(zone, key),
  ]),
  withDs('valid SHA-1 and wrong SHA-256 DS', (zone, key) => [dsFor(zone, key, 1), broken(dsFor(zone, key))], [
    'sha1-beside-better',
  ]),
  signedSo('signatures ended 20 hours ago', { inception: -10 * DAY, expiration: -20 * HOUR }),
  signedSo('signatures ended 10 minutes ago', { inception: -10 * DAY, expiration: -600 }),
  signedSo('signatures begin in 10 minutes', { inception: 600 }),
  signedSo('wrong signatures', { broken: true }),
  {
    name: 'wrong signatures of one type',
    make: (_zone, _key, random) => {
      const type = random.pick(SIGNED_TYPES);
      return { signature: ([first]) => (first?.type === type ? { broken: true } : {}) };
    },
  },
  {
    name: 'a set signed under another signer',
    make: () => ({ signature: ([first]) => (first?.type === T.CAA ? { signer: 'test.' } : {}) }),
  },
  tampered('all signatures removed', () => withoutSignatures),
  tampered('signatures of one type removed', (_zone, random) =>
    withoutSignaturesOf(random.pick(SIGNED_TYPES)),
  ),
  tampered(
    'proofs stripped',
    () => (reply, question, zone) =>
      without(T.NSEC3)(without(T.NSEC)(reply, question, zone) ?? reply, question, zone),
  ),
  tampered('the forbidding set denied with the proof of the apex', (zone) =>
    replyTo(childOf(zone, 'deny'), T.CAA, (_reply, _question, served) => ({
      rcode: 0,
      answer: [],
      authority: [
        ...served.signed(served.rrset(served.name, T.SOA)),
        ...replay(served, (chain) => chain.slice(0, 1)),
      ],
    })),
  ),
  tampered('the forbidding set denied with every proof of the zone', (zone) =>
    replyTo(childOf(zone, 'deny'), T.CAA, (_reply, _question, served) => ({
      rcode: 0,
      answer: [],
      authority: [...served.signed(served.rrset(served.name, T.SOA)), ...replay(served, (chain) => chain)],
    })),
  ),
];
