const MAX_QUOTED_CHARACTERS = 100;

/** Invisible characters, and characters that change how a terminal or log viewer shows the text around them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}"\\]|(?! )\p{Zs}|\p{Default_Ignorable_Code_Point}/gu;

/** Quotes untrusted text for a message: in double quotes, at most `max` characters, invisible characters as `\u{…}`. */
export function quoteInput(text: string, max = MAX_QUOTED_CHARACTERS): string {
  // A character has at most two UTF-16 units, so only the start of a long text needs to be split.
  const characters = Array.from(text.slice(0, 2 * max + 2));
  const shown = escapeUnseen(characters.slice(0, max).join(''));
  return characters.length > max ? `"${shown}"…` : `"${shown}"`;
}

/** Escapes invisible characters as `\u{…}` in short untrusted text, for a message that adds its own quotes. */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, escapeCharacter);
}

/**
 * Replaces what could command a terminal or change how the text around it is shown, as `\u{…}`, in text that has its own
 * quotes; quotes and backslashes stay.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSEEN, (character) =>
    /["\\]/.test(character) ? character : escapeCharacter(character),
  );
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
