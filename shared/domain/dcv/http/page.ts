import type { HttpDcvParameters } from '../../check/check.ts';
import { foldAscii, utf8Octets } from '../../dns/octets.ts';
import type { Match } from '../match.ts';
import type { HttpResponse } from './http-observation.ts';
import type { CompiledPattern } from './pattern.ts';

/** Upper bound on bytes read from a response body. Values are short; endless responses are cut. */
export const MAX_BODY_BYTES = 64 * 1024;

const MIN_EVIDENCE_OCTETS = 100;
const MAX_EVIDENCE_OCTETS = 1024;

/** White space that may follow the key authorization. */
const BLANK = /^[\t-\r ]*$/;

export type Page = Pick<HttpResponse, 'statusCode' | 'body' | 'bodyCut' | 'contentType'>;

type WebsiteChange = Extract<HttpDcvParameters, { method: 'website-change' }>;

/**
 * Whether the final response of a check is a success: any 2xx (TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19
 * [dcv-acme-http]).
 */
export function isFinalSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode <= 299;
}

/**
 * Whether a response body proves control.
 *
 * @param pattern the compiled `matchRegex`, null if there is none. A pattern that is missing or did not compile matches
 *   nothing.
 */
export function judgePage(parameters: HttpDcvParameters, page: Page, pattern: CompiledPattern | null): Match {
  if (!isFinalSuccess(page.statusCode)) return 'none';
  return parameters.method === 'acme-http-01'
    ? judgeKeyAuthorization(parameters.keyAuthorization, page)
    : judgeWebsite(parameters, page, pattern);
}

/**
 * RFC 8555 section 8.3: the body equals the key authorization, octet for octet, ignoring white space at the end. The
 * Open MPIC reference also ignores it at the beginning (`lenient`). A cut body never matches, because the rest is
 * unknown.
 */
function judgeKeyAuthorization(keyAuthorization: string, { body, bodyCut }: Page): Match {
  const wanted = utf8Octets(keyAuthorization);
  if (bodyCut || wanted === null || wanted === '') return 'none';
  const octets = Buffer.from(body).toString('latin1');
  const start = Math.max(octets.search(/[^\t-\r ]/), 0);
  if (!octets.startsWith(wanted, start) || !BLANK.test(octets.slice(start + wanted.length))) return 'none';
  return start === 0 ? 'exact' : 'lenient';
}

/**
 * TLS BR 3.2.2.4.18 [dcv-website]: the body contains the Random Value or Request Token; a cut body may match too. A
 * pattern that matches an empty body proves nothing, so without a challenge value such a match is only `lenient`.
 */
function judgeWebsite(parameters: WebsiteChange, page: Page, pattern: CompiledPattern | null): Match {
  const { challengeValue, matchRegex, requireExactCase } = parameters;
  const hasRegex = matchRegex !== null && matchRegex !== '';
  if (challengeValue === '' && !hasRegex) return 'none';
  const text = textOf(page);
  if (!contains(text, challengeValue, requireExactCase)) return 'none';
  if (!hasRegex) return 'exact';
  if (pattern === null || !pattern.ok || !pattern.find(text.trim())) return 'none';
  return challengeValue === '' && pattern.find('') ? 'lenient' : 'exact';
}

function contains(text: string, wanted: string, exactCase: boolean): boolean {
  return exactCase ? text.includes(wanted) : foldAscii(text).includes(foldAscii(wanted));
}

/** Invalid octets become U+FFFD. A charset that the platform does not know is read as UTF-8. */
function textOf({ body, contentType }: Page): string {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([\w.:+-]{1,40})/i.exec(contentType ?? '') ?? [];
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return new TextDecoder('utf-8').decode(body);
  }
}

/**
 * The beginning of a response body as evidence, base64: up to 100 octets, or the expected value's length if that is
 * more, at most 1 KiB.
 */
export function evidenceOfPage(body: Uint8Array, expectedLength: number): string {
  const length = Math.min(Math.max(MIN_EVIDENCE_OCTETS, expectedLength), MAX_EVIDENCE_OCTETS);
  return Buffer.from(body.subarray(0, length)).toString('base64');
}
