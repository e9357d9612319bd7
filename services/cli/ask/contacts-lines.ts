import { coloursFor } from '../../../shared/adapters/system/colours.ts';
import type { ContactsResponse } from '../../../shared/client/index.ts';
import { show } from './show.ts';

const pc = coloursFor(process.stdout);

/** As long as a contact can be. */
const MAX_CONTACT_CHARACTERS = 254;
/** Most lines about contacts that may not be used. */
const MAX_OTHERS = 10;

/** The contacts of an answer: those that may be used, those that may not, and what is not a contact. */
export function describeContacts(contacts: ContactsResponse['contacts']): readonly string[] {
  const { corroborated, not_corroborated: others, malformed, truncated } = contacts;
  return [
    ...corroborated.map(
      ({ contact, quorum }) =>
        `${pc.green('corroborated')}: ${show(contact, MAX_CONTACT_CHARACTERS)} (${show(quorum, 9)})`,
    ),
    ...others
      .slice(0, MAX_OTHERS)
      .map(
        ({ contact, perspectives }) =>
          `${pc.red('not corroborated')}: ${show(contact, MAX_CONTACT_CHARACTERS)}, seen only by ${listCodes(perspectives)}`,
      ),
    ...malformed
      .slice(0, MAX_OTHERS)
      .map(
        ({ value, problem, perspectives }) =>
          `malformed (${problem}): ${show(value)}, seen by ${listCodes(perspectives)}`,
      ),
    ...(truncated || others.length > MAX_OTHERS || malformed.length > MAX_OTHERS
      ? ['there are more values than are shown here']
      : []),
  ];
}

function listCodes(codes: readonly string[]): string {
  return show(codes.join(', '), 200);
}
