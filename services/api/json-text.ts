import { nameCharacter } from '../../shared/domain/net/quote.ts';
import { findJsonFlaw } from './json-flaws.ts';

/** `message` tells what is wrong and what to do, without control characters of the text. */
type JsonText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** Of the engine's words. */
const MAX_MESSAGE_CHARACTERS = 200;
const BYTE_ORDER_MARK = '\uFEFF';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Read octets as one JSON text in UTF-8 that all readers read alike, or say what is wrong with them and what to do.
 *
 * A byte order mark is refused: senders must not add one, and readers may take it or not (RFC 8259 section 8.1).
 */
export function parseJsonText(bytes: Uint8Array): JsonText {
  const text = decode(bytes);
  if (text === null)
    return refuse(`the body is not UTF-8 from octet ${findNoUtf8(bytes)} on; encode it again`);
  if (text.startsWith(BYTE_ORDER_MARK)) return refuse('the body begins with a byte order mark; leave it out');
  const parsed = parse(text);
  if (!parsed.ok) return parsed;
  const flaw = findJsonFlaw(text);
  return flaw === null ? parsed : refuse(flaw);
}

function decode(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** The octet, counted from 1, where a decoder has to begin to guess. */
function findNoUtf8(bytes: Uint8Array): number {
  const guessed = Buffer.from(Buffer.from(bytes).toString('utf8'));
  return bytes.findIndex((octet, index) => octet !== guessed[index]) + 1;
}

function parse(text: string): JsonText {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    // The engine quotes the body as it is, with whatever control characters stand in it.
    const message = error instanceof Error ? error.message.replace(/[^ -~]/gu, nameCharacter) : 'no JSON';
    return refuse(`${message.slice(0, MAX_MESSAGE_CHARACTERS)}; send valid JSON`);
  }
}

function refuse(message: string): JsonText {
  return { ok: false, message };
}
