import type { CaaParameters, CaaReason } from '../check/check.ts';
import { equalsIgnoringCase } from '../dns/ascii.ts';
import type { CaaRecord } from '../dns/lookup.ts';
import { parseIssueValue } from './issue-value.ts';
import { applyLimit, isSameText, type Limit, readLimits } from './limits.ts';
import { hasUnknownCriticalProperty, selectProperties } from './properties.ts';

/** The members of a request that decide how a set is judged. */
export interface CaaRequest
  extends Pick<
    CaaParameters,
    | 'certificateType'
    | 'caaDomains'
    | 'accountUris'
    | 'validationMethods'
    | 'labelsIgnoreCase'
    | 'enforceRfc8657'
  > {
  readonly wildcard: boolean;
}

/** Reasons of an outcome that is not based on a record set. */
export type ReasonWithoutSet = Extract<
  CaaReason,
  'no-records' | 'no-such-tld' | 'lookup-failed' | 'lookup-failure-allowed'
>;

/** What a set says about a request, and why. */
export interface CaaJudgement {
  readonly permitted: boolean;
  readonly reason: Exclude<CaaReason, ReasonWithoutSet>;
  /** The values that would have been accepted, sorted, if only RFC 8657 limits blocked. Null if they limit nothing. */
  readonly permissibleAccountUris: readonly string[] | null;
  readonly permissibleValidationMethods: readonly string[] | null;
  /** A property that names the CA has an RFC 8657 limit that was not applied. */
  readonly rfc8657Ignored: boolean;
}

/** Upper bounds of the report on limits. A zone may list more; the report only informs people. */
const MAX_PERMISSIBLE_ENTRIES = 64;
const MAX_PERMISSIBLE_LENGTH = 512;

/**
 * Judge the relevant RRset (RFC 8659 section 4, RFC 8657, RFC 9495; TLS BR 4.2.2.1 [caa]).
 *
 * One property that names the CA and whose limits are all satisfied permits issuance, whatever the other properties
 * say, unless the set has an unknown critical property. A set without a property for this kind of certificate does not
 * restrict.
 */
export function judgeCaaSet(records: readonly CaaRecord[], request: CaaRequest): CaaJudgement {
  if (hasUnknownCriticalProperty(records)) return verdict(false, 'unknown-critical-property');
  const selected = selectProperties(records, request.certificateType, request.wildcard);
  if (selected.length === 0) return verdict(true, 'not-restricted');
  // RFC 9495 section 3 leaves the parameters of `issuemail` to the CA.
  return judgeProperties(selected, request, request.certificateType === 'tls-server');
}

/** Reads every property, so that the order of the records does not affect the result. */
function judgeProperties(
  selected: readonly CaaRecord[],
  request: CaaRequest,
  limited: boolean,
): CaaJudgement {
  let permitted = false;
  let ignored = false;
  let blocked: BlockedReport | null = null;
  for (const { value } of selected) {
    const property = parseIssueValue(value);
    if (property === null || !namesCa(property.issuer, request.caaDomains)) continue;
    if (!limited || property.parameters.length === 0) {
      permitted = true;
      continue;
    }
    const limits = readLimits(property.parameters);
    const { accountUris, validationMethods, enforceRfc8657, labelsIgnoreCase = false } = request;
    const account = applyLimit(limits.account, accountUris, enforceRfc8657);
    const method = applyLimit(
      limits.method,
      validationMethods,
      enforceRfc8657,
      labelsIgnoreCase ? equalsIgnoringCase : isSameText,
    );
    if (account === 'ignored' || method === 'ignored') ignored = true;
    if (account !== 'blocked' && method !== 'blocked') {
      permitted = true;
      continue;
    }
    blocked ??= newBlockedReport();
    noteBlocked(blocked, limits.account, limits.method, account !== 'blocked');
  }
  if (permitted) return verdict(true, 'authorised', ignored);
  if (blocked === null) return verdict(false, 'issuer-not-authorised', ignored);
  return {
    permitted: false,
    reason: blocked.accountOnceFit ? 'method-not-authorised' : 'account-not-authorised',
    permissibleAccountUris: blocked.accounts && firstInOrder(blocked.accounts),
    permissibleValidationMethods: blocked.methods && firstInOrder(blocked.methods),
    rfc8657Ignored: ignored,
  };
}

/** The whole name must be equal, ignoring case (RFC 8659 section 4.2). An empty issuer matches no CA. */
function namesCa(issuer: string, caaDomains: readonly string[]): boolean {
  if (issuer === '') return false;
  for (const domain of caaDomains) {
    if (equalsIgnoringCase(issuer, domain)) return true;
  }
  return false;
}

interface BlockedReport {
  accounts: Set<string> | null;
  methods: Set<string> | null;
  /** At least one property accepted the account and was blocked only by its methods. */
  accountOnceFit: boolean;
}

function newBlockedReport(): BlockedReport {
  return { accounts: null, methods: null, accountOnceFit: false };
}

/** If one limit of a property can never be satisfied, the property accepts nothing, whatever its other limit lists. */
function noteBlocked(report: BlockedReport, account: Limit, method: Limit, accountFits: boolean): void {
  if (accountFits) report.accountOnceFit = true;
  const hopeless = account?.length === 0 || method?.length === 0;
  if (account) report.accounts = collect(report.accounts, hopeless ? [] : account);
  if (method) report.methods = collect(report.methods, hopeless ? [] : method);
}

function collect(into: Set<string> | null, values: readonly string[]): Set<string> {
  const collected = into ?? new Set<string>();
  for (const value of values) if (value.length <= MAX_PERMISSIBLE_LENGTH) collected.add(value);
  return collected;
}

/** Sorts before cutting: servers rotate the records of a set, and all perspectives must report the same values. */
function firstInOrder(values: ReadonlySet<string>): readonly string[] {
  return [...values].sort().slice(0, MAX_PERMISSIBLE_ENTRIES);
}

function verdict(permitted: boolean, reason: CaaJudgement['reason'], rfc8657Ignored = false): CaaJudgement {
  return {
    permitted,
    reason,
    permissibleAccountUris: null,
    permissibleValidationMethods: null,
    rfc8657Ignored,
  };
}
