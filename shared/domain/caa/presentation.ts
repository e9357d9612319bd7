import { MAX_RECORDS_TEXT } from '../check/check-result.ts';
import type { CaaRecord } from '../dns/lookup.ts';

/** Printable ASCII without quote and backslash. One repeated class, so the match does not backtrack. */
const PLAIN_VALUE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
const PLAIN_TAG = /^[A-Za-z0-9]*$/;

/** Lower bound: one digit of flags, two separating spaces and two quotes around the value. */
const FRAME_LENGTH = 5;

/**
 * A record in zone file format: `0 issue "ca.example"` (RFC 8659 section 4.1.1, RFC 1035 section 5.1).
 *
 * Quote and backslash are escaped with a backslash, every octet that is not printable ASCII as `\DDD`, so the text is
 * always ASCII and different values have different texts.
 */
export function formatCaaRecord({ flags, tag, value }: CaaRecord): string {
  const tagText = PLAIN_TAG.test(tag) ? tag : escapeOctets(tag, ' ');
  const valueText = PLAIN_VALUE.test(value) ? value : escapeOctets(value, '');
  return `${flags} ${tagText} "${valueText}"`;
}

/** The records of a set as texts, in the order received, as many as fit into {@link MAX_RECORDS_TEXT}. */
export function formatCaaSet(
  records: readonly CaaRecord[],
  maxText = MAX_RECORDS_TEXT,
): { readonly texts: readonly string[]; readonly truncated: boolean } {
  const texts: string[] = [];
  let room = maxText;
  for (const record of records) {
    // Escaping only lengthens, so a record that is already too long is not escaped at all.
    if (record.value.length + record.tag.length + FRAME_LENGTH > room) continue;
    const text = formatCaaRecord(record);
    if (text.length > room) continue;
    room -= text.length;
    texts.push(text);
  }
  return { texts, truncated: texts.length < records.length };
}

function escapeOctets(text: string, alsoEscaped: string): string {
  let escaped = '';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const character = text.charAt(at);
    if (code < 0x20 || code > 0x7e || character === alsoEscaped) {
      escaped += `\\${(code & 0xff).toString().padStart(3, '0')}`;
    } else if (character === '"' || character === '\\') {
      escaped += `\\${character}`;
    } else {
      escaped += character;
    }
  }
  return escaped;
}
