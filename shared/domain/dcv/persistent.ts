import { type IssueParameter, parseIssueValue } from '../caa/issue-value.ts';
import { equalsIgnoringCase } from '../dns/ascii.ts';
import type { Match } from './match.ts';

/** What a persistent record has to say to prove control. */
export interface PersistentExpectation {
  readonly issuerDomainNames: readonly string[];
  readonly expectedAccountUri: string;
  /** Demand `policy=wildcard`, as the ACME draft does for a wildcard name and the Baseline Requirements do not. */
  readonly demandsWildcardPolicy: boolean;
  readonly nowMs: number;
}

/**
 * Whether one TXT record proves control by its persistent value (TLS BR 3.2.2.4.22 [dcv-dns-persistent] and 3.2.2.5.8
 * [ip-dns-persistent]): an `issue-value` of RFC 8659 section 4.2 that names the CA and, exactly once, the account.
 *
 * The account URI compares as a plain string (RFC 3986 section 6.2.1); `lenient` when only its case differs. Parameter
 * names compare without case, which no document settles; parameters that mean nothing here are passed over.
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
 * False after `persistUntil`, a base-10 count of seconds since 1970, and for one that is repeated or no such number.
 * The second named is the last instant of use.
 */
function isUsableAt(nowMs: number, parameters: readonly IssueParameter[]): boolean {
  const [until, ...more] = valuesOf(parameters, 'persistuntil');
  if (until === undefined) return true;
  return more.length === 0 && /^[0-9]+$/.test(until) && nowMs <= Number(until) * 1000;
}

/** Last second that a time on the wire can have; a record that names a later one does not limit anything here. */
const LAST_SECOND = 8_640_000_000_000;

/**
 * Until when control is shown by records that each prove it, Unix seconds; null when one of them does not say, or all end
 * beyond any time. Any one record is enough, so the latest end counts (TLS BR 3.2.2.4.22 [dcv-dns-persistent]).
 */
export function latestPersistUntil(records: readonly string[]): number | null {
  const ends = records.map((octets) => {
    const [until] = valuesOf(parseIssueValue(octets)?.parameters ?? [], 'persistuntil');
    return until === undefined ? Number.POSITIVE_INFINITY : Number(until);
  });
  const latest = Math.max(...ends);
  return latest <= LAST_SECOND ? latest : null;
}

/** The value of `policy` has no case; repeated, it means nothing we could rely on. */
function hasWildcardPolicy(parameters: readonly IssueParameter[]): boolean {
  const [policy, ...more] = valuesOf(parameters, 'policy');
  return policy !== undefined && more.length === 0 && equalsIgnoringCase(policy, 'wildcard');
}

function valuesOf(parameters: readonly IssueParameter[], tag: string): string[] {
  return parameters.filter((parameter) => equalsIgnoringCase(parameter.tag, tag)).map(({ value }) => value);
}
