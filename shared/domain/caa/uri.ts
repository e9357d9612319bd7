import { CHAR, isLetterOrDigit } from '../dns/ascii.ts';

const SCHEME_EXTRA = '+-.';
/** `unreserved`, `gen-delims` and `sub-delims` of RFC 3986 section 2 that are neither letters nor digits. */
const URI_EXTRA = "-._~:/?#[]@!$&'()*+,;=";

/**
 * True for a URI: a scheme, a colon, and characters that a URI may contain (RFC 3986 sections 2 and 3.1).
 *
 * The syntax after the scheme is not checked: `accounturi` values are only compared as strings (RFC 8657 section 3),
 * never resolved.
 */
export function isUri(text: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 1 || !isScheme(text, colon)) return false;
  let fragments = 0;
  for (let at = colon + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isLetterOrDigit(code)) continue;
    if (code === CHAR.percent) {
      if (!isHexDigit(text.charCodeAt(at + 1)) || !isHexDigit(text.charCodeAt(at + 2))) return false;
      at += 2;
      continue;
    }
    const character = text.charAt(at);
    if (!URI_EXTRA.includes(character)) return false;
    if (character === '#' && ++fragments > 1) return false;
  }
  return true;
}

function isScheme(text: string, end: number): boolean {
  const first = text.charCodeAt(0) | 0x20;
  if (first < 0x61 || first > 0x7a) return false;
  for (let at = 1; at < end; at++) {
    if (!isLetterOrDigit(text.charCodeAt(at)) && !SCHEME_EXTRA.includes(text.charAt(at))) return false;
  }
  return true;
}

function isHexDigit(code: number): boolean {
  const lower = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
