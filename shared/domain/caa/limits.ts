import { CHAR, equalsIgnoringCase, isLetterOrDigit } from '../dns/ascii.ts';
import type { IssueParameter } from './issue-value.ts';
import { isUri } from './uri.ts';

/**
 * The values that one RFC 8657 parameter accepts. Null if it is absent and limits nothing; empty if nothing can satisfy
 * it.
 */
export type Limit = readonly string[] | null;

export interface Limits {
  readonly account: Limit;
  readonly method: Limit;
}

const UNSATISFIABLE: readonly string[] = Object.freeze([]);
const UNLIMITED: Limits = Object.freeze({ account: null, method: null });

/**
 * The RFC 8657 limits of a property.
 *
 * A repeated or malformed parameter can never be satisfied. For `accounturi` that is RFC 8657 section 3; for a repeated
 * `validationmethods` the RFC says nothing and we chose the stricter reading. Tags compare without case, which can only
 * restrict more.
 */
export function readLimits(parameters: readonly IssueParameter[]): Limits {
  if (parameters.length === 0) return UNLIMITED;
  let account: Limit = null;
  let method: Limit = null;
  for (const { tag, value } of parameters) {
    if (equalsIgnoringCase(tag, 'accounturi')) {
      account = account === null && isUri(value) ? [value] : UNSATISFIABLE;
    } else if (equalsIgnoringCase(tag, 'validationmethods')) {
      method = method === null ? parseMethodLabels(value) : UNSATISFIABLE;
    }
  }
  return { account, method };
}

/**
 * Whether the request satisfies a limit.
 *
 * `ignored`: the caller gave no account or method and enforcement is off, which TLS BR 4.2.2.1 [caa] permits until RFC
 * 8657 becomes mandatory. With enforcement on, such a caller satisfies no limit.
 *
 * Account URIs compare as plain strings (RFC 8657 section 3). So do method labels, whose canonical form is lower case,
 * unless the CA has documented that it ignores their case (TLS BR 4.2.2.1.2 [caa-parameters]).
 */
export function applyLimit(
  limit: Limit,
  offered: readonly string[] | null,
  enforce: boolean,
  isSame: (one: string, other: string) => boolean = isSameText,
): 'satisfied' | 'blocked' | 'ignored' {
  if (limit === null) return 'satisfied';
  if (offered === null) return enforce ? 'blocked' : 'ignored';
  for (const candidate of offered) {
    if (limit.some((accepted) => isSame(accepted, candidate))) return 'satisfied';
  }
  return 'blocked';
}

export function isSameText(one: string, other: string): boolean {
  return one === other;
}

/**
 * `value = [*(label ",") label]`, `label = 1*(ALPHA / DIGIT / "-")` (RFC 8657 section 4); an empty or malformed list
 * accepts nothing.
 */
function parseMethodLabels(value: string): readonly string[] {
  const labels = value.split(',');
  return labels.every(isMethodLabel) ? labels : UNSATISFIABLE;
}

function isMethodLabel(label: string): boolean {
  for (let at = 0; at < label.length; at++) {
    const code = label.charCodeAt(at);
    if (!isLetterOrDigit(code) && code !== CHAR.hyphen) return false;
  }
  return label.length > 0;
}
