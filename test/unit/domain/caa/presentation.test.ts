import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCaaRecord, formatCaaSet } from '../../../../shared/domain/caa/presentation.ts';
import { MAX_RECORDS_TEXT } from '../../../../shared/domain/check/check-result.ts';

const octets = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });

/** Undo the escapes of a quoted string in a zone file. */
function readBack(text: string): string {
  return text.replace(/\\(\d{3}|[^\d])/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number(code)) : code,
  );
}

describe('formatCaaRecord (RFC 8659 section 4.1.1)', () => {
  it.each([
    { name: 'a plain record', record: [0, 'issue', 'ca.example'], text: '0 issue "ca.example"' },
    { name: 'flags as one number', record: [130, 'tbs', ''], text: '130 tbs ""' },
    { name: 'a tag in its own case', record: [0, 'ISSUE', ';'], text: '0 ISSUE ";"' },
    { name: 'a quote and a backslash escaped', record: [0, 'iodef', 'a"b\\c'], text: '0 iodef "a\\"b\\\\c"' },
    {
      name: 'space and tilde unchanged beside escaped octets',
      record: [0, 'issue', 'a ~\t'],
      text: '0 issue "a ~\\009"',
    },
    { name: 'a tab as three digits', record: [0, 'issue', 'ca\t'], text: '0 issue "ca\\009"' },
    {
      name: 'NUL, DEL and high octets as three digits',
      record: [0, 'issue', '\0\x7f\xff'],
      text: '0 issue "\\000\\127\\255"',
    },
    { name: 'markup unchanged, because it is printable', record: [0, 'issue', '<b>'], text: '0 issue "<b>"' },
    { name: 'an invalid tag with escapes', record: [0, 'a b"\n', 'x'], text: '0 a\\032b\\"\\010 "x"' },
  ] as const)('writes $name', ({ record: [flags, tag, value], text }) => {
    expect(formatCaaRecord({ flags, tag, value })).toBe(text);
  });

  it('returns ASCII text from which the octets can be restored', () => {
    fc.assert(
      fc.property(octets, (value) => {
        const text = formatCaaRecord({ flags: 0, tag: 'issue', value });
        expect(text).toMatch(/^0 issue "[\x20-\x7e]*"$/);
        expect(readBack(text.slice('0 issue "'.length, -1))).toBe(value);
      }),
    );
  });
});

describe('formatCaaSet', () => {
  const record = (value: string) => ({ flags: 0, tag: 'issue', value });

  it('keeps the order received', () => {
    expect(formatCaaSet([record('b'), record('a')])).toEqual({
      texts: ['0 issue "b"', '0 issue "a"'],
      truncated: false,
    });
  });

  it('keeps records that fit exactly', () => {
    expect(formatCaaSet([record('a'), record('b')], 22)).toEqual({
      texts: ['0 issue "a"', '0 issue "b"'],
      truncated: false,
    });
  });

  it('omits a record that does not fit, reports it, and continues', () => {
    expect(formatCaaSet([record('a'.repeat(30)), record('b'), record('c')], 21)).toEqual({
      texts: ['0 issue "b"'],
      truncated: true,
    });
  });

  it('counts the length after escaping', () => {
    expect(formatCaaSet([record('\0\0\0')], 15)).toEqual({ texts: [], truncated: true });
  });

  it('bounds a set of a thousand records', () => {
    const { texts, truncated } = formatCaaSet(Array.from({ length: 1000 }, () => record('a'.repeat(100))));
    expect(truncated).toBe(true);
    expect(texts.join('').length).toBeLessThanOrEqual(MAX_RECORDS_TEXT);
    expect(texts.length).toBe(Math.floor(MAX_RECORDS_TEXT / 110));
  });
});
