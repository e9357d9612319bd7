import { describe, expect, it } from 'vitest';
import {
  type CompiledPattern,
  compilePattern,
  MAX_PATTERN_CHARACTERS,
  MAX_PROGRAM_SIZE,
} from '../../../../../shared/domain/dcv/http/pattern.ts';

function finds(pattern: CompiledPattern, text: string): boolean | string {
  return pattern.ok ? pattern.find(text) : pattern.message;
}

describe('compilePattern: search', () => {
  it.each<{ name: string; pattern: string; text: string; found: boolean }>([
    { name: 'a part', pattern: 'rv-[0-9a-f]{4}', text: '<p>rv-7f3c</p>', found: true },
    { name: 'no match', pattern: 'rv-[0-9a-f]{4}', text: 'rv-7f3', found: false },
    { name: 'no match in an empty text', pattern: 'a', text: '', found: false },
    { name: 'the whole text, anchored', pattern: '^rv-7f$', text: 'rv-7f', found: true },
    { name: 'anchors around a part of the text', pattern: '^rv-7f$', text: 'rv-7f\nx', found: false },
    { name: 'one line of several with the flag m', pattern: '(?m)^rv$', text: 'a\nrv\nb', found: true },
    { name: 'one line of several without the flag m', pattern: '^rv$', text: 'a\nrv\nb', found: false },
    { name: 'a dot at a line end without the flag s', pattern: 'a.b', text: 'a\nb', found: false },
    { name: 'a dot at a line end with the flag s', pattern: '(?s)a.b', text: 'a\nb', found: true },
    {
      name: 'a pattern of exactly the maximum number of instructions',
      // The program has two more instructions: one at each end.
      pattern: 'a'.repeat(MAX_PROGRAM_SIZE - 2),
      text: 'a'.repeat(MAX_PROGRAM_SIZE - 2),
      found: true,
    },
    {
      name: 'a pattern of 512 characters, the maximum',
      pattern: `[${'a'.repeat(MAX_PATTERN_CHARACTERS - 2)}]`,
      text: 'a',
      found: true,
    },
    { name: 'another case', pattern: 'RV', text: 'rv', found: false },
    { name: 'another case with the flag i', pattern: '(?i)RV', text: 'rv', found: true },
    {
      name: 'a group with a Python-style name',
      pattern: '(?P<value>rv)-(?P<rest>.+)',
      text: 'rv-1',
      found: true,
    },
    { name: 'a lazy quantifier', pattern: 'a.*?b', text: 'axxb', found: true },
    { name: 'an alternative', pattern: 'x|rv', text: 'rv', found: true },
    { name: 'non-ASCII text', pattern: '^b.cher$', text: 'bücher', found: true },
    { name: 'a non-BMP character as one character', pattern: '^.$', text: '😀', found: true },
    { name: 'a non-ASCII letter with \\w', pattern: '^\\w$', text: 'ü', found: false },
    { name: 'a word boundary', pattern: '\\brv\\b', text: 'x rv.', found: true },
    { name: 'a hexadecimal escape', pattern: '\\x41', text: 'A', found: true },
  ])('$name: found $found', ({ pattern, text, found }) => {
    expect(finds(compilePattern(pattern), text)).toBe(found);
  });

  it('returns the same result on repeated calls', () => {
    const pattern = compilePattern('a(b|c)+d');
    expect(['abcd', 'x', 'abcd', 'ad'].map((text) => finds(pattern, text))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('compilePattern: unsupported patterns', () => {
  it.each<{ name: string; pattern: string; message: RegExp }>([
    { name: 'lookahead', pattern: 'a(?=b)', message: /at "\(\?=": lookahead and lookbehind/ },
    { name: 'negative lookahead', pattern: '(?!b)', message: /lookahead and lookbehind/ },
    { name: 'lookbehind', pattern: '(?<=a)b', message: /lookahead and lookbehind/ },
    { name: 'negative lookbehind', pattern: '(?<!a)b', message: /lookahead and lookbehind/ },
    { name: 'a backreference', pattern: '(a)\\1', message: /at "\\\\1": backreferences/ },
    { name: 'a named backreference', pattern: '(?P<n>a)(?P=n)', message: /backreferences/ },
    { name: 'another named backreference', pattern: '(?P<n>a)\\k<n>', message: /backreferences/ },
    { name: 'an atomic group', pattern: '(?>a)', message: /atomic and conditional/ },
    { name: 'a conditional group', pattern: '(a)?(?(1)b|c)', message: /atomic and conditional/ },
    { name: 'a comment', pattern: '(?#a)b', message: /comments/ },
    { name: 'the verbose flag', pattern: '(?x)a', message: /group or flag/ },
    { name: 'a possessive quantifier', pattern: 'a++', message: /possessive/ },
    { name: 'a quantifier of a quantifier', pattern: 'a**', message: /possessive and repeated/ },
    { name: 'two counts', pattern: 'a{2}{3}', message: /possessive and repeated/ },
    { name: 'a count above 1000', pattern: 'a{1001}', message: /1000/ },
    { name: 'counts that make more than 1000', pattern: '((a{100}){100}){100}', message: /1000/ },
    { name: 'a count whose lower bound is larger', pattern: 'a{2,1}', message: /lower bound/ },
    { name: 'Python’s end of text', pattern: 'a\\Z', message: /use \$/ },
    { name: 'a JavaScript escape', pattern: '\\u0041', message: /\\x\{…\}/ },
    { name: 'an unknown escape', pattern: '\\q', message: /invalid escape sequence/ },
    { name: 'an open group', pattern: '(?:a', message: /missing closing \)/ },
    { name: 'a closing parenthesis without a group', pattern: 'a)', message: /unexpected \)/ },
    { name: 'an open class', pattern: '[a', message: /missing closing \]/ },
    { name: 'a reversed range', pattern: '[b-a]', message: /range/ },
    { name: 'a quantifier without an operand', pattern: '*a', message: /repetition/ },
    { name: 'a backslash at the end', pattern: 'a\\', message: /backslash/ },
    { name: 'two groups with the same name', pattern: '(?P<n>a)(?P<n>b)', message: /duplicate/ },
    { name: 'an unknown script', pattern: '\\p{Nope}', message: /range/ },
    { name: 'a control character after a syntax error', pattern: '(?=\u{202e}\n[a', message: /lookahead/ },
    {
      name: 'too many characters',
      pattern: 'a'.repeat(MAX_PATTERN_CHARACTERS + 1),
      message: /longer than 512/,
    },
    { name: 'a million characters', pattern: '('.repeat(1_000_000), message: /longer than 512/ },
    { name: 'deep nesting', pattern: `${'('.repeat(250)}a${')'.repeat(250)}`, message: /too large/ },
    {
      name: 'one instruction over the maximum',
      pattern: 'a'.repeat(MAX_PROGRAM_SIZE - 1),
      message: /compiles to 201 instructions, and 200 are allowed/,
    },
    { name: 'a program that is too large', pattern: `[ab]{${MAX_PROGRAM_SIZE}}`, message: /too large/ },
    { name: 'a huge program', pattern: '(?:a?){1000}'.repeat(40), message: /too large/ },
    { name: 'thousands of empty alternatives', pattern: '(|a){1000}'.repeat(50), message: /too large/ },
  ])('rejects $name with the reason', ({ pattern, message }) => {
    const result = compilePattern(pattern);
    expect(result).toEqual({ ok: false, message: expect.stringMatching(message) });
    expect(result.ok || result.message).toMatch(/^match_regex cannot be used: \P{Cc}*[^.]$/u);
  });

  it('accepts patterns that CAs use', () => {
    const line = '^[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{43}$';
    expect(finds(compilePattern(line), `${'a'.repeat(43)}.${'b'.repeat(43)}`)).toBe(true);
    const digest = '(?i)^sha256:[0-9a-f]{64}\\s+ca\\.example\\s*$';
    expect(finds(compilePattern(digest), `SHA256:${'0f'.repeat(32)} ca.example`)).toBe(true);
  });
});

/** Characters in an order without long repetitions, so that no search state occurs twice. */
function disorder(alphabet: string): string {
  let state = 1;
  return Array.from({ length: 64 * 1024 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return alphabet[(state >>> 16) % alphabet.length];
  }).join('');
}

describe('compilePattern: hostile patterns on hostile bodies of 64 KiB', () => {
  /** Never matches, and has no literal that a search could skip to. */
  const never = '[\\x{2500}-\\x{2600}]';
  const pages = [disorder('aaaaaaab'), disorder('abcdefghijklmnop\n ')];

  // A backtracking engine takes exponential time for each of these, or builds millions of states.
  it.each([
    `(?:a?){40}a{40}${never}`,
    `(?:(?:a*)*)*${never}`,
    `(?:a|a|ab?)*${never}`,
    `.*.*.*.*.*.*.*.*${never}`,
    `[ab]*a[ab]{180}${never}`,
    `a(?s:.){190}${never}`,
    `[a-h](?:\\pL|.){45}${never}`,
    `(?:\\b\\w*\\b\\W*){30}${never}`,
    `(?m:(?:^.*$)*){30}${never}`,
    `[ab]*a(?:(?:[a-h]|\\B(?s:.))){26}[ac]${never}`,
  ])('searches %s within the time limit', { timeout: 60_000 }, (text) => {
    const pattern = compilePattern(text);
    const start = performance.now();
    expect(pages.map((page) => finds(pattern, page))).toEqual(pages.map(() => false));
    // Far more than needed, for a loaded machine.
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
