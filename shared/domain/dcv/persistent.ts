import { type IssueParameter, parseIssueValue } from '../caa/issue-value.ts';
import { equalsIgnoringCase } from '../dns/ascii.ts';
import type { Match } from './match.ts';

/** What a persistent record must contain to prove control. */
export interface PersistentExpectation {
  readonly issuerDomainNames: readonly string[];
  readonly expectedAccountUri: string;
  /** Require `policy=wildcard`, as the ACME draft does for a wildcard name and the Baseline Requirements do not. */
  readonly demandsWildcardPolicy: boolean;
  readonly nowMs: number;
}

/**
 * Whether the persistent value of one TXT record proves control (TLS BR 3.2.2.4.22 [dcv-dns-persistent] and 3.2.2.5.8
 * [ip-dns-persistent]): an `issue-value` of RFC 8659 section 4.2 that names the CA and, exactly once, the account.
 *
 * The account URI compares as a plain string (RFC 3986 section 6.2.1); `lenient` when only its case differs. Parameter
 * names compare without case, which no document specifies; unknown parameters are ignored.
 */
export function matchPersistentRecord(octets: string, expectation: PersistentExpectation): Match {
  const value = parseIssueValue(octets);
  if (value === null || value.issuer === '') return 'none';
  if (!expectation.issuerDomainNames.some((name) => equalsIgnoringCase(name, value.issuer))) return 'none';
  if (!isUsableAt(expectation.nowMs, value.parameters)) return 'none';
  if (expectation.demandsWildcardPolicy && !hasWildcardPolicy(value.parameters)) return 'none';
  return matchAccount(value.parameters, expectation.expectedAccountUri);
}

function matchAccount(parameters: readonly IssueParameter[], expected: string): Match {
  const [account, ...more] = valuesOf(parameters, 'accounturi');
  if (account === undefined || account === '' || more.length > 0) return 'none';
  if (account === expected) return 'exact';
  return equalsIgnoringCase(account, expected) ? 'lenient' : 'none';
}

/**
 * False after `persistUntil`, a decimal number of seconds since 1970, and if it is repeated or not a number. The record
 * is usable up to and including that second.
 */
function isUsableAt(nowMs: number, parameters: readonly IssueParameter[]): boolean {
  const [until, ...more] = valuesOf(parameters, 'persistuntil');
  if (until === undefined) return true;
  return more.length === 0 && /^[0-9]+$/.test(until) && nowMs <= Number(until) * 1000;
}

/** Last second that the schema of a result allows; a later `persistUntil` counts as no limit. */
const LAST_SECOND = 8_640_000_000_000;

/**
 * The latest `persistUntil` of records that each prove control, Unix seconds; null if one has no end or the latest is
 * after {@link LAST_SECOND}. One record is enough to prove control, so the latest end counts (TLS BR 3.2.2.4.22
 * [dcv-dns-persistent]).
 */
export function latestPersistUntil(records: readonly string[]): number | null {
  const ends = records.map((octets) => {
    const [until] = valuesOf(parseIssueValue(octets)?.parameters ?? [], 'persistuntil');
    return until === undefined ? Number.POSITIVE_INFINITY : Number(until);
  });
  const latest = Math.max(...ends);
  return latest <= LAST_SECOND ? latest : null;
}

/** The value of `policy` is compared without case; a repeated `policy` is ignored. */
function hasWildcardPolicy(parameters: readonly IssueParameter[]): boolean {
  const [policy, ...more] = valuesOf(parameters, 'policy');
  return policy !== undefined && more.length === 0 && equalsIgnoringCase(policy, 'wildcard');
}

function valuesOf(parameters: readonly IssueParameter[], tag: string): string[] {
  return parameters.filter((parameter) => equalsIgnoringCase(parameter.tag, tag)).map(({ value }) => value);
}
