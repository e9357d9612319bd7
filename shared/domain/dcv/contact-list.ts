import type { ContactMethod } from '../check/check.ts';
import {
  type ContactsDetails,
  MAX_CONTACTS,
  MAX_MALFORMED,
  MAX_MALFORMED_TEXT,
  type MalformedContact,
} from '../check/check-result.ts';
import { displayUtf8 } from '../dns/octets.ts';
import { readContact } from './contact.ts';

type ContactLists = Pick<ContactsDetails, 'malformed' | 'valuesTruncated'> & {
  readonly contacts: readonly string[];
};

/**
 * The contacts among published values, and the values that are none.
 *
 * Name servers rotate records, so both lists are sorted and without repetition before they are cut: perspectives that
 * saw the same records report the same contacts.
 *
 * @param values octets of TXT records or CAA property values, one character each.
 */
export function listContacts(method: ContactMethod, values: readonly string[]): ContactLists {
  const contacts = new Set<string>();
  const malformed = new Map<string, MalformedContact>();
  for (const octets of values) {
    const reading = readContact(method, octets);
    if (reading.ok) {
      contacts.add(reading.contact);
      continue;
    }
    const { problem } = reading;
    const value = clip(displayUtf8(octets));
    malformed.set(`${problem} ${value}`, { value, problem });
  }
  return {
    contacts: [...contacts].sort(byOctets).slice(0, MAX_CONTACTS),
    malformed: [...malformed]
      .sort(([one], [other]) => byOctets(one, other))
      .slice(0, MAX_MALFORMED)
      .map(([, value]) => value),
    valuesTruncated: contacts.size > MAX_CONTACTS || malformed.size > MAX_MALFORMED,
  };
}

/** The order of the UTF-8 octets, which does not depend on a language. */
export function byOctets(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one, 'utf8'), Buffer.from(other, 'utf8'));
}

/** At most {@link MAX_MALFORMED_TEXT} UTF-16 units, without half a character at the end. */
function clip(text: string): string {
  return text.length <= MAX_MALFORMED_TEXT
    ? text
    : text.slice(0, MAX_MALFORMED_TEXT).replace(/[\uD800-\uDBFF]$/, '');
}
