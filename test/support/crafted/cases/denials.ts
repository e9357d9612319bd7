import { nsec3Cover, nsec3Match, nsecCover, nsecMatch } from '../authority.ts';
import type { DelvDifference } from '../differences.ts';
import { makeKey } from '../keys.ts';
import { childOf } from '../names.ts';
import { a, caa, cname, dname, ns, nsec, type Rr, T, txt } from '../records.ts';
import { signRrset } from '../signatures.ts';
import { denyWith, replay, replyTo, type Tampering, without, withoutSignatures } from '../tampering.ts';
import {
  hashOf,
  type Nsec3Choice,
  nsec3Of,
  shifted,
  usualRecords,
  type Zone,
  type ZoneSpec,
} from '../zone.ts';
import {
  about,
  BOGUS,
  type CraftedCase,
  type Expected,
  SECURE_DENIED,
  SECURE_PERMITTED,
  zone,
} from './case.ts';

/** Attacks between the resolver and the zone: the set that forbids issuance is denied, changed or replaced. */
interface Attack {
  readonly name: string;
  readonly rule: string;
  readonly label: string;
  readonly nsec3?: Nsec3Choice;
  readonly tamper: (zone: string, name: string) => Tampering;
  readonly more?: Omit<ZoneSpec, 'name'>;
  readonly asks?: string;
  readonly expected?: Expected;
  readonly delv?: DelvDifference;
}

function attack(row: Attack): CraftedCase {
  const { name, rule, label, nsec3 = null, tamper, more, asks = 'deny', expected = BOGUS, delv } = row;
  const at = `${label}.test.`;
  const asked = asks === '' ? at : childOf(at, asks);
  const spec = zone(at, { nsec3, tamper: replyTo(asked, null, tamper(at, asked)), ...more });
  return about(`a forged answer is bogus: ${name}`, rule, spec, expected, {
    label: asks,
    ...(delv === undefined ? {} : { delv }),
  });
}

const forger = makeKey();
const byForger = (served: Zone, record: Rr): readonly Rr[] => [
  record,
  signRrset([record], served.name, forger),
];

const NSEC_RULE = 'RFC 4035 section 5.4';
const NSEC3_RULE = 'RFC 5155 section 8';

const withNsec: readonly Attack[] = [
  { name: 'a denial without proof', rule: NSEC_RULE, label: 'c1', tamper: () => denyWith(() => []) },
  {
    name: 'an empty answer without a SOA',
    rule: NSEC_RULE,
    label: 'c2',
    tamper: () => () => ({ rcode: 0, answer: [], authority: [] }),
  },
  {
    name: 'an unsigned NSEC',
    rule: NSEC_RULE,
    label: 'c3',
    tamper: (at, name) => denyWith(() => [nsec(name, at, [T.A, T.RRSIG, T.NSEC])]),
  },
  {
    name: "an NSEC signed by the attacker's key",
    rule: NSEC_RULE,
    label: 'c4',
    tamper: (at, name) => denyWith((served) => byForger(served, nsec(name, at, [T.A, T.RRSIG, T.NSEC]))),
  },
  {
    name: 'the NSEC of a sibling without the type',
    rule: NSEC_RULE,
    label: 'c5',
    tamper: (at) => denyWith((served) => replay(served, () => nsecMatch(served, childOf(at, 'www')))),
  },
  {
    name: 'the NSEC of the apex',
    rule: NSEC_RULE,
    label: 'c6',
    tamper: (at) => denyWith((served) => replay(served, () => nsecMatch(served, at))),
  },
  {
    name: 'the NSEC at the name, which lists the type',
    rule: NSEC_RULE,
    label: 'c7',
    tamper: (_at, name) => denyWith((served) => replay(served, () => nsecMatch(served, name))),
  },
  {
    name: 'an NXDOMAIN without proof',
    rule: NSEC_RULE,
    label: 'c8',
    tamper: () => denyWith(() => [], 3),
  },
  {
    name: 'an NXDOMAIN with the NSEC before the name, which ends at it',
    rule: NSEC_RULE,
    label: 'c9',
    tamper: (_at, name) => denyWith((served) => replay(served, () => nsecCover(served, name)), 3),
  },
  {
    name: 'an NXDOMAIN with the proof for another name',
    rule: NSEC_RULE,
    label: 'c10',
    tamper: (at) => denyWith((served) => replay(served, () => nsecCover(served, childOf(at, 'zzz'))), 3),
  },
  {
    name: 'an NXDOMAIN with every NSEC of the zone',
    rule: NSEC_RULE,
    label: 'c11',
    tamper: () => denyWith((served) => replay(served, (chain) => chain), 3),
  },
  {
    name: 'a NODATA with every NSEC of the zone',
    rule: NSEC_RULE,
    label: 'c12',
    tamper: () => denyWith((served) => replay(served, (chain) => chain)),
  },
  {
    name: 'a NODATA by the NSEC of a wildcard',
    rule: NSEC_RULE,
    label: 'c13',
    tamper: (at) =>
      denyWith((served) => replay(served, () => nsecMatch(served, childOf(childOf(at, 'wild'), '*')))),
  },
  {
    name: 'an unsigned NSEC that says with NXNAME that the name does not exist',
    rule: 'RFC 9824 section 3.1',
    label: 'c14',
    tamper: (_at, name) => denyWith(() => [nsec(name, childOf(name, '\0'), [T.RRSIG, T.NSEC, T.NXNAME])]),
  },
  {
    name: 'the set without its signature',
    rule: 'RFC 4035 section 5.3',
    label: 'c15',
    tamper: () => withoutSignatures,
  },
  {
    name: 'another set under the old signature',
    rule: 'RFC 4035 section 5.3.3',
    label: 'c16',
    tamper: (_at, name) => (reply) => ({
      ...reply,
      answer: [caa(name, 'evil.example'), ...reply.answer.filter(({ type }) => type !== T.CAA)],
    }),
  },
  {
    name: 'one more record in the set',
    rule: 'RFC 4035 section 5.3.3',
    label: 'c17',
    tamper: (_at, name) => (reply) => ({ ...reply, answer: [...reply.answer, caa(name, 'ca.example')] }),
  },
  {
    name: 'an unsigned alias',
    rule: 'RFC 4035 section 5.3',
    label: 'c18',
    tamper: (at, name) => () => ({ rcode: 0, answer: [cname(name, childOf(at, 'www'))], authority: [] }),
  },
  {
    name: 'an unsigned alias out of the zone',
    rule: 'RFC 4035 section 5.3',
    label: 'c19',
    tamper: (_at, name) => () => ({ rcode: 0, answer: [cname(name, 'www.control.opt.')], authority: [] }),
  },
  {
    name: 'the set of a wildcard, under its own signature, at a name that is not below it',
    rule: 'RFC 4035 section 5.3.2',
    label: 'c20',
    more: { records: [...usualRecords('c20.test.'), caa('*.c20.test.', 'ca.example')] },
    tamper: (_at, name) => (_reply, _question, served) => ({
      rcode: 0,
      answer: served.signed(served.rrset('*.c20.test.', T.CAA)).map((record) => ({ ...record, owner: name })),
      authority: [],
    }),
  },
  {
    name: 'the set of a wildcard with the proof for another name',
    rule: 'RFC 4035 section 5.3.4',
    label: 'c21',
    more: { records: [...usualRecords('c21.test.'), caa('*.c21.test.', 'ca.example')] },
    tamper: (at, name) => (_reply, _question, served) => ({
      rcode: 0,
      answer: served.signed(served.rrset('*.c21.test.', T.CAA)).map((record) => ({ ...record, owner: name })),
      authority: replay(served, () => nsecCover(served, childOf(at, 'zzz'))),
    }),
  },
  {
    name: "a referral to the attacker's servers",
    rule: 'RFC 4035 section 5.2',
    label: 'c22',
    tamper: (at, name) => (_reply, _question, served) => ({
      rcode: 0,
      answer: [],
      authority: [ns(name, childOf(at, 'ns3'))],
      additional: served.rrset(childOf(at, 'ns3'), T.A),
    }),
  },
  {
    name: 'an unsigned DNAME at the apex',
    rule: 'RFC 6672 section 5.3',
    label: 'c23',
    tamper: (at, name) => () => ({
      rcode: 0,
      answer: [dname(at, 'control.opt.'), cname(name, 'deny.control.opt.')],
      authority: [],
    }),
  },
  {
    name: 'the NSEC of an alias, at the name',
    rule: 'RFC 6840 section 4.3',
    label: 'c24',
    asks: 'alias',
    more: { records: [...usualRecords('c24.test.'), cname('alias.c24.test.', 'deny.c24.test.')] },
    tamper: (_at, name) => denyWith((served) => replay(served, () => nsecMatch(served, name))),
  },
  {
    name: 'the set of the name below, replayed at this name',
    rule: 'RFC 4035 section 5.3.1',
    label: 'c25',
    more: { records: [...usualRecords('c25.test.'), caa('x.deny.c25.test.', 'ca.example')] },
    tamper: (_at, name) => (_reply, _question, served) => ({
      rcode: 0,
      answer: served.signed(served.rrset(`x.${name}`, T.CAA)).map((record) => ({ ...record, owner: name })),
      authority: [],
    }),
  },
];

const gapAround = (served: Zone, name: string, choice: Nsec3Choice): Rr => {
  const hash = hashOf(name, choice);
  return nsec3Of(served.name, shifted(hash, -1), shifted(hash, 1), [T.A, T.RRSIG], choice);
};
const matchOf = (served: Zone, name: string, choice: Nsec3Choice = {}): Rr => {
  const hash = hashOf(name, choice);
  return nsec3Of(served.name, hash, shifted(hash, 1), [T.A, T.RRSIG], choice);
};

const withNsec3: readonly Attack[] = [
  { name: 'a denial without NSEC3', rule: NSEC3_RULE, label: 'd1', tamper: () => denyWith(() => []) },
  {
    name: 'an unsigned NSEC3 at the name',
    rule: NSEC3_RULE,
    label: 'd2',
    tamper: (_at, name) => denyWith((served) => [matchOf(served, name)]),
  },
  {
    name: "an NSEC3 at the name signed by the attacker's key",
    rule: NSEC3_RULE,
    label: 'd3',
    tamper: (_at, name) => denyWith((served) => byForger(served, matchOf(served, name))),
  },
  {
    name: 'the NSEC3 of the apex',
    rule: NSEC3_RULE,
    label: 'd4',
    tamper: (at) => denyWith((served) => replay(served, () => nsec3Match(served, at))),
  },
  {
    name: 'the NSEC3 of an empty non-terminal',
    rule: NSEC3_RULE,
    label: 'd5',
    tamper: (at) => denyWith((served) => replay(served, () => nsec3Match(served, childOf(at, 'ent')))),
  },
  {
    name: 'the NSEC3 at the name, which lists the type',
    rule: NSEC3_RULE,
    label: 'd6',
    tamper: (_at, name) => denyWith((served) => replay(served, () => nsec3Match(served, name))),
  },
  {
    name: 'an unsigned opt-out gap around the name',
    rule: 'RFC 5155 section 8.6',
    label: 'd7',
    tamper: (at, name) =>
      denyWith((served) => [
        ...replay(served, () => nsec3Match(served, at)),
        gapAround(served, name, { optOut: true }),
      ]),
  },
  {
    name: 'an NXDOMAIN by a gap that covers another name',
    rule: NSEC3_RULE,
    label: 'd8',
    tamper: (at) =>
      denyWith(
        (served) =>
          replay(served, () => [
            ...nsec3Match(served, at),
            ...nsec3Cover(served, childOf(at, 'nobody')),
            ...nsec3Cover(served, childOf(at, '*')),
          ]),
        3,
      ),
  },
  {
    name: 'an NXDOMAIN with every NSEC3 of the zone',
    rule: NSEC3_RULE,
    label: 'd9',
    tamper: () => denyWith((served) => replay(served, (chain) => chain), 3),
  },
  {
    name: 'a NODATA with every NSEC3 of the zone',
    rule: NSEC3_RULE,
    label: 'd10',
    tamper: () => denyWith((served) => replay(served, (chain) => chain)),
  },
  {
    name: 'an unsigned NSEC3 of 60 iterations at the name',
    rule: 'RFC 9276 section 3.2',
    label: 'd11',
    tamper: (_at, name) => denyWith((served) => [matchOf(served, name, { iterations: 60 })]),
  },
  {
    name: 'a signed NSEC3 of 60 iterations of another name',
    rule: 'RFC 9276 section 3.2',
    label: 'd12',
    more: { nsec3: { iterations: 60 } },
    tamper: (at) => denyWith((served) => replay(served, () => nsec3Match(served, at))),
  },
  {
    name: 'an NSEC3 at the name with another salt',
    rule: 'RFC 5155 section 8.2',
    label: 'd13',
    tamper: (at, name) =>
      denyWith((served) => [
        ...replay(served, () => nsec3Match(served, at)),
        matchOf(served, name, { salt: 'xy' }),
      ]),
  },
  {
    name: 'an NSEC3 at the name with an unknown hash algorithm',
    rule: 'RFC 5155 section 8.1',
    label: 'd14',
    tamper: (_at, name) => denyWith((served) => [matchOf(served, name, { hashAlgorithm: 2 })]),
  },
  {
    name: 'the gap after the name, without the closest encloser',
    rule: 'RFC 5155 section 8.3',
    label: 'd15',
    tamper: (at) => denyWith((served) => replay(served, () => nsec3Cover(served, childOf(at, 'nobody'))), 3),
  },
];

const parentKey = makeKey();

const CUTS: readonly CraftedCase[] = [
  about(
    'a denial at the apex by the NSEC of the parent zone is bogus',
    'RFC 6840 section 4.1',
    zone('kid.cutnsec.test.', {
      tamper: replyTo(
        'kid.cutnsec.test.',
        T.CAA,
        denyWith((served) => {
          const record = nsec('kid.cutnsec.test.', 'ns3.cutnsec.test.', [T.NS, T.DS, T.RRSIG, T.NSEC]);
          return [record, signRrset([record], 'cutnsec.test.', parentKey), ...served.signed([])];
        }),
      ),
      records: [caa('kid.cutnsec.test.', ';')],
    }),
    BOGUS,
    { label: '', zones: [zone('cutnsec.test.', { keys: [parentKey] })] },
  ),
  about(
    "data of a zone signed by its parent's key is used by the daemon, see decision 0015",
    'RFC 4035 section 5.3.1',
    zone('kid.signerabove.test.', {
      signatures: (rrset, served) =>
        rrset[0]?.type === T.CAA
          ? [signRrset(rrset, 'signerabove.test.', parentKey)]
          : served.keys.map((key) => signRrset(rrset, served.name, key)),
    }),
    SECURE_DENIED,
    { zones: [zone('signerabove.test.', { keys: [parentKey] })] },
  ),
  about(
    'a denial below a DNAME by the NSEC of the DNAME is bogus',
    'RFC 6840 section 4.1',
    zone('belowdname.test.', {
      records: [dname('dn.belowdname.test.', 'control.opt.')],
      tamper: replyTo(
        'deny.dn.belowdname.test.',
        null,
        denyWith((served) => replay(served, () => nsecMatch(served, 'dn.belowdname.test.')), 3),
      ),
    }),
    BOGUS,
    { label: 'deny.dn' },
  ),
  about(
    'a denial in a zone by the NSEC3 of its delegation in the parent zone is bogus',
    'RFC 5155 section 8.3',
    zone('kid.cutnsec3.test.', {
      nsec3: {},
      tamper: replyTo(
        'deny.kid.cutnsec3.test.',
        null,
        denyWith(() => {
          const hash = hashOf('kid.cutnsec3.test.', {});
          const types = [T.NS, T.DS, T.RRSIG];
          const records = [
            nsec3Of('cutnsec3.test.', hash, shifted(hash, 1), types, {}),
            nsec3Of('cutnsec3.test.', shifted(hash, 2), shifted(hash, -1), types, {}),
          ];
          return records.flatMap((record) => [record, signRrset([record], 'cutnsec3.test.', parentKey)]);
        }, 3),
      ),
    }),
    BOGUS,
    { zones: [zone('cutnsec3.test.', { keys: [parentKey], nsec3: {} })] },
  ),
];

const compact = (zoneName: string, types: readonly number[]): Omit<ZoneSpec, 'name'> => ({
  records: [caa(zoneName, 'ca.example')],
  tamper: (reply, question, served) => {
    if (question.name === zoneName || served.typesAt(question.name).length > 0) return reply;
    const record = nsec(question.name, childOf(question.name, '\0'), types);
    return denyWith(() => served.signed([record]))(reply, question, served);
  },
});

const HONEST: readonly CraftedCase[] = [
  about(
    'a compact denial with NXNAME denies the set, and the climb continues',
    'RFC 9824 section 3.1 (DX-09)',
    zone('compact.test.', compact('compact.test.', [T.RRSIG, T.NSEC, T.NXNAME])),
    SECURE_PERMITTED,
    { label: 'gone' },
  ),
  about(
    'a compact denial several labels below denies the set, and the climb continues',
    'RFC 9824 section 3.1 (DX-09)',
    zone('compact2.test.', compact('compact2.test.', [T.RRSIG, T.NSEC, T.NXNAME])),
    SECURE_PERMITTED,
    { label: 'a.b.gone' },
  ),
  about(
    'a compact denial without NXNAME denies the set',
    'RFC 4035 section 5.4',
    zone('compact3.test.', compact('compact3.test.', [T.A, T.RRSIG, T.NSEC])),
    SECURE_PERMITTED,
    { label: 'gone' },
  ),
  about(
    'a record of an unknown type is ignored',
    'RFC 3597 section 3',
    zone('oddtype.test.', {
      records: [...usualRecords('oddtype.test.'), { ...txt('www.oddtype.test.', 'x'), type: 65_400 }],
    }),
    SECURE_PERMITTED,
    { label: 'www' },
  ),
  about(
    'unrequested records are ignored',
    'RFC 2181 section 5.4.1',
    zone('extra.test.', {
      tamper: (reply) => ({
        ...reply,
        additional: [...(reply.additional ?? []), a('evil.test.', '192.0.2.66')],
      }),
    }),
    SECURE_DENIED,
  ),
  about(
    'a missing NSEC at one of several names does not affect the others',
    NSEC_RULE,
    zone('somensec.test.', { tamper: replyTo('www.somensec.test.', null, without(T.NSEC)) }),
    SECURE_DENIED,
  ),
];

export const DENIALS: readonly CraftedCase[] = [
  ...withNsec.map(attack),
  ...withNsec3.map((row) => attack({ nsec3: {}, ...row })),
  ...CUTS,
  ...HONEST,
];
