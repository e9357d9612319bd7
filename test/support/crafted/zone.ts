import { createHash } from 'node:crypto';
import { type DsFields, dsFor, makeKey, type ZoneKey } from './keys.ts';
import { childOf, compareCanonically, isAtOrBelow, labelsOf, parentOf, toWire } from './names.ts';
import { caa, nsec, nsec3, type Rr, soa, T } from './records.ts';
import { type SignatureChoice, signRrset } from './signatures.ts';

export interface Nsec3Choice {
  readonly iterations?: number;
  readonly salt?: string;
  readonly optOut?: boolean;
  readonly hashAlgorithm?: number;
  /** Replaces the default 0 or 1. */
  readonly flags?: number;
}

/** Description of a zone. Omitted members have correct defaults. */
export interface ZoneSpec {
  /** With its final dot. */
  readonly name: string;
  /** Records besides SOA, NS, keys and signatures. */
  readonly records?: readonly Rr[];
  /** The published keys; null if the zone is not signed. Default: one key that signs everything. */
  readonly keys?: readonly ZoneKey[] | null;
  /** The DS records at its parent. Default: a SHA-256 digest of its first key. */
  readonly ds?: readonly DsFields[];
  /** Null for NSEC. */
  readonly nsec3?: Nsec3Choice | null;
  /** How its signatures differ from valid ones, by RRset. */
  readonly signature?: SignatureChoice | ((rrset: readonly Rr[]) => SignatureChoice);
  /** The signatures of an RRset. Default: one by the first key. */
  readonly signatures?: (rrset: readonly Rr[], zone: Zone) => readonly Rr[];
  /** Last octets of its servers' addresses in the world's network. */
  readonly servers?: readonly number[];
  /** Changes each reply of its servers; null sends no reply. */
  readonly tamper?: (reply: Reply, question: Question, zone: Zone) => Reply | null;
}

export interface Question {
  /** Lower case, with its final dot. */
  readonly name: string;
  readonly type: number;
}

export interface Reply {
  readonly rcode: number;
  readonly answer: readonly Rr[];
  readonly authority: readonly Rr[];
  readonly additional?: readonly Rr[];
  readonly truncated?: boolean;
  /** A referral to the servers of another zone: not authoritative. */
  readonly referral?: boolean;
}

/** The issuer that CAA permits, unless a name has another set. */
export const ISSUER = 'ca.example';

/** The records of most crafted zones: a set that permits, a set that forbids, and names of every shape. */
export function usualRecords(zone: string): readonly Rr[] {
  const at = (label: string) => childOf(zone, label);
  return [
    caa(zone, ISSUER),
    caa(at('deny'), ';'),
    caa(childOf(at('wild'), '*'), ';'),
    { ...caa(at('deep'), ISSUER), owner: childOf(at('ent'), 'deep') },
    { owner: at('www'), type: T.A, ttl: 300, rdata: Buffer.from([192, 0, 2, 2]) },
  ];
}

/** One zone on its servers. Signatures are created on request. */
export class Zone {
  readonly spec: ZoneSpec;
  readonly keys: readonly ZoneKey[];
  readonly isSigned: boolean;
  readonly #sets = new Map<string, Map<number, readonly Rr[]>>();
  readonly #signatures = new Map<string, readonly Rr[]>();
  #chain: readonly Rr[] | null = null;

  constructor(spec: ZoneSpec, more: readonly Rr[]) {
    this.spec = spec;
    this.isSigned = spec.keys !== null;
    this.keys = spec.keys === null ? [] : (spec.keys ?? [makeKey()]);
    const dnskeys = this.keys.map(({ dnskey }) => ({
      owner: spec.name,
      type: T.DNSKEY,
      ttl: 300,
      rdata: dnskey,
    }));
    for (const record of [soa(spec.name), ...dnskeys, ...(spec.records ?? []), ...more]) this.#add(record);
  }

  get name(): string {
    return this.spec.name;
  }

  /** The DS records in the parent zone. */
  get ds(): readonly DsFields[] {
    const [first] = this.keys;
    return this.spec.ds ?? (first === undefined ? [] : [dsFor(this.name, first)]);
  }

  /** Replace the records of the same type and name by `records`. */
  replace(records: readonly Rr[]): void {
    for (const { owner, type } of records) this.#sets.get(owner)?.delete(type);
    for (const record of records) this.#add(record);
    this.#signatures.clear();
    this.#chain = null;
  }

  rrset(owner: string, type: number): readonly Rr[] {
    return this.#sets.get(owner)?.get(type) ?? [];
  }

  typesAt(owner: string): readonly number[] {
    return [...(this.#sets.get(owner)?.keys() ?? [])];
  }

  hasNames(atOrBelow: string): boolean {
    return [...this.#sets.keys()].some((owner) => isAtOrBelow(owner, atOrBelow));
  }

  /** `rrset` with its signatures; without any if it is not signed. */
  signed(rrset: readonly Rr[]): readonly Rr[] {
    const [first] = rrset;
    if (first === undefined || !this.isSigned) return rrset;
    const key = `${first.owner} ${first.type} ${first.rdata.toString('latin1')}`;
    const known = this.#signatures.get(key) ?? this.#sign(rrset);
    this.#signatures.set(key, known);
    return [...rrset, ...known];
  }

  #sign(rrset: readonly Rr[]): readonly Rr[] {
    const { signature, signatures } = this.spec;
    if (signatures !== undefined) return signatures(rrset, this);
    const [key] = this.keys;
    if (key === undefined) return [];
    const choice = typeof signature === 'function' ? signature(rrset) : signature;
    return [signRrset(rrset, this.name, key, choice)];
  }

  /** The delegation at or above `name` that contains it; null if there is none. */
  cutAbove(name: string): string | null {
    const labels = labelsOf(name).length - labelsOf(this.name).length;
    let cut: string | null = null;
    let at = name;
    for (let step = 0; step < labels; step++) {
      if (this.rrset(at, T.NS).length > 0) cut = at;
      at = parentOf(at);
    }
    return cut;
  }

  /** NSEC or NSEC3 records of the whole zone, each with the name that it describes. */
  get chain(): readonly Rr[] {
    this.#chain ??= this.spec.nsec3 ? this.#nsec3Chain(this.spec.nsec3) : this.#nsecChain();
    return this.#chain;
  }

  #authoritativeNames(): readonly string[] {
    return [...this.#sets.keys()].filter((owner) => {
      const cut = this.cutAbove(owner);
      return cut === null || cut === owner;
    });
  }

  #typesForChain(owner: string, more: readonly number[]): readonly number[] {
    const types = this.typesAt(owner);
    if (owner !== this.name && types.includes(T.NS)) {
      const isSecure = types.includes(T.DS);
      const own = [T.NS, ...(isSecure ? [T.DS, T.RRSIG] : [])];
      return more.length > 0 ? [...new Set([...own, T.RRSIG, ...more])] : own;
    }
    return types.length === 0 ? [] : [...new Set([...types, T.RRSIG, ...more])];
  }

  #nsecChain(): readonly Rr[] {
    const names = [...this.#authoritativeNames()].sort(compareCanonically);
    return names.map((owner, index) =>
      nsec(owner, names[index + 1] ?? this.name, this.#typesForChain(owner, [T.NSEC])),
    );
  }

  #nsec3Chain(choice: Nsec3Choice): readonly Rr[] {
    const names = new Set<string>();
    for (const owner of this.#authoritativeNames()) {
      const types = this.typesAt(owner);
      const isUnsignedCut = owner !== this.name && types.includes(T.NS) && !types.includes(T.DS);
      if (choice.optOut && isUnsignedCut) continue;
      for (let at = owner; isAtOrBelow(at, this.name); at = parentOf(at)) {
        names.add(at);
        if (at === '.') break;
      }
    }
    const hashed = [...names]
      .map((owner) => ({ owner, hash: hashOf(owner, choice) }))
      .sort((one, other) => Buffer.compare(one.hash, other.hash));
    return hashed.map(({ owner, hash }, index) => {
      const next = hashed[(index + 1) % hashed.length]?.hash ?? hash;
      return nsec3Of(this.name, hash, next, this.#typesForChain(owner, []), choice);
    });
  }

  #add(record: Rr): void {
    const types = this.#sets.get(record.owner) ?? new Map<number, readonly Rr[]>();
    types.set(record.type, [...(types.get(record.type) ?? []), record]);
    this.#sets.set(record.owner, types);
  }
}

export function nsec3Of(
  zone: string,
  hash: Buffer,
  next: Buffer,
  types: readonly number[],
  choice: Nsec3Choice,
): Rr {
  const { iterations = 0, salt = '', optOut = false, hashAlgorithm = 1 } = choice;
  return nsec3(childOf(zone, base32Hex(hash)), {
    hashAlgorithm,
    flags: choice.flags ?? (optOut ? 1 : 0),
    iterations,
    salt: Buffer.from(salt, 'latin1'),
    next,
    types,
  });
}

/** RFC 5155 section 5. */
export function hashOf(name: string, { iterations = 0, salt = '' }: Nsec3Choice): Buffer {
  let digest: Buffer = toWire(name);
  for (let round = 0; round <= iterations; round++) {
    digest = createHash('sha1').update(digest).update(Buffer.from(salt, 'latin1')).digest();
  }
  return digest;
}

/** The hash with `by` added to its last octet. */
export function shifted(hash: Buffer, by: number): Buffer {
  const copy = Buffer.from(hash);
  copy[19] = ((copy[19] ?? 0) + by + 256) % 256;
  return copy;
}

const DIGITS = '0123456789abcdefghijklmnopqrstuv';

/** RFC 4648 section 7, lower case, for 20 octets. */
export function base32Hex(octets: Buffer): string {
  let text = '';
  for (let at = 0; at < octets.length; at += 5) {
    let value = 0n;
    for (const octet of octets.subarray(at, at + 5)) value = (value << 8n) | BigInt(octet);
    for (let shift = 35n; shift >= 0n; shift -= 5n) text += DIGITS[Number((value >> shift) & 31n)];
  }
  return text;
}
