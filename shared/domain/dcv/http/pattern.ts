import { RE2JS, RE2JSSyntaxException } from 're2js';
import { quoteInput } from '../../net/quote.ts';

/**
 * Bounds that keep the longest search of a 64 KiB body near one second. Time is linear in the body, with the size of
 * the compiled program as the factor: about 200 instructions cost 1.0 s at worst where 400 cost 1.5 s and 900 cost 2.1
 * s. The length bounds the time to compile (0.4 s at worst).
 */
export const MAX_PATTERN_CHARACTERS = 512;
export const MAX_PROGRAM_SIZE = 200;

export interface Pattern {
  readonly ok: true;
  /** Whether the pattern matches anywhere in `text`. */
  find(text: string): boolean;
}

export type CompiledPattern =
  | Pattern
  /** `message`: what is wrong and what to do, without a final dot. */
  | { readonly ok: false; readonly message: string };

interface Unsupported {
  /** The compiler's description of the error. */
  readonly complaint: string;
  /** Matches the faulty part of the pattern. */
  readonly part: RegExp;
  readonly advice: string;
}

const GROUP = 'invalid or unsupported Perl syntax';
const ESCAPE = 'invalid escape sequence';

/** Features of other engines that this linear-time engine does not support. The first matching row applies. */
const UNSUPPORTED: readonly Unsupported[] = [
  {
    complaint: GROUP,
    part: /^\(\?<?[=!]/,
    advice: 'lookahead and lookbehind are not supported; write the pattern without',
  },
  {
    complaint: 'invalid named capture',
    part: /^\(\?<[=!]/,
    advice: 'lookahead and lookbehind are not supported; write the pattern without',
  },
  {
    complaint: GROUP,
    part: /^\(\?P/,
    advice: 'backreferences are not supported; write the pattern without',
  },
  {
    complaint: ESCAPE,
    part: /^\\[1-9k]/,
    advice: 'backreferences are not supported; write the pattern without',
  },
  {
    complaint: GROUP,
    part: /^\(\?[>(]/,
    advice: 'atomic and conditional groups are not supported; use a plain group',
  },
  { complaint: GROUP, part: /^\(\?#/, advice: 'comments are not supported; remove them' },
  {
    complaint: GROUP,
    part: /^/,
    advice: 'this group or flag is not supported; use (?:…), (?P<name>…) and the flags i, m and s',
  },
  { complaint: ESCAPE, part: /^\\Z/, advice: '\\Z is not supported; use $' },
  {
    complaint: ESCAPE,
    part: /^\\[uUN]/,
    advice: 'this escape is not supported; use \\x{…} with the hexadecimal code point',
  },
  {
    complaint: 'invalid repeat count',
    part: /^/,
    advice:
      'repetitions within each other make 1000 at most, and the lower bound comes first; use smaller counts',
  },
  {
    complaint: 'invalid nested repetition operator',
    part: /^/,
    advice: 'possessive and repeated quantifiers are not supported; use one quantifier',
  },
];

/**
 * Compile the `match_regex` of a request: RE2 syntax, which is most of Python's without features that need more than
 * linear time. It searches like Python's `re.search`, but `\w`, `\d`, `\s` and `\b` are ASCII only.
 */
export function compilePattern(text: string): CompiledPattern {
  if (text.length > MAX_PATTERN_CHARACTERS) {
    return unusable(`it is longer than ${MAX_PATTERN_CHARACTERS} characters; shorten it`);
  }
  const regex = compile(text);
  if (typeof regex === 'string') return unusable(regex);
  if (regex.programSize() > MAX_PROGRAM_SIZE) {
    return unusable(
      `it is too large: it compiles to ${regex.programSize()} instructions, and ${MAX_PROGRAM_SIZE} are allowed; use shorter text and smaller counted repetitions`,
    );
  }
  return { ok: true, find: (page) => regex.test(page) };
}

function compile(text: string): RE2JS | string {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    return error instanceof RE2JSSyntaxException ? adviceFor(error) : 'it cannot be compiled; simplify it';
  }
}

function adviceFor(error: RE2JSSyntaxException): string {
  const complained = error.getDescription();
  const part = error.getPattern() ?? '';
  const known = UNSUPPORTED.find((row) => row.complaint === complained && row.part.test(part));
  const advice = known?.advice ?? `${complained}; correct the syntax (RE2)`;
  return part === '' ? advice : `at ${quoteInput(part)}: ${advice}`;
}

function unusable(what: string): CompiledPattern {
  return { ok: false, message: `match_regex cannot be used: ${what}` };
}
