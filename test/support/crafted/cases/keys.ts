import type { DelvDifference } from '../differences.ts';
import { type DsFields, dsFor, makeKey, SIGNING_ALGORITHMS, withFields, type ZoneKey } from '../keys.ts';
import { type Rr, T } from '../records.ts';
import { type SignatureChoice, signRrset } from '../signatures.ts';
import { withoutSignaturesOf } from '../tampering.ts';
import type { Zone, ZoneSpec } from '../zone.ts';
import { about, BOGUS, type CraftedCase, type Expected, SECURE_DENIED, zone } from './case.ts';

const NUMBERS_RULE = 'RFC 8624 section 3.1';

const ALGORITHMS: readonly CraftedCase[] = SIGNING_ALGORITHMS.map((algorithm) =>
  about(
    `a zone signed with algorithm ${algorithm} is secure`,
    algorithm === 5 || algorithm === 7
      ? `${NUMBERS_RULE}; RFC 9905 section 2, see decision 0015`
      : NUMBERS_RULE,
    zone(`alg${algorithm}.test.`, { keys: [makeKey({ algorithm })] }),
    SECURE_DENIED,
  ),
);

const BROKEN: readonly CraftedCase[] = SIGNING_ALGORITHMS.map((algorithm) =>
  about(
    `a wrong signature of algorithm ${algorithm} is bogus`,
    'RFC 4035 section 5.3.3',
    zone(`bad${algorithm}.test.`, {
      keys: [makeKey({ algorithm })],
      signature: ([first]) => (first?.type === T.CAA ? { broken: true } : {}),
    }),
    BOGUS,
  ),
);

const zsk = makeKey({ flags: 256 });
const ksk = makeKey();
const both = [ksk, zsk] as const;
const signsDnskey = ([first]: readonly Rr[]) => first?.type === T.DNSKEY;

/** One key signs the DNSKEY set, another key signs everything else. */
function split(
  keysBy: ZoneKey,
  restBy: ZoneKey,
  choice: SignatureChoice = {},
): NonNullable<ZoneSpec['signatures']> {
  return (rrset, { name }) => [signRrset(rrset, name, signsDnskey(rrset) ? keysBy : restBy, choice)];
}

function keyed(
  name: string,
  label: string,
  changes: Omit<ZoneSpec, 'name'>,
  expected: Expected,
  rule = 'RFC 4035 section 5.2',
  delv?: DelvDifference,
): CraftedCase {
  return about(name, rule, zone(`${label}.test.`, changes), expected, delv === undefined ? {} : { delv });
}

const noZoneBit = withFields(ksk, { flags: 1 });
const otherProtocol = withFields(ksk, { flags: 257, protocol: 2 });
const revoked = withFields(ksk, { flags: 385 });
const [twin, otherTwin] = equalTags();

/** Two keys with the same tag. */
function equalTags(): readonly [ZoneKey, ZoneKey] {
  const byTag = new Map<number, ZoneKey>();
  for (;;) {
    const key = makeKey({ algorithm: 15 });
    const known = byTag.get(key.keyTag);
    if (known !== undefined) return [known, key];
    byTag.set(key.keyTag, key);
  }
}

const shortKey: ZoneKey = { ...ksk, dnskey: ksk.dnskey.subarray(0, -1) };
const emptyKey: ZoneKey = { ...ksk, dnskey: ksk.dnskey.subarray(0, 4) };
const dsOf = (label: string, key: ZoneKey): readonly DsFields[] => [dsFor(`${label}.test.`, key)];

const rewritten =
  (choice: SignatureChoice): NonNullable<ZoneSpec['signature']> =>
  ([first]) =>
    first?.type === T.CAA ? choice : {};

export const KEYS: readonly CraftedCase[] = [
  ...ALGORITHMS,
  ...BROKEN,
  keyed(
    'RSA with exponent 3 is used',
    'rsa3',
    { keys: [makeKey({ algorithm: 8, exponent: 3 })] },
    SECURE_DENIED,
  ),
  keyed(
    'RSA with 2048 bits is used',
    'rsa2048',
    { keys: [makeKey({ algorithm: 8, bits: 2048 })] },
    SECURE_DENIED,
  ),
  keyed(
    'RSA with 4096 bits is used',
    'rsa4096',
    { keys: [makeKey({ algorithm: 8, bits: 4096 })] },
    SECURE_DENIED,
  ),
  keyed(
    'a key signing key and a zone signing key are used',
    'split',
    { keys: both, signatures: split(ksk, zsk) },
    SECURE_DENIED,
  ),
  keyed(
    'a DS of a key without the entry point flag is used: the flag does not matter (RFC 4034 section 2.1.1)',
    'nosep',
    { keys: [zsk] },
    SECURE_DENIED,
  ),
  keyed(
    'a key set that only the zone signing key signs is bogus',
    'zskonly',
    { keys: both, signatures: split(zsk, zsk) },
    BOGUS,
  ),
  keyed(
    'data signed by a key that is not in the set is bogus',
    'foreign',
    { keys: [ksk], signatures: split(ksk, zsk) },
    BOGUS,
  ),
  keyed(
    'a key set without the key of the DS is bogus',
    'lost',
    { keys: [zsk], ds: dsOf('lost', ksk) },
    BOGUS,
  ),
  keyed(
    'a key without the zone flag is not used',
    'nozone',
    { keys: [noZoneBit] },
    BOGUS,
    'RFC 4034 section 2.1.1',
  ),
  keyed(
    'a key with another protocol number is not used',
    'proto2',
    { keys: [otherProtocol] },
    BOGUS,
    'RFC 4034 section 2.1.2',
  ),
  keyed(
    'a revoked key whose DS names it with its flag is used by the daemon, see decision 0015',
    'revoked',
    { keys: [revoked] },
    SECURE_DENIED,
    'RFC 5011 section 2.1',
    'revoked-key',
  ),
  keyed(
    'a revoked key does not match a DS of the key before revocation',
    'revokedds',
    { keys: [revoked], ds: dsOf('revokedds', ksk) },
    BOGUS,
    'RFC 5011 section 2.1',
  ),
  keyed(
    'the signing key is found among two keys with the same tag',
    'twins',
    { keys: [otherTwin, twin], ds: dsOf('twins', twin), signatures: split(twin, twin) },
    SECURE_DENIED,
    'RFC 4035 section 5.3.1',
    'one-failure',
  ),
  keyed(
    'another key with the tag of the DS is bogus',
    'twinds',
    { keys: [otherTwin], ds: dsOf('twinds', twin) },
    BOGUS,
  ),
  keyed(
    'a key that lacks an octet is not used',
    'shortkey',
    { keys: [shortKey] },
    BOGUS,
    'RFC 6605 section 4',
  ),
  keyed('an empty key is not used', 'emptykey', { keys: [emptyKey] }, BOGUS, 'RFC 4034 section 2.1.4'),
  keyed(
    'a signature with an algorithm that no key has is bogus, not a server failure',
    'rewritten',
    { signature: rewritten({ algorithm: 8 }) },
    BOGUS,
    'RFC 4035 section 5.3.1',
  ),
  keyed(
    'a signature with an unknown algorithm is bogus',
    'rewritten200',
    { signature: rewritten({ algorithm: 200 }) },
    BOGUS,
    'RFC 4035 section 5.3.1',
  ),
  keyed(
    'a signature with the tag of another key is bogus',
    'wrongtag',
    { signature: rewritten({ keyTag: 1 }) },
    BOGUS,
    'RFC 4035 section 5.3.1',
  ),
  keyed(
    'a signature that names a sibling as its signer is bogus',
    'sibling',
    { signature: rewritten({ signer: 'alg13.test.' }) },
    BOGUS,
    'RFC 4035 section 5.3.1',
  ),
  keyed(
    'a signature for more labels than the name has is bogus',
    'manylabels',
    { signature: rewritten({ labels: 4 }) },
    BOGUS,
    'RFC 4035 section 5.3.1',
  ),
  keyed(
    'a signature for fewer labels than the name has, without the proof of a wildcard, is bogus',
    'fewlabels',
    { signature: rewritten({ labels: 2 }) },
    BOGUS,
    'RFC 4035 section 5.3.4',
  ),
  keyed(
    'keys without their signature are bogus',
    'keystrip',
    { tamper: withoutSignaturesOf(T.DNSKEY) },
    BOGUS,
  ),
  keyed(
    'one valid signature beside a wrong one is enough',
    'onegood',
    {
      signatures: (rrset: readonly Rr[], { name, keys }: Zone) =>
        keys.flatMap((key) => [signRrset(rrset, name, key, { broken: true }), signRrset(rrset, name, key)]),
    },
    SECURE_DENIED,
    'RFC 6840 section 5.11',
    'one-failure',
  ),
];
