import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeUnseen, nameCharacter, quoteInput } from '../../../../shared/domain/net/quote.ts';

describe('quoteInput', () => {
  it.each([
    { name: 'quotes plain text', text: 'a b', expected: '"a b"' },
    { name: 'keeps letters of other scripts', text: 'bücher 例', expected: '"bücher 例"' },
    { name: 'escapes quotes and backslashes', text: '"\\', expected: '"\\"\\\\"' },
    { name: 'escapes a line feed, which would start a new log line', text: 'a\nb', expected: '"a\\u{a}b"' },
    { name: 'escapes a terminal escape sequence', text: '\u001B[31m', expected: '"\\u{1b}[31m"' },
    { name: 'escapes a C1 control', text: '\u009B', expected: '"\\u{9b}"' },
    { name: 'escapes a right-to-left override', text: '\u202E', expected: '"\\u{202e}"' },
    { name: 'escapes a line separator', text: '\u2028', expected: '"\\u{2028}"' },
    { name: 'escapes a no-break space', text: '\u00A0', expected: '"\\u{a0}"' },
    { name: 'escapes an invisible filler', text: '\u3164', expected: '"\\u{3164}"' },
    { name: 'escapes a lone surrogate', text: '\uD83D', expected: '"\\u{d83d}"' },
    { name: 'shows 100 characters', text: 'x'.repeat(100), expected: `"${'x'.repeat(100)}"` },
    { name: 'does not show the 101st character', text: 'x'.repeat(101), expected: `"${'x'.repeat(100)}"…` },
    { name: 'cuts no surrogate pair', text: '😀'.repeat(101), expected: `"${'😀'.repeat(100)}"…` },
  ])('$name', ({ text, expected }) => {
    expect(quoteInput(text)).toBe(expected);
  });

  it('returns short and well-formed text for any input', () => {
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
    { name: 'keeps visible characters', text: "a 'b' ü", expected: "a 'b' ü" },
    { name: 'escapes a control', text: '\u009b31m', expected: '\\u{9b}31m' },
    { name: 'escapes an override', text: '\u202e', expected: '\\u{202e}' },
    { name: 'does not shorten text', text: 'x'.repeat(200), expected: 'x'.repeat(200) },
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
