import type { LookupFailureReason } from '../../../domain/dns/lookup.ts';
import { type DnsMessage, isAuthenticated, type ResourceRecord } from '../message/message-reader.ts';
import { type DomainName, endsWithName, presentName, sameName, substituteSuffix } from '../message/names.ts';
import { RCODE, TYPE } from '../message/protocol.ts';
import type { RecordView } from '../message/rdata.ts';

/** Limit for links of an alias chain. More than any working name needs; resolvers stop at 8 to 16. */
export const MAX_ALIAS_LINKS = 10;

/** Progress of a lookup along aliases: the current name, and the names before it. */
export interface AliasPath {
  readonly at: DomainName;
  /** The query name and all alias targets after it; the last one is `at`. */
  readonly visited: readonly DomainName[];
  /** Smallest TTL of the aliases followed and the records found, seconds; null before the first. */
  readonly ttl: number | null;
}

export type AliasWalk =
  | { readonly status: 'found'; readonly path: AliasPath; readonly views: readonly RecordView[] }
  | { readonly status: 'denied'; readonly path: AliasPath; readonly rcode: 0 | 3 }
  /** The answer ends at an alias without data for its target, which has to be queried. */
  | { readonly status: 'incomplete'; readonly path: AliasPath }
  | { readonly status: 'failed'; readonly reason: LookupFailureReason; readonly detail: string };

export function startPath(name: DomainName): AliasPath {
  return { at: name, visited: [name], ttl: null };
}

/** The alias targets followed, in order, in presentation format. */
export function aliasChain(path: AliasPath): readonly string[] {
  return path.visited.slice(1).map(presentName);
}

/**
 * Walk the answer section of `message` from `path.at` to the records of `type`, along CNAME (RFC 1034 section 3.6.2)
 * and DNAME (RFC 6672 section 2.2). Ignores records that are not on this path. Requires rcode NOERROR or NXDOMAIN. A
 * query for CNAME is answered by the alias itself (RFC 1034 section 3.6.2).
 */
export function walkAliases(message: DnsMessage, path: AliasPath, type: number): AliasWalk {
  let here = path;
  for (;;) {
    const aliases = aliasesAt(message.answers, here.at);
    const found = type === TYPE.CNAME ? [] : recordsAt(message.answers, here.at, type);
    if (aliases.length === 0)
      return found.length > 0 ? finish(message, here, found) : deny(message, here, path, type);

    const target = agreedTarget(aliases);
    if (!target || found.length > 0)
      return malformed('the aliases of a name contradict each other or its records');
    if (type === TYPE.CNAME) {
      return finish(message, here, [
        { ttl: smallestTtl(null, aliases) ?? 0, view: { kind: 'name', target } },
      ]);
    }
    const step = followAlias(here, target, smallestTtl(here.ttl, aliases));
    if ('status' in step) return step;
    here = step;
  }
}

function followAlias(path: AliasPath, target: DomainName, ttl: number | null): AliasPath | AliasWalk {
  if (path.visited.some((name) => sameName(name, target))) {
    return { status: 'failed', reason: 'alias-loop', detail: 'the aliases lead in a circle' };
  }
  if (path.visited.length > MAX_ALIAS_LINKS) {
    const detail = `there are more than ${MAX_ALIAS_LINKS} aliases in a row`;
    return { status: 'failed', reason: 'alias-chain-too-long', detail };
  }
  return { at: target, visited: [...path.visited, target], ttl };
}

interface Alias {
  /** Null if the target of a DNAME would be too long. */
  readonly target: DomainName | null;
  readonly ttl: number;
}

/** The CNAMEs at `name` and the targets of the DNAMEs above it; a DNAME and its synthesised CNAME both count. */
function aliasesAt(answers: readonly ResourceRecord[], name: DomainName): readonly Alias[] {
  const aliases: Alias[] = [];
  for (const { owner, type, ttl, view } of answers) {
    if (view?.kind !== 'name') continue;
    if (type === TYPE.CNAME && sameName(owner, name)) aliases.push({ target: view.target, ttl });
    if (type === TYPE.DNAME && owner.length < name.length && endsWithName(name, owner)) {
      aliases.push({ target: substituteSuffix(name, owner, view.target), ttl });
    }
  }
  return aliases;
}

/** RFC 2181 section 10.1: a name has one canonical name. Null if the aliases have different targets. */
function agreedTarget(aliases: readonly Alias[]): DomainName | null {
  const target = aliases[0]?.target ?? null;
  if (!target) return null;
  return aliases.every((alias) => alias.target && sameName(alias.target, target)) ? target : null;
}

function recordsAt(
  answers: readonly ResourceRecord[],
  name: DomainName,
  type: number,
): readonly ResourceRecord[] {
  return answers.filter((record) => record.type === type && sameName(record.owner, name));
}

function finish(
  message: DnsMessage,
  path: AliasPath,
  records: readonly Pick<ResourceRecord, 'ttl' | 'view'>[],
): AliasWalk {
  if (message.rcode === RCODE.NXDOMAIN) return malformed('NXDOMAIN comes with the records it denies');
  const views = records.flatMap(({ view }) => (view ? [view] : []));
  return { status: 'found', views, path: { ...path, ttl: smallestTtl(path.ttl, records) } };
}

/**
 * Judge an answer without a record at the end of the walk. NXDOMAIN applies to that end (RFC 6604 section 3). NOERROR
 * denies the type if it has the SOA of a zone that contains the name, or if no alias was followed (RFC 2308 section
 * 2.2). NS records without a SOA, or records of a parent about a delegation, are a referral.
 */
function deny(message: DnsMessage, end: AliasPath, start: AliasPath, type: number): AliasWalk {
  const soa = message.authority.find(
    ({ owner, view }) => view?.kind === 'soa' && endsWithName(end.at, owner),
  );
  const path = { ...end, ttl: smallestTtl(end.ttl, soa ? [{ ttl: negativeTtl(soa) }] : []) };
  if (message.rcode === RCODE.NXDOMAIN) return { status: 'denied', path, rcode: RCODE.NXDOMAIN };
  if (soa) return { status: 'denied', path, rcode: RCODE.NOERROR };
  if (end.visited.length > start.visited.length) return { status: 'incomplete', path: end };
  if (isReferral(message, type)) return malformed('the answer is a referral');
  return { status: 'denied', path, rcode: RCODE.NOERROR };
}

/**
 * If the servers of a delegation are unreachable, unbound sometimes returns the referral of a parent that claims
 * authority, without its NS records; only the proof remains that the child is unsigned. For a DS query, that proof is
 * the answer.
 */
function isReferral(message: DnsMessage, asked: number): boolean {
  const isFromAbove = asked !== TYPE.DS && !isAuthenticated(message);
  return message.authority.some(
    ({ type }) => type === TYPE.NS || (isFromAbove && REFERRAL_TYPES.includes(type)),
  );
}

const REFERRAL_TYPES: readonly number[] = [TYPE.DS, TYPE.NSEC, TYPE.NSEC3];

/** RFC 2308 section 5. */
function negativeTtl({ ttl, view }: ResourceRecord): number {
  return view?.kind === 'soa' ? Math.min(ttl, view.minimum) : ttl;
}

function smallestTtl(ttl: number | null, records: readonly { readonly ttl: number }[]): number | null {
  let smallest = ttl;
  for (const record of records) if (smallest === null || record.ttl < smallest) smallest = record.ttl;
  return smallest;
}

function malformed(detail: string): AliasWalk {
  return { status: 'failed', reason: 'malformed', detail };
}
