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
    { name: 'a number alone', text: '1e999' },
  ])('takes $name', ({ text }) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(findJsonFlaw(text)).toBeNull();
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
