import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeUnseen, nameCharacter, quoteInput } from '../../../../shared/domain/net/quote.ts';

describe('quoteInput', () => {
  it.each([
    { name: 'plain text is put in quotes', text: 'a b', expected: '"a b"' },
    { name: 'letters of other scripts stay readable', text: 'bücher 例', expected: '"bücher 例"' },
    { name: 'quotes and backslashes are escaped', text: '"\\', expected: '"\\"\\\\"' },
    { name: 'a line feed cannot start a new log line', text: 'a\nb', expected: '"a\\u{a}b"' },
    { name: 'an escape sequence cannot colour a terminal', text: '\u001B[31m', expected: '"\\u{1b}[31m"' },
    { name: 'a C1 control is escaped', text: '\u009B', expected: '"\\u{9b}"' },
    { name: 'a right-to-left override is escaped', text: '\u202E', expected: '"\\u{202e}"' },
    { name: 'a line separator is escaped', text: '\u2028', expected: '"\\u{2028}"' },
    { name: 'a no-break space is escaped', text: '\u00A0', expected: '"\\u{a0}"' },
    { name: 'a filler that shows nothing is escaped', text: '\u3164', expected: '"\\u{3164}"' },
    { name: 'a lone surrogate is escaped', text: '\uD83D', expected: '"\\u{d83d}"' },
    { name: '100 characters are shown', text: 'x'.repeat(100), expected: `"${'x'.repeat(100)}"` },
    { name: 'the 101st is not', text: 'x'.repeat(101), expected: `"${'x'.repeat(100)}"…` },
    { name: 'no character is cut in two', text: '😀'.repeat(101), expected: `"${'😀'.repeat(100)}"…` },
  ])('$name', ({ text, expected }) => {
    expect(quoteInput(text)).toBe(expected);
  });

  it('is short and well-formed for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const quoted = quoteInput(text);
        expect(quoted).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(quoted.length).toBeLessThanOrEqual(100 * '\\u{10ffff}'.length + 3);
      }),
    );
  });
});

describe('escapeUnseen', () => {
  it.each([
    { name: 'leaves what is seen', text: "a 'b' ü", expected: "a 'b' ü" },
    { name: 'escapes a control', text: '\u009b31m', expected: '\\u{9b}31m' },
    { name: 'escapes an override', text: '\u202e', expected: '\\u{202e}' },
    { name: 'cuts nothing', text: 'x'.repeat(200), expected: 'x'.repeat(200) },
  ])('$name', ({ text, expected }) => {
    expect(escapeUnseen(text)).toBe(expected);
  });
});

describe('nameCharacter', () => {
  it.each([
    { character: '_', expected: 'U+005F' },
    { character: '😀', expected: 'U+1F600' },
  ])('writes $character as $expected', ({ character, expected }) => {
    expect(nameCharacter(character)).toBe(expected);
  });
});
