import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPrintableJson } from '../../../../shared/contract/api/printable-json.ts';

describe('toPrintableJson', () => {
  it.each([
    { name: 'letters of other scripts stay', value: { ü: '例 😀' }, text: '{"ü":"例 😀"}' },
    { name: 'a C0 control is escaped', value: '\u0007', text: '"\\u0007"' },
    { name: 'a deletion is escaped', value: '\u007f', text: '"\\u007f"' },
    { name: 'a C1 control is escaped', value: '\u009b31m', text: '"\\u009b31m"' },
    { name: 'a right-to-left override is escaped', value: '\u202e', text: '"\\u202e"' },
    { name: 'a line separator is escaped', value: '\u2028', text: '"\\u2028"' },
    { name: 'a paragraph separator is escaped', value: '\u2029', text: '"\\u2029"' },
    { name: 'a filler that shows nothing is escaped', value: '\u3164', text: '"\\u3164"' },
    { name: 'a tag is escaped by its two units', value: '\u{e0061}', text: '"\\udb40\\udc61"' },
    { name: 'the name of a member is escaped', value: { '\u202e': [1, null] }, text: '{"\\u202e":[1,null]}' },
    { name: 'a backslash before it stays one', value: '\\\u202e', text: '"\\\\\\u202e"' },
  ])('$name', ({ value, text }) => {
    expect(toPrintableJson(value)).toBe(text);
  });

  it('reads back as what went in', () => {
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
