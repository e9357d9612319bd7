import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonText } from '../../../services/api/json-text.ts';

const parse = (text: string) => parseJsonText(Buffer.from(text));
const messageOf = (bytes: Uint8Array) => {
  const parsed = parseJsonText(bytes);
  return parsed.ok ? null : parsed.message;
};

describe('parseJsonText', () => {
  it.each([
    { name: 'the first octet is none', octets: [0xff, 0x7b, 0x7d], octet: 1 },
    { name: 'an octet in the midst is none', octets: [0x22, 0xc3, 0xbc, 0x80, 0x22], octet: 4 },
    { name: 'a replacement character came before', octets: [0x22, 0xef, 0xbf, 0xbd, 0xfe, 0x22], octet: 5 },
    { name: 'the last character is cut off', octets: [0x22, 0xe2, 0x82], octet: 2 },
    { name: 'an encoding is longer than it may be', octets: [0xc0, 0xaf], octet: 1 },
    { name: 'half a surrogate pair is encoded', octets: [0x22, 0xed, 0xa0, 0x80, 0x22], octet: 2 },
    { name: 'a character is beyond the last', octets: [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], octet: 2 },
    { name: 'a byte order mark came before', octets: [0xef, 0xbb, 0xbf, 0xff], octet: 4 },
  ])('says at which octet UTF-8 ends when $name', ({ octets, octet }) => {
    expect(messageOf(Uint8Array.from(octets))).toMatch(new RegExp(`not UTF-8 from octet ${octet} on`));
  });

  // RFC 8259 section 8.1: must not be added, may be ignored.
  it('refuses a byte order mark at the start by its name', () => {
    expect(parse('\uFEFF{}')).toEqual({
      ok: false,
      message: 'the body begins with a byte order mark; leave it out',
    });
  });

  it('takes the same character inside a string', () => {
    expect(parse('"\uFEFF"')).toEqual({ ok: true, value: '\uFEFF' });
  });

  it.each([
    { name: 'a bell', text: '\u0007' },
    { name: 'an escape sequence', text: '\u001b[2J' },
    { name: 'NUL', text: '{"a":\0}' },
    { name: 'a control character of the upper set', text: '{"a":\u0085}' },
    { name: 'a turn of the text direction', text: '{"a":\u202e}' },
    { name: 'a line separator', text: '{"a":\u2028}' },
    { name: 'half of a surrogate pair, as the engine cuts it', text: `{"a":${'\u{1f600}'.repeat(50)}` },
    { name: 'a deletion', text: '\u007f'.repeat(300) },
  ])('a message about bad JSON shows no $name', ({ text }) => {
    const parsed = parse(text);
    expect(parsed).toMatchObject({ ok: false, message: expect.stringMatching(/^[ -~]{1,200}$/) });
  });

  const name = fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => text !== '__proto__');
  const anyValue = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 6, depthSize: 'medium' },
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(name, tie('any'), { maxKeys: 4 }),
    ),
  })).any;

  it('gives back whatever value of few levels JSON.stringify has written', () => {
    fc.assert(
      fc.property(anyValue, fc.constantFrom('', ' ', '\n\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const parsed = parse(text);
        expect(parsed.ok).toBe(true);
        expect(parsed.ok && JSON.stringify(parsed.value, null, indent)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  /** A JSON text of the name, each unit of it as it is or as an escape. */
  const written = (text: string, escapes: readonly boolean[]) => {
    const units = text
      .split('')
      .map((unit, index) =>
        escapes[index % escapes.length] === true
          ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
          : JSON.stringify(unit).slice(1, -1),
      );
    return `"${units.join('')}"`;
  };

  it('refuses a member twice at any depth, whatever is in it and in whatever escapes it is written', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii', maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
        anyValue,
        fc.array(fc.boolean(), { maxLength: 8 }),
        (member, escapes, value, around) => {
          const between = JSON.stringify(value);
          const pair = `{${JSON.stringify(member)}:${between},"other name":0,${written(member, escapes)}:1}`;
          const text = around.reduce((inner, isList) => (isList ? `[0,${inner}]` : `{"o":${inner}}`), pair);
          expect(parse(text)).toMatchObject({ ok: false, message: expect.stringContaining('stands twice') });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('answers all octets with a value or a short message, and never throws', () => {
    const pieces = ['{', '}', '[', ']', ':', ',', '"', '\\', '\\u', 'd800', '1e', '999', '-', 'true', '\0'];
    const almostJson = fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.json({ maxDepth: 2 })), { maxLength: 12 })
      .map((parts) => Buffer.from(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), almostJson), (bytes) => {
        const parsed = parseJsonText(bytes);
        if (parsed.ok) expect(() => JSON.parse(Buffer.from(bytes).toString())).not.toThrow();
        else expect(parsed.message).toMatch(/^\P{Cc}{1,2500}$/u);
      }),
      { numRuns: 1000 },
    );
  });

  it('is not slower by the square of what it is sent', () => {
    // 64 KiB of what could be walked again and again; a quadratic walk would take seconds.
    const texts = [
      `{${Array.from({ length: 6000 }, (_, index) => `"${index}":0`).join(',')}}`,
      JSON.stringify(Array(20_000).fill('\\')),
      `"${'\\u0061'.repeat(10_900)}"`,
      `[${'{},'.repeat(21_000)}0]`,
      `1.${'0'.repeat(65_000)}1`,
    ];
    const start = performance.now();
    for (const text of texts) parse(text);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
