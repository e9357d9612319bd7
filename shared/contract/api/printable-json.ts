/** All of {@link UNSEEN} stands inside strings: outside of them JSON has white space of ASCII alone. */
const UNSEEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** `value` as a JSON text whose hostile parts cannot command the terminal it is shown on. It reads back as `value`. */
export function toPrintableJson(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

/** The same for a JSON text that somebody else has written. */
export function escapeJson(text: string): string {
  return text.replace(UNSEEN, escapeUnits);
}

/** As in RFC 8259 section 7: by UTF-16 units, two of them for a character beyond the basic plane. */
function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}
