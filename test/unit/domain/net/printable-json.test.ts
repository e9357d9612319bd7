import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPrintableJson } from '../../../../shared/contract/api/printable-json.ts';

describe('toPrintableJson', () => {
  it.each([
    { name: 'keeps letters of other scripts', value: { ü: '例 😀' }, text: '{"ü":"例 😀"}' },
    { name: 'escapes a C0 control', value: '\u0007', text: '"\\u0007"' },
    { name: 'escapes DEL', value: '\u007f', text: '"\\u007f"' },
    { name: 'escapes a C1 control', value: '\u009b31m', text: '"\\u009b31m"' },
    { name: 'escapes a right-to-left override', value: '\u202e', text: '"\\u202e"' },
    { name: 'escapes a line separator', value: '\u2028', text: '"\\u2028"' },
    { name: 'escapes a paragraph separator', value: '\u2029', text: '"\\u2029"' },
    { name: 'escapes an invisible filler', value: '\u3164', text: '"\\u3164"' },
    { name: 'escapes a tag character as two UTF-16 units', value: '\u{e0061}', text: '"\\udb40\\udc61"' },
    { name: 'escapes member names', value: { '\u202e': [1, null] }, text: '{"\\u202e":[1,null]}' },
    { name: 'keeps a backslash before an escaped character', value: '\\\u202e', text: '"\\\\\\u202e"' },
  ])('$name', ({ value, text }) => {
    expect(toPrintableJson(value)).toBe(text);
  });

  it('parses back to the input value', () => {
    const unit = fc.constantFrom('\u202e', '\u009b', '\u2028', '\\', '"', 'a', '\u{e0061}', '\u0000', 'ü');
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit }), fc.array(fc.string({ unit }))), (value) => {
        const text = toPrintableJson(value);
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
      }),
    );
  });
});
