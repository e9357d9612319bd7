import type { DnssecStatus } from '../../shared/domain/check/check.ts';
import type {
  CaaRecord,
  Lookup,
  LookupFailureReason,
  RecordData,
  RecordType,
} from '../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';

/** One line of a zone in a neutral form, for an in-memory resolver and a scripted server. */
export type ZoneRecord =
  | { readonly type: 'CAA'; readonly caa: CaaRecord }
  | { readonly type: 'A' | 'AAAA' | 'TXT' | 'PTR'; readonly value: string }
  /** `target` without a final dot. */
  | { readonly type: 'CNAME' | 'DNAME'; readonly target: string }
  /** The owner does not exist. For top-level domains: all others exist, as in the root zone. */
  | { readonly type: 'NXDOMAIN' }
  /** Every query for this owner fails this way. */
  | { readonly type: 'FAILURE'; readonly failure: ZoneFailure };

export type ZoneFailure = Extract<
  LookupFailureReason,
  'servfail' | 'refused' | 'timeout' | 'unreachable' | 'bogus' | 'indeterminate' | 'malformed' | 'rcode'
>;

/** Records by owner name, lower-case and without a final dot. `*.` owners are DNS wildcards. */
export type Zone = Readonly<Record<string, readonly ZoneRecord[]>>;

export const caa = (flags: number, tag: string, value: string): ZoneRecord => ({
  type: 'CAA',
  caa: { flags, tag, value },
});
export const issue = (value: string): ZoneRecord => caa(0, 'issue', value);
export const issuewild = (value: string): ZoneRecord => caa(0, 'issuewild', value);
export const issuemail = (value: string): ZoneRecord => caa(0, 'issuemail', value);
export const cname = (target: string): ZoneRecord => ({ type: 'CNAME', target });
export const dname = (target: string): ZoneRecord => ({ type: 'DNAME', target });
export const absent: ZoneRecord = { type: 'NXDOMAIN' };
export const fails = (failure: ZoneFailure): ZoneRecord => ({ type: 'FAILURE', failure });

/** Facts of the answers for one queried name, for tests that need them. */
export interface AnswerFacts {
  readonly ttl?: number | null;
  readonly tries?: number;
  readonly retried?: boolean;
  readonly dnssec?: Exclude<DnssecStatus, 'bogus' | 'indeterminate'>;
  readonly extendedErrors?: readonly { readonly code: number; readonly text: string }[];
}

export interface ZoneResolver extends Resolver {
  /** Queried names, in order. */
  readonly asked: readonly string[];
}

const SERVER = 'zone 192.0.2.53:53';
const MAX_ALIASES = 16;

/** A resolver for an in-memory zone, with aliases, DNAME and wildcards as in RFC 1034, RFC 4592 and RFC 6672. */
export function createZoneResolver(
  zone: Zone,
  facts: Readonly<Record<string, AnswerFacts>> = {},
): ZoneResolver {
  const asked: string[] = [];
  return {
    mode: 'zone',
    asked,
    lookup(name, type, _deadline, signal) {
      asked.push(name);
      const common = { name, type, server: SERVER, tries: 1, elapsedMs: 0, extendedErrors: [] };
      const result = signal?.aborted ? failed('aborted') : resolve(zone, name, type);
      return Promise.resolve({ ...common, ...result, ...facts[name] } as Lookup);
    },
  };
}

function failed(reason: LookupFailureReason) {
  const dnssec = reason === 'bogus' ? 'bogus' : 'indeterminate';
  return {
    status: 'failed',
    reason,
    message: `${SERVER} gave ${reason}`,
    rcode: null,
    retried: false,
    dnssec,
  } as const;
}

function resolve(zone: Zone, name: string, type: RecordType) {
  const chain: string[] = [];
  let current = name;
  for (;;) {
    const node = findNode(zone, current);
    const failure = node?.find((record) => record.type === 'FAILURE');
    if (failure?.type === 'FAILURE') return failed(failure.failure);
    const target = aliasTarget(zone, current, type, node);
    if (target === null) return { ...answer(node, type), cnameChain: chain };
    chain.push(`${target}.`);
    if (target === name || chain.indexOf(`${target}.`) < chain.length - 1) return failed('alias-loop');
    if (chain.length > MAX_ALIASES) return failed('alias-chain-too-long');
    current = target;
  }
}

function answer(node: readonly ZoneRecord[] | null, type: RecordType) {
  const records: RecordData[] = [];
  for (const record of node ?? []) {
    if (record.type !== type) continue;
    if (record.type === 'CAA') records.push(record);
    else if (record.type === 'CNAME') records.push({ type: 'CNAME', value: `${record.target}.` });
    else if ('value' in record) records.push({ type: record.type, value: record.value });
  }
  const rcode = node === null ? 3 : 0;
  return { status: 'answered', rcode, records, ttl: 300, adFlag: false, dnssec: 'insecure' } as const;
}

/** The target of an alias. DNAME redirects the names below its owner, never the owner itself (RFC 6672 section 2.3). */
function aliasTarget(zone: Zone, name: string, type: RecordType, node: readonly ZoneRecord[] | null) {
  for (const ancestor of ancestorsOf(name)) {
    const redirect = zone[ancestor]?.find((record) => record.type === 'DNAME');
    if (redirect?.type === 'DNAME') return name.slice(0, -ancestor.length) + redirect.target;
  }
  const alias = type === 'CNAME' ? undefined : node?.find((record) => record.type === 'CNAME');
  return alias?.type === 'CNAME' ? alias.target : null;
}

/**
 * Records of a name: its own, none for an empty non-terminal, or those of the wildcard that covers it; null: NXDOMAIN.
 */
function findNode(zone: Zone, name: string): readonly ZoneRecord[] | null {
  if (zone[name]?.some((record) => record.type === 'NXDOMAIN')) return null;
  if (exists(zone, name) || !name.includes('.')) return zone[name] ?? [];
  const encloser = ancestorsOf(name).find((ancestor) => exists(zone, ancestor));
  return encloser === undefined ? null : (zone[`*.${encloser}`] ?? null);
}

function exists(zone: Zone, name: string): boolean {
  return Object.keys(zone).some((owner) => owner === name || owner.endsWith(`.${name}`));
}

/** Parents, nearest first. */
function ancestorsOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, at) => labels.slice(at + 1).join('.'));
}
