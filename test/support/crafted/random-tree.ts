import { Random } from '../random.ts';
import { nameFromWire } from './authority.ts';
import type { DelvDifference } from './differences.ts';
import { FLAWS } from './flaws.ts';
import { makeKey, SIGNING_ALGORITHMS, type ZoneKey } from './keys.ts';
import { childOf, labelsOf, nameOf } from './names.ts';
import { cname, dname, type Rr, T } from './records.ts';
import { HOST } from './world.ts';
import { type Nsec3Choice, usualRecords, type ZoneSpec } from './zone.ts';

/** One name of a random tree. */
export interface RandomName {
  /** Without its final dot. */
  readonly asks: string;
  /** How the zones on the path were generated, for failure messages. */
  readonly way: string;
  /** Possible differences to delv. */
  readonly differences: readonly DelvDifference[];
}

export interface RandomTree {
  readonly zones: readonly ZoneSpec[];
  readonly names: readonly RandomName[];
}

/** One generated zone. */
interface Drawn {
  readonly spec: ZoneSpec;
  readonly traits: readonly string[];
  readonly differences: readonly DelvDifference[];
  readonly parent: string;
  readonly isFlawed: boolean;
}

const ZONES = 28;
const MOST_LABELS = 4;

/** Shapes of names below a zone; `to` and `x.dn` lead to another zone. */
const LABELS = ['', 'deny', 'www', 'gone', 'a.b.gone', 'ent', 'x.wild', 'to', 'x.dn', 'gone.to'] as const;

/**
 * Generated once per process, because RSA keys are slow to generate. Zones that share a key sign under their own names.
 */
const keys = new Map<number, ZoneKey>();
function keyOf(algorithm: (typeof SIGNING_ALGORITHMS)[number]): ZoneKey {
  const key = keys.get(algorithm) ?? makeKey({ algorithm });
  keys.set(algorithm, key);
  return key;
}

/** A tree of zones generated from `seed`: most are regular, some unsigned, some with one flaw. */
export function growTree(seed: number): RandomTree {
  const random = new Random(seed);
  const drawn: Drawn[] = [];
  for (let index = 0; index < ZONES; index++) {
    const above = drawn.map(({ spec }) => spec.name).filter((name) => labelsOf(name).length < MOST_LABELS);
    const parent = random.chance(0.55) || above.length === 0 ? random.pick(TOP_LEVEL) : random.pick(above);
    drawn.push(drawZone(random, childOf(parent, `z${index}`), parent, drawn));
  }
  return { zones: drawn.map(({ spec }) => spec), names: drawn.flatMap((zone) => namesOf(zone, drawn)) };
}

const TOP_LEVEL = ['test.', 'opt.', 'plain.', 'test.', 'opt.', 'plain.', 'plain.', 'uns.'] as const;

function drawZone(random: Random, name: string, parent: string, others: readonly Drawn[]): Drawn {
  const traits: string[] = [];
  const differences: DelvDifference[] = [];
  const targets = others.map(({ spec }) => spec.name);
  const target =
    targets.length === 0
      ? 'deny.control.opt.'
      : childOf(random.pick(targets), random.pick(['deny', 'www', 'gone']));
  const records: readonly Rr[] = [
    ...usualRecords(name),
    cname(childOf(name, 'to'), target),
    dname(childOf(name, 'dn'), targets.length === 0 ? 'control.opt.' : random.pick(targets)),
  ];
  const servers = [random.pick([HOST.LEAF, HOST.OTHER])];
  if (random.chance(0.12)) {
    traits.push('unsigned');
    return { spec: { name, records, servers, keys: null }, traits, differences, parent, isFlawed: false };
  }
  const algorithm = random.pick(SIGNING_ALGORITHMS);
  const key = keyOf(algorithm);
  traits.push(`algorithm ${algorithm}`);
  const nsec3 = random.chance(0.6) ? drawNsec3(random) : null;
  if (nsec3 !== null) {
    traits.push(`nsec3 ${JSON.stringify(nsec3)}`);
    if (nsec3.optOut === true) differences.push('opt-out');
    if ((nsec3.iterations ?? 0) > 50) differences.push('iterations');
  }
  const spec: ZoneSpec = { name, records, servers, keys: [key], nsec3 };
  const flaw = random.chance(0.4) ? random.pick(FLAWS) : null;
  if (flaw === null) return { spec, traits, differences, parent, isFlawed: false };
  traits.push(flaw.name);
  return {
    spec: { ...spec, ...flaw.make(name, key, random) },
    traits,
    differences: [...differences, ...(flaw.differences ?? [])],
    parent,
    isFlawed: true,
  };
}

function drawNsec3(random: Random): Nsec3Choice {
  return {
    iterations: random.chance(0.12) ? random.pick([51, 60, 100]) : random.pick([0, 0, 0, 1, 12, 50]),
    salt: random.chance(0.5) ? '' : 'salt',
    optOut: random.chance(0.3),
  };
}

/** The type of the alias at a name with this label, if there is one. */
const ALIAS_TYPES: Readonly<Partial<Record<(typeof LABELS)[number], number>>> = {
  to: T.CNAME,
  'gone.to': T.CNAME,
  'x.dn': T.DNAME,
};

/** The zones that contribute to the answer for a name: its own, those above, and those of its alias target. */
function zonesOnWay(start: Drawn, aliasType: number | undefined, all: readonly Drawn[]): readonly Drawn[] {
  const byName = new Map(all.map((zone) => [zone.spec.name, zone]));
  const way = new Set<Drawn>();
  const climb = (zone: Drawn | undefined) => {
    for (let at = zone; at !== undefined; at = byName.get(at.parent)) way.add(at);
  };
  climb(start);
  const alias = start.spec.records?.find(({ type }) => type === aliasType);
  const labels = alias === undefined ? [] : labelsOf(nameFromWire(alias.rdata));
  const ancestors = labels.map((_, from) => byName.get(nameOf(labels.slice(from))));
  climb(ancestors.find((zone) => zone !== undefined));
  return [...way];
}

function namesOf(zone: Drawn, all: readonly Drawn[]): readonly RandomName[] {
  return LABELS.map((label) => {
    const way = zonesOnWay(zone, ALIAS_TYPES[label], all);
    return {
      asks: [...(label === '' ? [] : [label]), zone.spec.name.slice(0, -1)].join('.'),
      way: way.map(({ spec, traits }) => `${spec.name} ${traits.join(', ')}`).join('; '),
      differences: differencesOn(way),
    };
  });
}

function differencesOn(way: readonly Drawn[]): readonly DelvDifference[] {
  const differences = new Set(way.flatMap((zone) => zone.differences));
  if (way.some(({ parent }) => parent === 'opt.')) differences.add('opt-out');
  if (way.some(({ isFlawed }) => isFlawed)) differences.add('proof-out-of-reach');
  return [...differences];
}
