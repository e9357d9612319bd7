import { quoteInput } from '../../net/quote.ts';

const MAX_MESSAGE = 240;
const MAX_RECORD = 120;
const MAX_RECORDS = 3;

/** A message of a perspective, which may be compromised: quoted, bounded, escaped. */
export function quoteMessage(message: string): string {
  return quoteInput(message, MAX_MESSAGE);
}

/** A list of texts from the network: the first three, quoted, bounded, escaped. */
export function quoteList(texts: readonly string[]): string {
  if (texts.length === 0) return 'nothing';
  const more = texts.length - MAX_RECORDS;
  const shown = texts.slice(0, MAX_RECORDS).map((text) => quoteInput(text, MAX_RECORD));
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
