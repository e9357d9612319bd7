import type { Policy } from '../check/check.ts';
import { RULEBOOK } from '../rules/rulebook.ts';
import { quoteInput } from './quote.ts';
import { parseWebUrl, type WebUrl, type WebUrlProblem, type WebUrlRules } from './web-url.ts';

/**
 * The Baseline Requirements set no limit; we chose ten, more than a regular site needs. The Open MPIC reference follows
 * at most twenty.
 */
export const MAX_REDIRECTS: Readonly<Record<Policy, number>> = {
  'baseline-requirements': 10,
  'open-mpic': 20,
};

/**
 * TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19 [dcv-acme-http] list these; 303 and all others must not be followed.
 */
const FOLLOWED: readonly number[] = RULEBOOK.http.redirectStatuses;

export type RedirectProblem =
  | 'status-not-allowed'
  | 'location-missing'
  | 'location-ambiguous'
  | 'too-many-redirects'
  | 'loop'
  | WebUrlProblem;

export interface RedirectResponse {
  readonly statusCode: number;
  /** Values of all `Location` fields, one character per octet. */
  readonly locations: readonly string[];
  /** The requested URL. */
  readonly from: WebUrl;
  /** Texts of all URLs requested so far, including `from`. */
  readonly visited: readonly string[];
  readonly rules: WebUrlRules;
  readonly maxRedirects: number;
}

/**
 * - `final`: the response is not a redirect.
 * - `follow`: request `url` next.
 * - `invalid`: the redirect may not be followed; the check completes and fails.
 */
export type JudgedRedirect =
  | { readonly kind: 'final' }
  | { readonly kind: 'follow'; readonly url: WebUrl }
  | { readonly kind: 'invalid'; readonly problem: RedirectProblem; readonly message: string };

/**
 * Whether a response redirects, and whether a check may follow it (TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19
 * [dcv-acme-http]).
 *
 * Only the `Location` field counts, resolved against the requested URL; the response body and a `Refresh` field do not.
 * Repeated equal `Location` fields count as one; different ones are ambiguous and rejected (RFC 9110 section 10.2.2).
 */
export function judgeRedirect({
  statusCode,
  locations,
  from,
  visited,
  rules,
  maxRedirects,
}: RedirectResponse): JudgedRedirect {
  if (statusCode < 300 || statusCode > 399) return { kind: 'final' };
  if (!FOLLOWED.includes(statusCode)) {
    return invalid(
      'status-not-allowed',
      `HTTP status ${statusCode} must not be followed; redirect with 301, 302, 307 or 308`,
    );
  }
  const [location, ...others] = new Set(locations);
  if (location === undefined)
    return invalid('location-missing', `HTTP status ${statusCode} without a Location`);
  if (others.length > 0) {
    return invalid('location-ambiguous', `HTTP status ${statusCode} with more than one Location; send one`);
  }
  const result = parseWebUrl(location, from, rules);
  if (!result.ok) return invalid(result.problem, `HTTP status ${statusCode}: ${result.message}`);

  const { url } = result;
  if (url.text === from.text || visited.includes(url.text)) {
    return invalid('loop', `${quoteInput(url.text)} was asked for before; the redirects run in a circle`);
  }
  if (visited.length > maxRedirects) {
    return invalid('too-many-redirects', `more than ${maxRedirects} redirects; shorten the chain`);
  }
  return { kind: 'follow', url };
}

function invalid(problem: RedirectProblem, message: string): JudgedRedirect {
  return { kind: 'invalid', problem, message };
}
