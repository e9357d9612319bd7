import { quoteInput } from '../../shared/domain/net/quote.ts';
import { findNumberLoss } from './json-number.ts';

/** The API needs four levels. */
export const MAX_JSON_DEPTH = 16;

/**
 * A name that objects of this language treat as a command. `constructor` and `prototype` are names like any other: they
 * do harm only below `__proto__` or where objects are merged, which nothing here does, and both are legal field names.
 */
const FORBIDDEN_MEMBER = '__proto__';

/** An object or a list that is open. */
interface Level {
  /** Of the members so far; null for a list. */
  readonly names: Set<string> | null;
  /** The member or the item that the scan is in; null before the first member. */
  step: string | number | null;
}

/**
 * What is wrong with a text that `JSON.parse` has taken, where, and what to do; null when nothing is.
 *
 * Two readers of one body must not read two things out of it: a member that stands twice is kept once by most, and not by
 * all the same one (RFC 8259 section 4); half a surrogate pair is no character (section 8.2); a number may be beyond what
 * a reader can hold (section 6). One pass without recursion.
 */
export function findJsonFlaw(text: string): string | null {
  const open: Level[] = [];
  let expectsName = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    switch (character) {
      case '{':
      case '[':
        if (open.length === MAX_JSON_DEPTH) return tooDeep(at, open);
        expectsName = character === '{';
        open.push(expectsName ? { names: new Set(), step: null } : { names: null, step: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        expectsName = false;
        break;
      case ',':
        expectsName = beginNext(open.at(-1));
        break;
      case ':':
        expectsName = false;
        break;
      case '"': {
        const end = endOfString(text, at);
        const token = text.slice(at, end);
        const flaw = expectsName ? findNameFlaw(token, at, open) : findStringFlaw(token, at, open);
        if (flaw !== null) return flaw;
        at = end - 1;
        break;
      }
      default: {
        if (!beginsNumber(character)) break;
        const end = endOfNumber(text, at);
        const flaw = findNumberFlaw(text.slice(at, end), at, open);
        if (flaw !== null) return flaw;
        at = end - 1;
      }
    }
  }
  return null;
}

/** Past a comma; whether a name comes next. */
function beginNext(level: Level | undefined): boolean {
  if (typeof level?.step === 'number') level.step += 1;
  return level?.names instanceof Set;
}

/** The index behind the closing quotation mark of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function beginsNumber(character: string): boolean {
  return character === '-' || (character >= '0' && character <= '9');
}

/** The index behind the number that begins at `start`. */
function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && /[\d.eE+-]/.test(text.charAt(at))) at += 1;
  return at;
}

function findNameFlaw(token: string, at: number, open: readonly Level[]): string | null {
  const level = open.at(-1);
  if (level === undefined || level.names === null) return null;
  const outside = open.slice(0, -1);
  const name = textOf(token);
  if (isBroken(token, name)) return halfPair('the name of a member', at, outside);
  if (name === FORBIDDEN_MEMBER)
    return `no member may be named ${quoteInput(name)}, ${position(at, outside)}; remove it`;
  if (level.names.has(name))
    return `the member ${quoteInput(name)} stands twice in one object, ${position(at, outside)}; send it once`;
  level.names.add(name);
  level.step = name;
  return null;
}

function findStringFlaw(token: string, at: number, open: readonly Level[]): string | null {
  return isBroken(token, textOf(token)) ? halfPair('a string', at, open) : null;
}

function findNumberFlaw(token: string, at: number, open: readonly Level[]): string | null {
  switch (findNumberLoss(token)) {
    case 'size':
      return `a number is too large to be read, ${position(at, open)}; send a smaller one`;
    case 'fraction':
      return `a number is so close to an integer that its fraction would be lost, ${position(at, open)}; send the integer`;
    default:
      return null;
  }
}

function textOf(token: string): string {
  return token.includes('\\') ? JSON.parse(token) : token.slice(1, -1);
}

/** Half a pair can only come from an escape, since UTF-8 has none. */
function isBroken(token: string, value: string): boolean {
  return token.includes('\\') && /\p{Surrogate}/u.test(value);
}

function halfPair(what: string, at: number, open: readonly Level[]): string {
  return `${what} holds half of a surrogate pair, which is no character, ${position(at, open)}; send whole characters`;
}

function tooDeep(at: number, open: readonly Level[]): string {
  return `objects and lists are nested deeper than ${MAX_JSON_DEPTH} levels, ${position(at, open)}; send a flatter body`;
}

/** The character, counted from 1, and the path to the member or item around it, where there is one. */
function position(at: number, open: readonly Level[]): string {
  const steps = open.flatMap(({ step }) => (step === null ? [] : [step]));
  const inside = steps.length === 0 ? '' : ` in ${quoteInput(steps.join('.'))}`;
  return `at character ${at + 1}${inside}`;
}
