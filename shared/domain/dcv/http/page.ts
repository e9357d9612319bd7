import type { HttpDcvParameters } from '../../check/check.ts';
import { foldAscii, utf8Octets } from '../../dns/octets.ts';
import type { Match } from '../match.ts';
import type { HttpResponse } from './http-observation.ts';
import type { CompiledPattern } from './pattern.ts';

/** Octets of a page that are read. Values are short, so ample; whoever serves an endless page pays for no more. */
export const MAX_BODY_BYTES = 64 * 1024;

const MIN_EVIDENCE_OCTETS = 100;
const MAX_EVIDENCE_OCTETS = 1024;

/** The white space that text files end with. */
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
 * Whether a page proves control.
 *
 * @param pattern the compiled `matchRegex`, null when there is none. One that is missing or could not be compiled is
 *   matched by no page.
 */
export function judgePage(parameters: HttpDcvParameters, page: Page, pattern: CompiledPattern | null): Match {
  if (!isFinalSuccess(page.statusCode)) return 'none';
  return parameters.method === 'acme-http-01'
    ? judgeKeyAuthorization(parameters.keyAuthorization, page)
    : judgeWebsite(parameters, page, pattern);
}

/**
 * RFC 8555 section 8.3: the body is the key authorization, octet for octet, and white space at the end is ignored. The
 * reference ignores it at the beginning as well. Of a body that was cut nobody knows what follows.
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
 * TLS BR 3.2.2.4.18 [dcv-website]: the page contains the Random Value or Request Token, which a page that is longer than
 * what was read can do as well. A pattern that finds itself in an empty page proves nothing, so without a value to look
 * for it counts only as the reference compares.
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

/** Octets that are no text become U+FFFD. A charset that the platform does not know is read as UTF-8. */
function textOf({ body, contentType }: Page): string {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([\w.:+-]{1,40})/i.exec(contentType ?? '') ?? [];
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return new TextDecoder('utf-8').decode(body);
  }
}

/**
 * The beginning of a page as evidence, base64: at least 100 octets, the expected value's length if that is more, 1 KiB at
 * most.
 */
export function evidenceOfPage(body: Uint8Array, expectedLength: number): string {
  const length = Math.min(Math.max(MIN_EVIDENCE_OCTETS, expectedLength), MAX_EVIDENCE_OCTETS);
  return Buffer.from(body.subarray(0, length)).toString('base64');
}
