import type {
  DnsMessage,
  ResourceRecord,
} from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { FLAG, TYPE } from '../../../../../shared/adapters/dns/message/protocol.ts';
import type { Nsec3View } from '../../../../../shared/adapters/dns/message/rdata.ts';
import { hashName } from '../../../../../shared/adapters/dns/trust/nsec3-hash.ts';

type TypeName = keyof typeof TYPE;

export const labels = (name: string): string[] => (name === '.' ? [] : name.split('.'));

const typeSet = (types: readonly TypeName[]) => new Set<number>(types.map((type) => TYPE[type]));

const record = (owner: readonly string[], type: number, view: ResourceRecord['view']): ResourceRecord => ({
  owner,
  type,
  ttl: 300,
  view,
});

export const ds = (owner: string, algorithm = 13, digestType = 2): ResourceRecord =>
  record(labels(owner), TYPE.DS, { kind: 'ds', algorithm, digestType });

export const cname = (owner: string, target: string): ResourceRecord =>
  record(labels(owner), TYPE.CNAME, { kind: 'name', target: labels(target) });

export const soa = (owner: string): ResourceRecord =>
  record(labels(owner), TYPE.SOA, { kind: 'soa', minimum: 300 });

export const nsec = (owner: string, ...types: TypeName[]): ResourceRecord =>
  record(labels(owner), TYPE.NSEC, { kind: 'nsec', types: typeSet(types) });

/** A record of `type` without a view. */
export const unread = (owner: string, type: number): ResourceRecord => record(labels(owner), type, null);

export interface Nsec3Choice {
  readonly types?: readonly TypeName[];
  readonly optOut?: boolean;
  readonly iterations?: number;
  readonly salt?: string;
  readonly hashAlgorithm?: number;
  readonly flags?: number;
}

/** The NSEC3 record of an existing name. Its gap is empty, unless `upTo` gives the hash at its end. */
export function nsec3Match(zone: string, name: string, choice: Nsec3Choice = {}): ResourceRecord {
  const hash = hashName(labels(name), parameters(choice));
  return nsec3(zone, hash, shift(hash, 1), choice);
}

/** An NSEC3 record whose gap contains the hash of `name`. */
export function nsec3Gap(zone: string, name: string, choice: Nsec3Choice = {}): ResourceRecord {
  const hash = hashName(labels(name), parameters(choice));
  return nsec3(zone, shift(hash, -1), shift(hash, 1), choice);
}

/** The record with the highest hash, whose gap leads from the end of the chain to its start. */
export function nsec3Last(
  zone: string,
  hash: string,
  first: string,
  choice: Nsec3Choice = {},
): ResourceRecord {
  return nsec3(zone, hash, first, choice);
}

function parameters({ iterations = 0, salt = '' }: Nsec3Choice) {
  return { iterations, salt };
}

function nsec3(zone: string, hash: string, nextHash: string, choice: Nsec3Choice): ResourceRecord {
  const { types = [], optOut = false, iterations = 0, salt = '', hashAlgorithm = 1 } = choice;
  const view: Nsec3View = {
    kind: 'nsec3',
    hashAlgorithm,
    flags: choice.flags ?? (optOut ? 1 : 0),
    iterations,
    salt,
    nextHash: octetsOf(nextHash),
    types: typeSet(types),
  };
  return record([hash, ...labels(zone)], TYPE.NSEC3, view);
}

const DIGITS = '0123456789abcdefghijklmnopqrstuv';

/** The hash increased by `by`. */
export function shift(hash: string, by: number): string {
  let value = 0n;
  for (const digit of hash) value = value * 32n + BigInt(DIGITS.indexOf(digit));
  const moved = BigInt.asUintN(160, value + BigInt(by));
  return moved.toString(32).padStart(32, '0');
}

function octetsOf(hash: string): string {
  let value = 0n;
  for (const digit of hash) value = value * 32n + BigInt(DIGITS.indexOf(digit));
  return Buffer.from(value.toString(16).padStart(40, '0'), 'hex').toString('latin1');
}

/** The response of a validating resolver to a DS query. */
export function dsMessage(
  parts: { readonly ad?: boolean; readonly rcode?: number } & {
    readonly answers?: readonly ResourceRecord[];
    readonly authority?: readonly ResourceRecord[];
  },
): DnsMessage {
  const { ad = false, rcode = 0, answers = [], authority = [] } = parts;
  return {
    flags: FLAG.QR | FLAG.RD | FLAG.RA | (ad ? FLAG.AD : 0),
    question: { name: [], type: TYPE.DS },
    rcode,
    answers,
    authority,
    extendedErrors: [],
  };
}
