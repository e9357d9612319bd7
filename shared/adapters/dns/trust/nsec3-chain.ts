import type { DnsMessage } from '../message/message-reader.ts';
import { type DomainName, lowerAscii, sameName } from '../message/names.ts';
import { TYPE } from '../message/protocol.ts';
import type { Nsec3View } from '../message/rdata.ts';
import { hashLabel, hashName } from './nsec3-hash.ts';

/** Limit above which a denial is refused: RFC 9276 section 3.2 lets a validator set it; zones must publish 0. */
export const MAX_NSEC3_ITERATIONS = 50;

const SHA1 = 1;
const FLAG_OPT_OUT = 1;
/** Limit for names hashed per answer; real answers need two or three. */
const MAX_ENCLOSERS = 64;

interface HashedRecord {
  /** Hashes as lower-case labels, which sort like the hashes. */
  readonly hash: string;
  readonly nextHash: string;
  readonly record: Nsec3View;
}

/** Whether a denial in `message` needs more than {@link MAX_NSEC3_ITERATIONS} iterations (RFC 9276 section 3.2). */
export function isOverIterated(message: DnsMessage): boolean {
  return overIteratedZones(message).length > 0;
}

/** The zones of the NSEC3 records in `message` that exceed the limit, from their owner names. */
export function overIteratedZones({ authority }: DnsMessage): readonly DomainName[] {
  return authority
    .filter(({ view }) => view?.kind === 'nsec3' && view.iterations > MAX_NSEC3_ITERATIONS)
    .map(({ owner }) => owner.slice(1));
}

/**
 * The usable NSEC3 records of `zone`: hash SHA-1, flags 0 or 1, iterations within the limit, all of one chain (RFC 5155
 * sections 8.1 and 8.2).
 */
export function selectNsec3(message: DnsMessage, zone: DomainName): readonly HashedRecord[] {
  const usable: HashedRecord[] = [];
  for (const { owner, type, view } of message.authority) {
    if (type !== TYPE.NSEC3 || view?.kind !== 'nsec3') continue;
    const { hashAlgorithm, flags, iterations } = view;
    const [first = ''] = owner;
    const nextHash = hashLabel(view.nextHash);
    if (hashAlgorithm !== SHA1 || (flags & ~FLAG_OPT_OUT) !== 0 || iterations > MAX_NSEC3_ITERATIONS)
      continue;
    if (nextHash === null || !sameName(owner.slice(1), zone)) continue;
    usable.push({ hash: lowerAscii(first), nextHash, record: view });
  }
  const [one] = usable;
  const isOneChain = usable.every(
    ({ record }) => record.salt === one?.record.salt && record.iterations === one.record.iterations,
  );
  return isOneChain ? usable : [];
}

/** The record whose owner is the hash of `name`; null if there is none. */
export function findMatch(records: readonly HashedRecord[], name: DomainName): Nsec3View | null {
  const [one] = records;
  if (one === undefined) return null;
  const hash = hashName(name, one.record);
  return records.find((candidate) => candidate.hash === hash)?.record ?? null;
}

/**
 * Whether a closest encloser proof shows that `name` may be an unsigned delegation omitted from the chain (RFC 5155
 * sections 6 and 8.6): an ancestor in the zone exists, and the next closer name falls into a gap whose record has the
 * opt-out flag.
 */
export function isOptedOut(records: readonly HashedRecord[], name: DomainName, zone: DomainName): boolean {
  const deepest = name.length - 1;
  for (let labels = deepest; labels >= zone.length && labels > deepest - MAX_ENCLOSERS; labels--) {
    const encloser = findMatch(records, name.slice(name.length - labels));
    if (encloser === null) continue;
    if (!canEnclose(encloser)) return false;
    const gap = findGap(records, name.slice(name.length - labels - 1));
    return gap !== null && (gap.flags & FLAG_OPT_OUT) !== 0;
  }
  return false;
}

/** RFC 5155 section 8.3: a record at a DNAME or a delegation cannot deny names below it. */
function canEnclose({ types }: Nsec3View): boolean {
  return !types.has(TYPE.DNAME) && !(types.has(TYPE.NS) && !types.has(TYPE.SOA));
}

/**
 * The record whose gap contains the hash of `name`; null if there is none. The last record of a chain points to the
 * first.
 */
function findGap(records: readonly HashedRecord[], name: DomainName): Nsec3View | null {
  const [one] = records;
  if (one === undefined) return null;
  const target = hashName(name, one.record);
  const gap = records.find(({ hash, nextHash }) =>
    hash < nextHash ? hash < target && target < nextHash : target > hash || target < nextHash,
  );
  return gap?.record ?? null;
}
