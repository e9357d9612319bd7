const MAX_QUOTED_CHARACTERS = 100;

/** Characters that could change how a terminal or a log viewer shows the text around them, or not be seen at all. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}"\\]|(?! )\p{Zs}|\p{Default_Ignorable_Code_Point}/gu;

/** Foreign text for use in a message: in double quotes, at most 100 characters of it, unseen characters as `\u{…}`. */
export function quoteInput(text: string): string {
  // Two UTF-16 units at most make one character, so that a huge text is never taken apart.
  const characters = Array.from(text.slice(0, 2 * MAX_QUOTED_CHARACTERS + 2));
  const shown = escapeUnseen(characters.slice(0, MAX_QUOTED_CHARACTERS).join(''));
  return characters.length > MAX_QUOTED_CHARACTERS ? `"${shown}"…` : `"${shown}"`;
}

/** Foreign text, already short, for a message that puts its own quotes around it: unseen characters as `\u{…}`. */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, escapeCharacter);
}

/** `U+002E` style, for a single character in a message. */
export function nameCharacter(character: string): string {
  return `U+${codePointHex(character).toUpperCase().padStart(4, '0')}`;
}

function escapeCharacter(character: string): string {
  return character === '"' || character === '\\' ? `\\${character}` : `\\u{${codePointHex(character)}}`;
}

function codePointHex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
