import { nsec3Cover, nsec3Match, nsecCover, nsecMatch } from '../authority.ts';
import { dsFor, makeKey } from '../keys.ts';
import { childOf } from '../names.ts';
import { nsec, type Rr, T } from '../records.ts';
import { signRrset } from '../signatures.ts';
import { forgeDs, replay } from '../tampering.ts';
import { hashOf, type Nsec3Choice, nsec3Of, shifted, Zone, type ZoneSpec } from '../zone.ts';
import { BOGUS, type CraftedCase, type Expected, INSECURE_DENIED, zone } from './case.ts';

/**
 * Attacks between the resolver and the parent: the DS of a signed child is denied, and the child's own data comes
 * unsigned. If one succeeds, the attacker can replace the `issue ";"` of the child.
 */
interface Attack {
  readonly name: string;
  readonly rule: string;
  readonly label: string;
  readonly nsec3?: Nsec3Choice;
  /** The forged denial. `child` is the name whose DS the attacker hides. */
  readonly proof: (parent: Zone, child: string) => readonly Rr[];
  readonly rcode?: 0 | 3;
  /** Additional properties of the parent zone. */
  readonly more?: Omit<ZoneSpec, 'name'>;
  readonly expected?: Expected;
}

const foreignKey = makeKey();
const forgedKey = makeKey();

function attack({ name, rule, label, nsec3, proof, rcode, more, expected = BOGUS }: Attack): CraftedCase {
  const parent = `${label}.test.`;
  const child = childOf(parent, 'kid');
  return {
    name,
    rule,
    asks: `deny.kid.${label}.test`,
    zones: [
      zone(parent, {
        nsec3: nsec3 ?? null,
        tamper: forgeDs(child, (served) => proof(served, child), rcode),
        ...more,
      }),
      zone(child, { keys: null, ds: [dsFor(child, foreignKey)] }),
      zone(childOf(parent, 'sister'), { keys: null }),
    ],
    expected,
  };
}

const bySelf = (parent: Zone, record: Rr): readonly Rr[] => parent.signed([record]);
const byForger = (parent: Zone, record: Rr): readonly Rr[] => [
  record,
  signRrset([record], parent.name, forgedKey),
];
const optOutGap = (parent: Zone, child: string, choice: Nsec3Choice = {}): Rr => {
  const hash = hashOf(child, choice);
  return nsec3Of(parent.name, shifted(hash, -1), shifted(hash, 1), [T.NS, T.DS, T.RRSIG], {
    optOut: true,
    ...choice,
  });
};
const wholeChain = (parent: Zone): Rr => {
  const hash = hashOf(parent.name, {});
  return nsec3Of(parent.name, hash, hash, [T.NS, T.SOA, T.DNSKEY], { optOut: true });
};

const NSEC_RULE = 'RFC 4035 section 5.2';
const NSEC3_RULE = 'RFC 5155 section 8.6';

const NSEC_ATTACKS: readonly Attack[] = [
  { name: 'an empty denial', rule: NSEC_RULE, label: 'a1', proof: () => [] },
  {
    name: 'an NSEC without signature',
    rule: NSEC_RULE,
    label: 'a2',
    proof: (parent, child) => [nsec(child, parent.name, [T.NS, T.RRSIG, T.NSEC])],
  },
  {
    name: "an NSEC signed by the attacker's key",
    rule: NSEC_RULE,
    label: 'a3',
    proof: (parent, child) => byForger(parent, nsec(child, parent.name, [T.NS, T.RRSIG, T.NSEC])),
  },
  {
    name: 'the NSEC of a sibling without a DS',
    rule: NSEC_RULE,
    label: 'a4',
    proof: (parent) => replay(parent, () => nsecMatch(parent, childOf(parent.name, 'sister'))),
  },
  {
    name: 'the NSEC of the apex of the parent',
    rule: NSEC_RULE,
    label: 'a5',
    proof: (parent) => replay(parent, () => nsecMatch(parent, parent.name)),
  },
  {
    name: 'the NSEC at the child, which lists its DS',
    rule: NSEC_RULE,
    label: 'a6',
    proof: (parent, child) => replay(parent, () => nsecMatch(parent, child)),
  },
  {
    name: 'the NSEC before the child, as if the name did not exist',
    rule: 'RFC 4035 section 5.4',
    label: 'a7',
    rcode: 3,
    proof: (parent, child) => replay(parent, () => nsecCover(parent, child)),
  },
  {
    name: 'every NSEC of the parent at once',
    rule: NSEC_RULE,
    label: 'a8',
    proof: (parent) => replay(parent, (chain) => chain),
  },
  {
    name: 'an unsigned opt-out record of the parent in a zone with NSEC',
    rule: NSEC3_RULE,
    label: 'a9',
    proof: (parent) => [wholeChain(parent)],
  },
  {
    name: 'an unsigned opt-out record beside a signed NSEC',
    rule: NSEC3_RULE,
    label: 'a10',
    proof: (parent) => [...replay(parent, () => nsecMatch(parent, parent.name)), wholeChain(parent)],
  },
  {
    name: 'an NSEC of the child itself, with its SOA',
    rule: 'RFC 6840 section 4.4',
    label: 'a11',
    proof: (_parent, child) => {
      const own = new Zone({ name: child, keys: [foreignKey] }, []);
      return own.signed([nsec(child, `a.${child}`, [T.NS, T.SOA, T.RRSIG, T.NSEC, T.DNSKEY])]);
    },
  },
  {
    name: 'a signed NSEC whose bit map lists DS',
    rule: NSEC_RULE,
    label: 'a12',
    proof: (parent, child) => bySelf(parent, nsec(child, parent.name, [T.NS, T.DS, T.RRSIG, T.NSEC])),
  },
];

const NSEC3_ATTACKS: readonly Attack[] = [
  { name: 'an empty denial, with NSEC3', rule: NSEC3_RULE, label: 'b1', nsec3: {}, proof: () => [] },
  {
    name: 'an opt-out gap without signature',
    rule: NSEC3_RULE,
    label: 'b2',
    nsec3: {},
    proof: (parent, child) => [
      ...replay(parent, () => nsec3Match(parent, parent.name)),
      optOutGap(parent, child),
    ],
  },
  {
    name: 'one opt-out record without signature that spans the whole zone',
    rule: NSEC3_RULE,
    label: 'b3',
    nsec3: {},
    proof: (parent) => [wholeChain(parent)],
  },
  {
    name: "an opt-out gap signed by the attacker's key",
    rule: NSEC3_RULE,
    label: 'b4',
    nsec3: {},
    proof: (parent, child) => [
      ...replay(parent, () => nsec3Match(parent, parent.name)),
      ...byForger(parent, optOutGap(parent, child)),
    ],
  },
  {
    name: 'the NSEC3 of a sibling without a DS',
    rule: NSEC3_RULE,
    label: 'b5',
    nsec3: {},
    proof: (parent) => replay(parent, () => nsec3Match(parent, childOf(parent.name, 'sister'))),
  },
  {
    name: 'the NSEC3 at the child, which lists its DS',
    rule: NSEC3_RULE,
    label: 'b6',
    nsec3: {},
    proof: (parent, child) => replay(parent, () => nsec3Match(parent, child)),
  },
  {
    name: 'a signed record whose opt-out flag was set in transit',
    rule: NSEC3_RULE,
    label: 'b7',
    nsec3: {},
    proof: (parent, child) =>
      replay(parent, () => [
        ...nsec3Match(parent, parent.name),
        ...nsec3Cover(parent, childOf(child, 'x')),
      ]).map((record) =>
        record.type === T.NSEC3
          ? {
              ...record,
              rdata: Buffer.concat([record.rdata.subarray(0, 1), Buffer.from([1]), record.rdata.subarray(2)]),
            }
          : record,
      ),
  },
  {
    name: 'a gap without opt-out that covers another name',
    rule: NSEC3_RULE,
    label: 'b8',
    nsec3: {},
    proof: (parent) =>
      replay(parent, () => [
        ...nsec3Match(parent, parent.name),
        ...nsec3Cover(parent, childOf(parent.name, 'nobody')),
      ]),
  },
  {
    name: 'an opt-out gap that covers another name, in a zone with opt-out',
    rule: NSEC3_RULE,
    label: 'b9',
    nsec3: { optOut: true },
    proof: (parent) =>
      replay(parent, () => [
        ...nsec3Match(parent, parent.name),
        ...nsec3Match(parent, childOf(parent.name, 'www')),
      ]),
  },
  {
    name: 'an opt-out gap alone, without its closest encloser',
    rule: 'RFC 5155 section 8.3',
    label: 'b10',
    nsec3: { optOut: true },
    proof: (parent) => replay(parent, () => nsec3Cover(parent, childOf(parent.name, 'nobody'))),
  },
  {
    name: 'the opt-out gap of the domain above',
    rule: NSEC3_RULE,
    label: 'b11',
    nsec3: {},
    proof: (_parent, child) => {
      const above = new Zone({ name: 'test.', nsec3: { optOut: true }, keys: [foreignKey] }, []);
      return replay(above, () => [...nsec3Match(above, 'test.'), ...nsec3Cover(above, child)]);
    },
  },
  {
    name: 'a gap with another salt',
    rule: 'RFC 5155 section 8.2',
    label: 'b12',
    nsec3: {},
    proof: (parent, child) => [
      ...replay(parent, () => nsec3Match(parent, parent.name)),
      optOutGap(parent, child, { salt: 'x' }),
    ],
  },
  {
    name: 'a gap with an unknown hash algorithm',
    rule: 'RFC 5155 section 8.1',
    label: 'b13',
    nsec3: {},
    proof: (parent, child) => [optOutGap(parent, child, { hashAlgorithm: 2 })],
  },
  {
    name: 'a gap with unknown flags',
    rule: 'RFC 5155 section 8.2',
    label: 'b14',
    nsec3: {},
    proof: (parent, child) => [optOutGap(parent, child, { flags: 3 })],
  },
  {
    name: 'a gap with 60 iterations, unsigned',
    rule: 'RFC 9276 section 3.2',
    label: 'b15',
    nsec3: {},
    proof: (parent, child) => [optOutGap(parent, child, { iterations: 60 })],
  },
  {
    name: 'the signed records of a zone with 60 iterations',
    rule: 'RFC 9276 section 3.2',
    label: 'b16',
    nsec3: { iterations: 60 },
    proof: (parent) => replay(parent, () => nsec3Match(parent, parent.name)),
  },
  {
    name: 'an NXDOMAIN by the gap of another name',
    rule: 'RFC 5155 section 8.4',
    label: 'b17',
    nsec3: {},
    rcode: 3,
    proof: (parent) => replay(parent, (chain) => chain.slice(0, 2)),
  },
  {
    name: 'every NSEC3 of the parent at once',
    rule: NSEC3_RULE,
    label: 'b18',
    nsec3: {},
    proof: (parent) => replay(parent, (chain) => chain),
  },
];

/** Correct answers that look like these attacks. */
const HONEST: readonly CraftedCase[] = [
  {
    name: 'a child without DS in a zone with NSEC is insecure',
    rule: NSEC_RULE,
    asks: 'deny.kid.honest.test',
    zones: [zone('honest.test.'), zone('kid.honest.test.', { keys: null })],
    expected: INSECURE_DENIED,
  },
  {
    name: 'a child without DS in a zone with NSEC3 is insecure',
    rule: 'RFC 5155 section 8.9',
    asks: 'deny.kid.honest3.test',
    zones: [zone('honest3.test.', { nsec3: {} }), zone('kid.honest3.test.', { keys: null })],
    expected: INSECURE_DENIED,
  },
  {
    name: 'a child without DS in a zone with opt-out is insecure',
    rule: NSEC3_RULE,
    asks: 'deny.kid.honesto.test',
    zones: [zone('honesto.test.', { nsec3: { optOut: true } }), zone('kid.honesto.test.', { keys: null })],
    expected: INSECURE_DENIED,
  },
  {
    name: 'a child two labels below a zone with opt-out is insecure',
    rule: NSEC3_RULE,
    asks: 'deny.kid.ent.honesto2.test',
    zones: [
      zone('honesto2.test.', { nsec3: { optOut: true } }),
      zone('kid.ent.honesto2.test.', { keys: null }),
    ],
    expected: INSECURE_DENIED,
  },
  {
    name: 'a child in a zone with opt-out, a salt and 50 iterations is insecure',
    rule: 'RFC 9276 section 3.2',
    asks: 'deny.kid.honesto50.test',
    zones: [
      zone('honesto50.test.', { nsec3: { optOut: true, iterations: 50, salt: 'ab' } }),
      zone('kid.honesto50.test.', { keys: null }),
    ],
    expected: INSECURE_DENIED,
  },
  {
    name: 'a child without DS in a zone with 60 iterations is not treated as insecure',
    rule: 'RFC 9276 section 3.2',
    asks: 'deny.kid.over60.test',
    zones: [zone('over60.test.', { nsec3: { iterations: 60 } }), zone('kid.over60.test.', { keys: null })],
    expected: BOGUS,
    delv: 'iterations',
  },
];

export const DS_DENIALS: readonly CraftedCase[] = [
  ...[...NSEC_ATTACKS, ...NSEC3_ATTACKS].map((row) =>
    attack({ ...row, name: `a forged denial of the DS is bogus: ${row.name}` }),
  ),
  ...HONEST,
];
