import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIssuerDomainName, parseIssueValue } from '../../../../shared/domain/caa/issue-value.ts';

/** The grammar of RFC 8659 section 4.2 as a pattern: slow on bad input, and independent of the parser. */
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const PARAMETER = `${LABEL}[ \\t]*=[ \\t]*[\\x21-\\x3a\\x3c-\\x7e]*`;
const GRAMMAR = new RegExp(
  `^[ \\t]*(?:${LABEL}(?:\\.${LABEL})*[ \\t]*)?` +
    `(?:;[ \\t]*(?:${PARAMETER}(?:[ \\t]*;[ \\t]*${PARAMETER})*[ \\t]*)?)?$`,
);

/** `%x21-3A / %x3C-7E`. */
const PRINTABLE = String.fromCharCode(...Array.from({ length: 0x7f - 0x21 }, (_, at) => 0x21 + at)).replace(
  ';',
  '',
);

/** A string that counts how many of its characters are read or copied. */
class CountingString extends String {
  steps = 0;
  override charCodeAt(at: number): number {
    this.steps++;
    return super.charCodeAt(at);
  }
  override slice(start?: number, end?: number): string {
    const text = super.slice(start, end);
    this.steps += text.length;
    return text;
  }
}

function stepsToParse(text: string): number {
  const counting = new CountingString(text);
  parseIssueValue(counting as unknown as string);
  return counting.steps;
}

const fragment = fc.constantFrom(
  'a',
  'ca',
  '.',
  '-',
  ';',
  '=',
  ' ',
  '\t',
  '_',
  '%',
  '"',
  '\\',
  '\x00',
  '\xff',
  ',',
);
const almostValue = fc.array(fragment, { maxLength: 24 }).map((parts) => parts.join(''));
const octets = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });

describe('parseIssueValue (RFC 8659 section 4.2)', () => {
  it.each([
    { name: 'an empty value names no issuer', value: '', issuer: '', parameters: [] },
    { name: 'spaces alone name no issuer', value: ' \t ', issuer: '', parameters: [] },
    { name: 'a lone semicolon names no issuer', value: ';', issuer: '', parameters: [] },
    { name: 'a semicolon between spaces names no issuer', value: ' ; ', issuer: '', parameters: [] },
    { name: 'accepts an issuer of one label', value: 'ca', issuer: 'ca', parameters: [] },
    { name: 'accepts hyphens inside a label', value: 'a--b.c-d', issuer: 'a--b.c-d', parameters: [] },
    { name: 'keeps letter case', value: 'CA.Example', issuer: 'CA.Example', parameters: [] },
    {
      name: 'accepts a semicolon without a pair after the issuer',
      value: 'ca.example ; ',
      issuer: 'ca.example',
      parameters: [],
    },
    { name: 'accepts a pair without an issuer', value: ';a=b', issuer: '', parameters: [['a', 'b']] },
    {
      name: 'accepts spaces around = and ;',
      value: 'c ;\ta\t=\tb ; d = e ',
      issuer: 'c',
      parameters: [
        ['a', 'b'],
        ['d', 'e'],
      ],
    },
    {
      name: 'accepts an empty value',
      value: 'c;a=;b=',
      issuer: 'c',
      parameters: [
        ['a', ''],
        ['b', ''],
      ],
    },
    {
      name: 'accepts equals signs inside a value',
      value: 'c;a==b=',
      issuer: 'c',
      parameters: [['a', '=b=']],
    },
    {
      name: 'accepts every printable character except the semicolon in a value',
      value: `c;a=${PRINTABLE}`,
      issuer: 'c',
      parameters: [['a', PRINTABLE]],
    },
    {
      name: 'keeps a repeated tag twice',
      value: 'c;a=1;A=2',
      issuer: 'c',
      parameters: [
        ['a', '1'],
        ['A', '2'],
      ],
    },
  ])('$name', ({ value, issuer, parameters }) => {
    expect(parseIssueValue(value)).toEqual({
      issuer,
      parameters: parameters.map(([tag, text]) => ({ tag, value: text })),
    });
  });

  it.each([
    { name: 'a final dot', value: 'ca.example.' },
    { name: 'a leading dot', value: '.ca' },
    { name: 'two dots in a row', value: 'ca..example' },
    { name: 'a hyphen at the start of a label', value: 'ca.-example' },
    { name: 'a hyphen at the end of a label', value: 'ca-.example' },
    { name: 'a hyphen alone', value: '-' },
    { name: 'an underscore', value: 'ca_1.example' },
    { name: 'a letter outside ASCII', value: 'c\xe4.example' },
    { name: 'a NUL octet', value: 'ca.example\0' },
    { name: 'a newline in place of space or tab', value: 'ca.example\n' },
    { name: 'a no-break space', value: '\xa0ca.example' },
    { name: 'a second word', value: 'ca.example other.example' },
    { name: 'a comma between issuers', value: 'ca.example,other.example' },
    { name: 'two semicolons', value: 'ca.example;;' },
    { name: 'an empty pair between two', value: 'ca.example;a=b;;c=d' },
    { name: 'a semicolon after the last pair', value: 'ca.example;a=b;' },
    { name: 'a semicolon and a space after the last pair', value: 'ca.example;a=b; ' },
    { name: 'a tag without =', value: 'ca.example;a' },
    { name: 'a pair without a tag', value: 'ca.example;=b' },
    { name: 'a tag with an underscore', value: 'ca.example;a_b=c' },
    { name: 'a tag that ends with a hyphen', value: 'ca.example;a-=c' },
    { name: 'a second pair without a semicolon before it', value: 'ca.example;a=b cd=e' },
    { name: 'a space inside a value', value: 'ca.example;a=b c' },
    { name: 'a control character inside a value', value: 'ca.example;a=b\x7f' },
    { name: 'an octet above ASCII inside a value', value: 'ca.example;a=\xe4' },
  ])('returns null for a value with $name', ({ value }) => {
    expect(parseIssueValue(value)).toBeNull();
  });

  it('agrees with the grammar on near-valid values', () => {
    fc.assert(
      fc.property(almostValue, (value) => {
        expect(parseIssueValue(value) !== null).toBe(GRAMMAR.test(value));
      }),
      { numRuns: 3000 },
    );
  });

  it('never throws for any octets', () => {
    fc.assert(
      fc.property(octets, (value) => {
        expect(parseIssueValue(value) === null || GRAMMAR.test(value)).toBe(true);
      }),
    );
  });

  it.each([
    { name: 'one very long label', unit: 'a' },
    { name: 'thousands of hyphens', unit: 'a-' },
    { name: 'thousands of labels', unit: 'a.' },
    { name: 'thousands of spaces', unit: ' ' },
    { name: 'thousands of semicolons', unit: ';' },
    { name: 'thousands of pairs', unit: ';a=b' },
    { name: 'thousands of empty pairs', unit: '; a = ' },
    { name: 'thousands of equals signs', unit: ';a=' },
  ])('reads each character of $name a bounded number of times', ({ unit }) => {
    expect(stepsToParse('ca.example')).toBeGreaterThanOrEqual('ca.example'.length);
    for (const length of [64, 4 * 1024, 64 * 1024]) {
      for (const start of ['', 'ca.example', 'ca.example;a=']) {
        const text = (start + unit.repeat(length)).slice(0, length);
        expect(stepsToParse(text)).toBeLessThanOrEqual(4 * length);
        expect(stepsToParse(`${text}\0`)).toBeLessThanOrEqual(4 * (length + 1));
      }
    }
  });
});

describe('isIssuerDomainName', () => {
  it.each([
    ['ca.example', true],
    ['ca', true],
    ['', false],
    [' ca.example', false],
    ['ca.example;', false],
    ['ca.example.', false],
    ['ca_1.example', false],
  ])('for %j returns %s', (name, expected) => {
    expect(isIssuerDomainName(name)).toBe(expected);
  });
});
