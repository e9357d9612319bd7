import type { InsecurityProof } from '../../../domain/check/check.ts';
import { type DnsMessage, isAuthenticated, type ResourceRecord } from '../message/message-reader.ts';
import { type DomainName, sameName } from '../message/names.ts';
import { RCODE, TYPE } from '../message/protocol.ts';
import { findMatch, isOptedOut, isOverIterated, selectNsec3 } from './nsec3-chain.ts';
import { canVerify, KNOWN, type Verifiable } from './verifiable.ts';

/** What a DS query shows about a name: whether the chain of trust continues there, and if not, why. */
export type DelegationTrust =
  | { readonly status: 'signed' }
  /** No zone starts at the name; it belongs to the zone above. */
  | { readonly status: 'no-cut' }
  | { readonly status: 'insecure'; readonly by: InsecurityProof }
  | { readonly status: 'unknown'; readonly why: UnknownReason };

/**
 * `not-verifiable`: the zone is signed by an algorithm that this resolver should verify but cannot, so it checks
 * nothing in it.
 */
export type UnknownReason = 'nsec3-iterations' | 'no-proof' | 'not-verifiable';

const NO_CUT: DelegationTrust = Object.freeze({ status: 'no-cut' });
const NO_PROOF: DelegationTrust = Object.freeze({ status: 'unknown', why: 'no-proof' });
const NOT_VERIFIABLE: DelegationTrust = Object.freeze({ status: 'unknown', why: 'not-verifiable' });

/**
 * Judge the response of a validating resolver to a DS query for `cut`. The zone above is `zone`, proven secure.
 *
 * The resolver checks the signatures; this function reads the signed records. That matters in two cases. An
 * authenticated denial of a DS proves nothing at a name where no zone starts (RFC 6840 section 4.4). A denial by
 * opt-out is never authenticated (RFC 5155 section 9.2), but is sufficient if the resolver validates the zone.
 */
export function judgeDsAnswer(
  cut: DomainName,
  zone: DomainName,
  message: DnsMessage,
  verifiable: Verifiable,
): DelegationTrust {
  const { rcode, answers } = message;
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return NO_PROOF;
  // No zone starts at an alias (RFC 1034 section 3.6.2); the answer is about its target.
  if (recordsAt(answers, cut, TYPE.CNAME).length > 0) return NO_CUT;
  const authenticated = isAuthenticated(message);
  const ds = recordsAt(answers, cut, TYPE.DS);
  if (ds.length > 0) return authenticated ? judgeDsSet(ds, verifiable) : NO_PROOF;
  return authenticated ? judgeDenial(cut, zone, message) : judgeOptOut(cut, zone, message);
}

/**
 * RFC 6840 section 5.2: insecure if no DS has an algorithm and digest validated here. A DS that should be validated,
 * but that this resolver cannot verify, proves nothing: the resolver treats the zone as insecure, the rules do not.
 */
function judgeDsSet(ds: readonly ResourceRecord[], verifiable: Verifiable): DelegationTrust {
  const views = ds.flatMap(({ view }) => (view?.kind === 'ds' ? [view] : []));
  if (views.some((view) => canVerify(verifiable, view))) return { status: 'signed' };
  return views.some((view) => canVerify(KNOWN, view))
    ? NOT_VERIFIABLE
    : { status: 'insecure', by: 'unusable-ds' };
}

/**
 * The name is a delegation only if the record that denies the DS lists NS, and does not list SOA, which would make it
 * the child's.
 */
function judgeDenial(cut: DomainName, zone: DomainName, message: DnsMessage): DelegationTrust {
  const types = nsecTypesAt(message, cut) ?? findMatch(selectNsec3(message, zone), cut)?.types;
  if (types === undefined || !types.has(TYPE.NS) || types.has(TYPE.SOA)) return NO_CUT;
  return types.has(TYPE.DS) ? NO_PROOF : { status: 'insecure', by: 'no-ds' };
}

function nsecTypesAt({ authority }: DnsMessage, name: DomainName): ReadonlySet<number> | undefined {
  const [record] = recordsAt(authority, name, TYPE.NSEC);
  return record?.view?.kind === 'nsec' ? record.view.types : undefined;
}

function judgeOptOut(cut: DomainName, zone: DomainName, message: DnsMessage): DelegationTrust {
  if (isOverIterated(message)) return { status: 'unknown', why: 'nsec3-iterations' };
  return isOptedOut(selectNsec3(message, zone), cut, zone) ? { status: 'insecure', by: 'opt-out' } : NO_PROOF;
}

function recordsAt(
  records: readonly ResourceRecord[],
  name: DomainName,
  type: number,
): readonly ResourceRecord[] {
  return records.filter((record) => record.type === type && sameName(record.owner, name));
}
