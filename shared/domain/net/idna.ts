import { toASCII, toUnicode } from 'tr46';
import { findForbiddenCharacter } from './idna-code-points.ts';

/** Lengths are not checked here: the caller does that for every name, with a message that says which label is at fault. */
const STRICT = {
  checkHyphens: true,
  checkBidi: true,
  checkJoiners: true,
  useSTD3ASCIIRules: true,
  transitionalProcessing: false,
} as const;

/** UTS 46 drops these without a trace. The joiners are the exception: they carry meaning and are checked in context. */
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
 * Turn a name with U-labels, A-labels or both into A-labels (RFC 5891 section 4, with the mapping of UTS 46).
 *
 * The mapping may change what a reader takes for the same letter: case, width, composition. What it would silently remove
 * is refused, and so is an A-label that does not come back the same after decoding: the name looked up has to be the
 * name that was asked for.
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

/** Labels that came as A-labels, in any case, or would become one by mapping, which makes them differ and so be refused. */
function writtenALabels(text: string): string[] {
  return text
    .split(SEPARATOR)
    .map((label) => label.toLowerCase())
    .filter((label) => label.normalize('NFKC').startsWith(A_LABEL_PREFIX));
}
