import { toASCII, toUnicode } from 'tr46';
import { findForbiddenCharacter } from './idna-code-points.ts';

/** Does not check lengths: the caller checks every name, with a message that names the invalid label. */
const STRICT = {
  checkHyphens: true,
  checkBidi: true,
  checkJoiners: true,
  useSTD3ASCIIRules: true,
  transitionalProcessing: false,
} as const;

/** Characters that UTS 46 silently drops, except the joiners, which carry meaning and are checked in context. */
const INVISIBLE = /(?!\p{Join_Control})\p{Default_Ignorable_Code_Point}/u;
const LONE_SURROGATE = /\p{Cs}/u;

/** Label separators of UTS 46 section 4.5. */
const SEPARATOR = /[.\u3002\uFF0E\uFF61]/u;
const A_LABEL_PREFIX = 'xn--';

export type IdnaResult =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly reason: 'forbidden-character'; readonly character: string }
  | { readonly ok: false; readonly reason: 'invalid-a-label'; readonly label: string }
  | { readonly ok: false; readonly reason: 'invalid-u-label' };

/**
 * Convert a name with U-labels, A-labels or both to A-labels (RFC 5891 section 4, with the mapping of UTS 46).
 *
 * The mapping may change case, width and composition of a letter. A character that the mapping would silently remove is
 * rejected, and so is an A-label that changes when decoded and encoded again: the name looked up must be the name in
 * the request.
 */
export function toALabels(text: string): IdnaResult {
  const unmappable = LONE_SURROGATE.exec(text) ?? INVISIBLE.exec(text);
  if (unmappable) return { ok: false, reason: 'forbidden-character', character: unmappable[0] };

  const unicode = toUnicode(text, STRICT);
  for (const label of unicode.domain.split('.')) {
    const character = findForbiddenCharacter(label);
    if (character !== null) return { ok: false, reason: 'forbidden-character', character };
  }

  const unstable = writtenALabels(text).find((label) => toASCII(label, STRICT) !== label);
  if (unstable !== undefined) return { ok: false, reason: 'invalid-a-label', label: unstable };

  const name = unicode.error ? null : toASCII(text, STRICT);
  return name === null ? { ok: false, reason: 'invalid-u-label' } : { ok: true, name };
}

/**
 * Labels written as A-labels, in any case, or mapped to one; a mapped label differs from its A-label and so is
 * rejected.
 */
function writtenALabels(text: string): string[] {
  return text
    .split(SEPARATOR)
    .map((label) => label.toLowerCase())
    .filter((label) => label.normalize('NFKC').startsWith(A_LABEL_PREFIX));
}
