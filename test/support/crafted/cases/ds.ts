import type { DelvDifference } from '../differences.ts';
import { type DsFields, dsFor, makeKey } from '../keys.ts';
import { T } from '../records.ts';
import { either, replyTo, without, withoutSignatures } from '../tampering.ts';
import type { ZoneSpec } from '../zone.ts';
import {
  about,
  BOGUS,
  type CraftedCase,
  type Expected,
  INSECURE_DENIED,
  SECURE_DENIED,
  zone,
} from './case.ts';

const key = makeKey();
const rsa = makeKey({ algorithm: 8 });
const absent = makeKey();

type Ds = (zone: string) => DsFields;
const own =
  (digestType = 2): Ds =>
  (name) =>
    dsFor(name, key, digestType);
const wrong =
  (digestType = 2): Ds =>
  (name) => ({ ...own(digestType)(name), digest: dsFor(`x.${name}`, key, digestType).digest });
const ofAbsentKey: Ds = (name) => dsFor(name, absent);
const named =
  (algorithm: number, digestType = 2): Ds =>
  (name) => ({ ...own()(name), algorithm, digestType });
const cut: Ds = (name) => ({ ...own()(name), digest: own()(name).digest.subarray(0, 31) });

function set(
  name: string,
  label: string,
  ds: readonly Ds[],
  expected: Expected,
  more: Omit<ZoneSpec, 'name'> & { readonly rule?: string; readonly delv?: DelvDifference } = {},
): CraftedCase {
  const { rule = 'RFC 4035 section 5.2', delv, ...changes } = more;
  const at = `${label}.test.`;
  const spec = zone(at, { keys: [key], ds: ds.map((make) => make(at)), ...changes });
  return about(name, rule, spec, expected, delv === undefined ? {} : { delv });
}

const UNUSABLE = 'RFC 6840 section 5.2';
const DIGESTS = 'RFC 4509 section 3';

export const DS_SETS: readonly CraftedCase[] = [
  set('a DS with a SHA-256 digest is used', 'ds2', [own()], SECURE_DENIED),
  set('a DS with a SHA-384 digest is used', 'ds4', [own(4)], SECURE_DENIED),
  set('a DS with only a SHA-1 digest is used', 'ds1', [own(1)], SECURE_DENIED, { rule: DIGESTS }),
  set('a DS of an unknown algorithm makes the zone insecure', 'dsu200', [named(200)], INSECURE_DENIED, {
    rule: UNUSABLE,
  }),
  set('a DS with an unknown digest makes the zone insecure', 'dsd200', [named(13, 200)], INSECURE_DENIED, {
    rule: UNUSABLE,
  }),
  set('a DS of RSA/MD5 makes the zone insecure', 'dsalg1', [named(1)], INSECURE_DENIED, { rule: UNUSABLE }),
  set('a DS of DSA makes the zone insecure', 'dsalg3', [named(3)], INSECURE_DENIED, { rule: UNUSABLE }),
  set('a DS of GOST makes the zone insecure', 'dsalg12', [named(12)], INSECURE_DENIED, { rule: UNUSABLE }),
  set('a DS of algorithm 0 makes the zone insecure', 'dsalg0', [named(0)], INSECURE_DENIED, {
    rule: UNUSABLE,
  }),
  set('a DS with a GOST digest makes the zone insecure', 'dsdig3', [named(13, 3)], INSECURE_DENIED, {
    rule: UNUSABLE,
  }),
  set(
    'an unknown algorithm and an unknown digest in two records make the zone insecure',
    'dsboth',
    [named(200), named(13, 200)],
    INSECURE_DENIED,
    { rule: UNUSABLE },
  ),
  set(
    'a usable DS beside one of an unknown algorithm is used',
    'dsmixu',
    [named(200), own()],
    SECURE_DENIED,
    { rule: UNUSABLE },
  ),
  set(
    'a usable DS beside one with an unknown digest is used',
    'dsmixd',
    [named(13, 200), own()],
    SECURE_DENIED,
    { rule: UNUSABLE },
  ),
  set('a wrong DS beside one of an unknown algorithm is bogus', 'dswrongu', [named(200), wrong()], BOGUS, {
    rule: UNUSABLE,
  }),
  set('a wrong digest is bogus', 'dswrong', [wrong()], BOGUS),
  set('a wrong SHA-1 digest is bogus', 'dswrong1', [wrong(1)], BOGUS),
  set('a wrong SHA-384 digest is bogus', 'dswrong4', [wrong(4)], BOGUS),
  set('a digest that lacks an octet is bogus', 'dsshort', [cut], BOGUS),
  set('a DS without a matching key is bogus', 'dsabsent', [ofAbsentKey], BOGUS),
  set(
    'a DS without a matching key is ignored beside a valid one',
    'dsabsent2',
    [ofAbsentKey, own()],
    SECURE_DENIED,
  ),
  set(
    'a valid SHA-1 digest beside a wrong SHA-256 digest is used by the daemon, see decision 0015',
    'dsmix4',
    [own(1), wrong()],
    SECURE_DENIED,
    { rule: DIGESTS, delv: 'sha1-beside-better' },
  ),
  set(
    'a wrong SHA-1 digest beside a valid SHA-256 digest is ignored',
    'dsmix5',
    [wrong(1), own()],
    SECURE_DENIED,
    { rule: DIGESTS },
  ),
  set(
    'a wrong SHA-384 digest beside a valid SHA-256 digest is ignored',
    'dsmix6',
    [wrong(4), own()],
    SECURE_DENIED,
    { rule: DIGESTS },
  ),
  set(
    'a valid SHA-384 digest beside a wrong SHA-256 digest is used',
    'dsmix7',
    [own(4), wrong()],
    SECURE_DENIED,
    { rule: DIGESTS },
  ),
  set(
    'a DS of two algorithms of which the zone has one is used',
    'dsdown',
    [(name) => dsFor(name, rsa), own()],
    SECURE_DENIED,
    { rule: 'RFC 6840 section 5.11' },
  ),
  set('a DS that names the algorithm of another key is bogus', 'dsalg8', [named(8)], BOGUS),
  set('a signed zone without DS is insecure', 'nods', [], INSECURE_DENIED),
  set('a signed zone with wrong signatures and without DS is insecure', 'nodsbad', [], INSECURE_DENIED, {
    signature: { broken: true },
  }),
  set('a DS above an unsigned zone is bogus', 'stripped', [ofAbsentKey], BOGUS, { keys: null }),
  set(
    'a DS of an unusable algorithm above an unsigned zone is insecure',
    'uselessds',
    [named(200)],
    INSECURE_DENIED,
    { keys: null, rule: UNUSABLE },
  ),
  {
    name: 'a DS without its signature is bogus',
    rule: 'RFC 4035 section 5.2',
    asks: 'deny.kid.dsnosig.test',
    zones: [
      zone('dsnosig.test.', {
        tamper: either(replyTo('kid.dsnosig.test.', T.DS, withoutSignatures)),
      }),
      zone('kid.dsnosig.test.'),
    ],
    expected: BOGUS,
  },
  {
    name: 'a DS that is removed from the answer without a denial is bogus',
    rule: 'RFC 4035 section 5.2',
    asks: 'deny.kid.dsgone.test',
    zones: [
      zone('dsgone.test.', { tamper: without(T.DS) }),
      zone('kid.dsgone.test.', { keys: null, ds: [dsFor('kid.dsgone.test.', key)] }),
    ],
    expected: BOGUS,
  },
];
