import { escapeUnseen } from '../../../shared/domain/net/quote.ts';

const MAX_SHOWN_CHARACTERS = 80;

/** Text from the network for a terminal: cut, and without what could command it. */
export function show(text: string, max = MAX_SHOWN_CHARACTERS): string {
  const characters = Array.from(text.slice(0, 2 * max + 2));
  const shown = escapeUnseen(characters.slice(0, max).join(''));
  return characters.length > max ? `${shown}…` : shown;
}
