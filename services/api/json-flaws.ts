import { quoteInput } from '../../shared/net/quote.ts';

/** The API needs four levels. */
export const MAX_JSON_DEPTH = 16;

/** A name that objects of this language treat as a command. */
const FORBIDDEN_MEMBER = '__proto__';

/**
 * What is wrong with a text that `JSON.parse` has taken, and what to do; null when nothing is.
 *
 * Two readers of one body must not read two things out of it: a member that stands twice is kept once by most, and not by
 * all the same one (RFC 8259 section 4); half a surrogate pair is no character (section 8.2). One pass without recursion.
 */
export function findJsonFlaw(text: string): string | null {
  /** Member names of the objects that are open; null for a list. */
  const open: (Set<string> | null)[] = [];
  let expectsName = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : null);
        if (open.length > MAX_JSON_DEPTH) return tooDeep(at);
        expectsName = text[at] === '{';
        break;
      case '}':
      case ']':
        open.pop();
        expectsName = false;
        break;
      case ',':
        expectsName = open.at(-1) instanceof Set;
        break;
      case ':':
        expectsName = false;
        break;
      case '"': {
        const end = endOfString(text, at);
        const flaw = findStringFlaw(text.slice(at, end), at, expectsName ? (open.at(-1) ?? null) : null);
        if (flaw !== null) return flaw;
        at = end - 1;
        break;
      }
    }
  }
  return null;
}

/** The index behind the closing quotation mark of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** @param names of the object whose member the string names; null: it is a value. */
function findStringFlaw(token: string, at: number, names: Set<string> | null): string | null {
  const isEscaped = token.includes('\\');
  if (names === null && !isEscaped) return null;
  const value: string = isEscaped ? JSON.parse(token) : token.slice(1, -1);
  if (isEscaped && /\p{Surrogate}/u.test(value)) {
    return `a string holds half of a surrogate pair, which is no character, ${position(at)}; send whole characters`;
  }
  if (names === null) return null;
  if (value === FORBIDDEN_MEMBER)
    return `no member may be named ${quoteInput(value)}, ${position(at)}; remove it`;
  if (names.has(value))
    return `the member ${quoteInput(value)} stands twice in one object, ${position(at)}; send it once`;
  names.add(value);
  return null;
}

function tooDeep(at: number): string {
  return `objects and lists are nested deeper than ${MAX_JSON_DEPTH} levels, ${position(at)}; send a flatter body`;
}

function position(at: number): string {
  return `at character ${at + 1}`;
}
