/** RFC 5892 section 2.1, LetterDigits. UTS 46 has already mapped capitals to lower case. */
const LETTER_MARK_OR_DIGIT = /^[\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}]$/u;

const LDH = /^[a-z0-9-]$/;

/** RFC 5892 section 2.6: permitted characters that are not letters. */
const PERMITTED_EXCEPTIONS = /^[\u06FD\u06FE\u0F0B\u3007]$/u;

/**
 * Letters and marks that RFC 5892 excludes: fillers and repeat marks (section 2.6), combining and musical notation
 * (section 2.4), conjoining jamo of old Hangul (section 2.9), and invisible characters (section 2.3).
 */
const EXCLUDED = [
  /^[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B]$/u,
  /^[\u{20D0}-\u{20FF}\u{1D100}-\u{1D1FF}\u{1D200}-\u{1D24F}]$/u,
  /^[\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7C6\uD7CB-\uD7FB]$/u,
  /^[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}]$/u,
];

const ARABIC_INDIC_DIGIT = /[\u0660-\u0669]/u;
const EXTENDED_ARABIC_INDIC_DIGIT = /[\u06F0-\u06F9]/u;

type ContextRule = (label: readonly string[], index: number) => boolean;

const followsHebrew: ContextRule = (label, index) => /^\p{Script=Hebrew}$/u.test(label[index - 1] ?? '');

/** Characters allowed only in certain contexts: the CONTEXTO rules, RFC 5892 appendixes A.3 to A.9. */
const CONTEXT_RULES: readonly { readonly characters: RegExp; readonly holds: ContextRule }[] = [
  { characters: /^\u00B7$/u, holds: (label, index) => label[index - 1] === 'l' && label[index + 1] === 'l' },
  {
    characters: /^\u0375$/u,
    holds: (label, index) => /^\p{Script=Greek}$/u.test(label[index + 1] ?? ''),
  },
  { characters: /^[\u05F3\u05F4]$/u, holds: followsHebrew },
  {
    characters: /^\u30FB$/u,
    holds: (label) =>
      label.some((other) => /^[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]$/u.test(other)),
  },
  {
    characters: ARABIC_INDIC_DIGIT,
    holds: (label) => !label.some((other) => EXTENDED_ARABIC_INDIC_DIGIT.test(other)),
  },
  {
    characters: EXTENDED_ARABIC_INDIC_DIGIT,
    holds: (label) => !label.some((other) => ARABIC_INDIC_DIGIT.test(other)),
  },
];

/** Zero-width joiner and non-joiner: their CONTEXTJ rules (RFC 5892 appendixes A.1 and A.2) are those of UTS 46. */
const JOIN_CONTROL = /^\p{Join_Control}$/u;

/**
 * Returns the first character of a mapped label that IDNA2008 does not permit at its place, or null.
 *
 * UTS 46 accepts symbols and emoji; RFC 5892 does not, and a CA may only sign a U-label as defined in RFC 5890. This
 * follows the derivation of RFC 5892 section 3 with the Unicode properties of the running engine, so a newer character
 * is rejected as unassigned. The UTS 46 step, which every label also passes, checks the stability rule (section 2.2),
 * normalisation, bidirectional text and the two joiners. CONTEXTO characters are checked here.
 */
export function findForbiddenCharacter(label: string): string | null {
  const characters = Array.from(label);
  return characters.find((character, index) => !isPermitted(character, characters, index)) ?? null;
}

function isPermitted(character: string, label: readonly string[], index: number): boolean {
  if (LDH.test(character) || PERMITTED_EXCEPTIONS.test(character) || JOIN_CONTROL.test(character))
    return true;
  const rule = CONTEXT_RULES.find(({ characters }) => characters.test(character));
  if (rule !== undefined) return rule.holds(label, index);
  return LETTER_MARK_OR_DIGIT.test(character) && !EXCLUDED.some((excluded) => excluded.test(character));
}
