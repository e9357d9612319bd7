import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFlaw, MAX_JSON_DEPTH } from '../../../services/api/json-flaws.ts';

const nest = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const nestObjects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('findJsonFlaw', () => {
  it.each([
    {
      name: 'the same member twice',
      text: '{"a":1,"a":2}',
      flaw: /"a" stands twice in one object, at character 8/,
    },
    { name: 'the same member twice with the same value', text: '{"a":1,"b":0,"a":1}', flaw: /stands twice/ },
    {
      name: 'a member that is the same once it is unescaped',
      text: '{"a":1,"\\u0061":2}',
      flaw: /"a" stands twice/,
    },
    { name: 'a member twice below others', text: '{"x":[{"y":{"a":1,"a":2}}]}', flaw: /"a" stands twice/ },
    { name: 'an empty name twice', text: '{"":1,"":2}', flaw: /"" stands twice/ },
    { name: 'a name with a quotation mark twice', text: '{"a\\"":1,"a\\"":2}', flaw: /stands twice/ },
    {
      name: 'a member __proto__',
      text: '{"__proto__":{}}',
      flaw: /named "__proto__", at character 2; remove it/,
    },
    { name: 'a member __proto__ in escapes', text: '{"\\u005f_proto__":1}', flaw: /named "__proto__"/ },
    { name: 'a member __proto__ below others', text: '[{"a":{"__proto__":1}}]', flaw: /__proto__/ },
    {
      name: 'one level too many',
      text: nest(MAX_JSON_DEPTH + 1),
      flaw: /deeper than 16 levels, at character 17/,
    },
    { name: 'one object too many', text: nestObjects(MAX_JSON_DEPTH + 1), flaw: /deeper than 16/ },
    { name: 'levels by the ten thousand', text: nest(30_000), flaw: /deeper than 16/ },
    {
      name: 'half of a surrogate pair in a value',
      text: '{"a":"x\\ud800"}',
      flaw: /surrogate pair.*at character 6/,
    },
    { name: 'half of a surrogate pair in a name', text: '{"\\udc00":1}', flaw: /surrogate pair/ },
    { name: 'the halves of a pair the wrong way round', text: '["\\udc00\\ud800"]', flaw: /surrogate pair/ },
    { name: 'a high half before a letter', text: '["\\ud800a"]', flaw: /surrogate pair/ },
    { name: 'a half behind an escaped backslash', text: '["\\\\\\ud800"]', flaw: /surrogate pair/ },
    // RFC 8259 section 6: what a reader cannot hold, each reader makes something else of.
    { name: 'a number that becomes an infinity', text: '[0,1e999]', flaw: /too large.*at character 4/ },
    { name: 'a negative number that becomes an infinity', text: '-1e999', flaw: /too large/ },
    { name: 'an infinity in a member that means nothing here', text: '{"x":1E+999}', flaw: /too large/ },
    { name: 'an infinity in digits', text: '9'.repeat(400), flaw: /too large/ },
    {
      name: 'a fraction that would be rounded away',
      text: '{"perspective_count":3.0000000000000000001}',
      flaw: /fraction would be lost, at character 22 in "perspective_count"; send the integer/,
    },
    {
      name: 'a member twice, the first of them last among thousands',
      text: `{${Array.from({ length: 5000 }, (_, index) => `"${index}":0,`).join('')}"0":0}`,
      flaw: /"0" stands twice/,
    },
    { name: 'a member twice after an object that holds it too', text: '{"a":{"a":1},"a":2}', flaw: /twice/ },
    { name: 'a member twice after an empty list', text: '{"a":[],"a":2}', flaw: /twice/ },
    {
      name: 'a member twice with white space everywhere',
      text: ' {\t"a" :\n1 ,\r\n"a" : 2 } ',
      flaw: /"a" stands twice/,
    },
    { name: 'a fraction below one', text: '[0.99999999999999999999]', flaw: /lost, at character 2 in "0"/ },
    { name: 'a number too large behind one that is not', text: '{"b":1e5,"c":1e999}', flaw: /in "c"/ },
  ])('refuses $name', ({ text, flaw }) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(findJsonFlaw(text)).toMatch(flaw);
  });

  it.each([
    { name: 'one name in two objects', text: '[{"a":1},{"a":2}]' },
    { name: 'one name in an object and in one below it', text: '{"a":{"a":{"a":1}}}' },
    { name: 'a name that is also a value', text: '{"a":"a","b":"a"}' },
    { name: 'names that differ by case', text: '{"a":1,"A":2}' },
    { name: 'names that differ by normalisation', text: '{"\u00e9":1,"e\u0301":2}' },
    { name: 'a value __proto__', text: '{"a":"__proto__"}' },
    { name: 'members that mean nothing here', text: '{"constructor":1,"prototype":2,"toString":3}' },
    { name: 'braces, colons and commas within strings', text: '{"a":"{\\"a\\":1,","b":"}]"}' },
    { name: 'as many levels as there may be', text: nest(MAX_JSON_DEPTH) },
    { name: 'a whole surrogate pair in escapes', text: '["\\ud83d\\ude00"]' },
    { name: 'the character behind the last of the surrogates', text: '["\\ue000"]' },
    { name: 'a string alone', text: '"a"' },
    { name: 'a number alone', text: '1e308' },
    { name: 'a literal alone', text: 'null' },
    { name: 'all literals side by side', text: '[true,false,null,{"true":true,"false":false,"null":null}]' },
    { name: 'an empty object and an empty list', text: '[{},[],{"a":{},"b":[]}]' },
    { name: 'a text like a number, in a string', text: '{"1e999":"1e999"}' },
    { name: 'a text like half a pair, behind an escaped backslash', text: '["\\\\ud800"]' },
    { name: 'a string that ends in an escaped backslash', text: '{"a\\\\":"b\\\\","a":1}' },
    { name: 'a name in a list behind an object', text: '[{"a":1},"a","a"]' },
    { name: '5,000 members', text: JSON.stringify(Object.fromEntries(Array(5000).entries())) },
  ])('takes $name', ({ text }) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(findJsonFlaw(text)).toBeNull();
  });

  it.each([
    { name: 'in an object of the body', text: '{"o":{"a":1,"a":2}}', where: 'at character 13 in "o"' },
    { name: 'in a list', text: '{"l":[0,{"b":[]},{"a":1,"a":2}]}', where: 'at character 25 in "l.2"' },
    {
      name: 'behind a deeper one',
      text: '{"o":{"p":{"q":1}},"r":"\\ud800"}',
      where: 'at character 24 in "r"',
    },
    { name: 'in a list of lists', text: '[[],[[],["\\ud800"]]]', where: 'at character 10 in "1.1.0"' },
    {
      name: 'below a name that would turn the text direction',
      text: '{"\u202e":{"__proto__":1}}',
      where: 'at character 7 in "\\u{202e}"',
    },
    {
      name: 'below a name of many characters',
      text: `{"${'x'.repeat(5000)}":1e999}`,
      where: `at character 5005 in "${'x'.repeat(100)}"…`,
    },
  ])('says where a flaw is that stands $name', ({ text, where }) => {
    expect(findJsonFlaw(text)).toContain(where);
  });

  it.each([
    { name: 'a member of 20,000 control characters twice', member: '\\u0007'.repeat(20_000) },
    { name: 'a member of 20,000 quotation marks twice', member: '\\"'.repeat(20_000) },
  ])('shows no more than the beginning of $name, and none of its control characters', ({ member }) => {
    const flaw = findJsonFlaw(`{"${member}":1,"${member}":2}`) ?? '';
    expect(flaw).toMatch(/stands twice/);
    expect(flaw.length).toBeLessThan(1000);
    expect(flaw).not.toMatch(/\p{Cc}/u);
  });

  const name = fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => text !== '__proto__');

  it('takes whatever JSON.stringify has written of a value of few levels', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'grapheme' }),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('any'), { maxLength: 4 }),
      object: fc.dictionary(name, tie('any'), { maxKeys: 4 }),
    })).any;
    fc.assert(
      fc.property(value, fc.boolean(), (any, indented) => {
        expect(findJsonFlaw(JSON.stringify(any, null, indented ? 2 : 0))).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('refuses an object with a member twice, wherever the two stand', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.nat(),
        (names, which, where) => {
          const repeated = names[which % names.length] ?? '';
          const all = names.toSpliced(where % (names.length + 1), 0, repeated);
          const text = `{${all.map((one) => `${JSON.stringify(one)}:[{"x":1}]`).join(',')}}`;
          expect(findJsonFlaw(text)).toMatch(/stands twice/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
