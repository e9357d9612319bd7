/** The character codes that the CAA grammars name. */
export const CHAR = {
  tab: 0x09,
  space: 0x20,
  percent: 0x25,
  hyphen: 0x2d,
  dot: 0x2e,
  colon: 0x3a,
  semicolon: 0x3b,
  equals: 0x3d,
} as const;

/** `ALPHA / DIGIT` of RFC 5234. */
export function isLetterOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a);
}

/**
 * Equality that folds A to Z only.
 *
 * `toLowerCase` also folds characters such as the Kelvin sign into ASCII and would make different names equal (RFC 4343
 * section 3 folds ASCII only).
 */
export function equalsIgnoringCase(left: string, right: string): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) {
    if (lowerCode(left.charCodeAt(at)) !== lowerCode(right.charCodeAt(at))) return false;
  }
  return true;
}

function lowerCode(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}
