import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TypedItem } from '../../../services/cli/data/item-json.ts';
import { itemFromJson, itemToJson } from '../../../services/cli/data/item-json.ts';

const name = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => text !== '__proto__');
const number = fc.oneof(fc.integer(), fc.double({ noDefaultInfinity: true, noNaN: true })).map(String);
const { attribute } = fc.letrec<{ attribute: AttributeValue }>((tie) => ({
  attribute: fc.oneof(
    { depthSize: 'small' },
    fc.record({ S: fc.string({ unit: 'grapheme' }) }),
    fc.record({ N: number }),
    fc.record({ BOOL: fc.boolean() }),
    fc.record({ NULL: fc.constant(true) }),
    fc.record({ B: fc.uint8Array({ maxLength: 16 }) }),
    fc.record({ SS: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }).map((set) => set.sort()) }),
    fc.record({ NS: fc.uniqueArray(number, { minLength: 1, maxLength: 4 }).map((set) => set.sort()) }),
    fc.record({ L: fc.array(tie('attribute'), { maxLength: 4 }) }),
    fc.record({ M: fc.dictionary(name, tie('attribute'), { maxKeys: 4 }) }),
  ) as fc.Arbitrary<AttributeValue>,
}));
const anyItem: fc.Arbitrary<TypedItem> = fc.dictionary(name, attribute, { maxKeys: 6 });

/** Attributes in the opposite order, at every depth. */
function reversed(item: TypedItem): TypedItem {
  return Object.fromEntries(
    Object.entries(item)
      .reverse()
      .map(([key, value]) => [key, value.M === undefined ? value : { M: reversed(value.M) }]),
  );
}

describe('items as lines', () => {
  it('every item comes back as it was', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(itemFromJson(itemToJson(item))).toEqual(item);
      }),
    );
  });

  it('no item takes more than one line', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(itemToJson(item)).not.toMatch(/\n/);
      }),
    );
  });

  it('equal items give equal lines, whatever the order of their attributes', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(itemToJson(reversed(item))).toBe(itemToJson(item));
      }),
    );
  });

  it('a set has no order', () => {
    expect(itemToJson({ a: { SS: ['y', 'x'] } })).toBe(itemToJson({ a: { SS: ['x', 'y'] } }));
  });

  it.each([
    { name: 'nothing', text: '' },
    { name: 'half a line', text: '{"a":{"S":"x' },
    { name: 'a list', text: '[]' },
    { name: 'null', text: 'null' },
    { name: 'an attribute without a type', text: '{"a":{}}' },
    { name: 'an attribute with two types', text: '{"a":{"S":"1","N":"1"}}' },
    { name: 'a type that does not exist', text: '{"a":{"X":"1"}}' },
    { name: 'plain JSON', text: '{"a":"x"}' },
    { name: 'a number that is a number', text: '{"a":{"N":1}}' },
    { name: 'a number that is none', text: '{"a":{"N":"one"}}' },
    { name: 'a null that is not', text: '{"a":{"NULL":false}}' },
    { name: 'binary that is no base64', text: '{"a":{"B":"?"}}' },
    { name: 'something wrong deep inside', text: '{"a":{"L":[{"M":{"b":{"S":1}}}]}}' },
  ])('$name is no item', ({ text }) => {
    expect(itemFromJson(text)).toBeNull();
  });
});
