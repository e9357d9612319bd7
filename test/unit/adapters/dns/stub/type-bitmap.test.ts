import { encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor, MalformedMessage } from '../../../../../shared/adapters/dns/message/cursor.ts';
import { readMessage } from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { readTypeBitmap } from '../../../../../shared/adapters/dns/message/type-bitmap.ts';

const read = (...octets: readonly number[]) => {
  const cursor = new Cursor(Buffer.from(octets));
  return [...readTypeBitmap(cursor, octets.length)];
};

describe('readTypeBitmap (RFC 4034 section 4.1.2)', () => {
  it.each([
    {
      name: 'the example of RFC 4034 section 4.3, without its unknown type',
      octets: [0, 6, 0x40, 1, 0, 0, 0, 3],
      types: [1, 15, 46, 47],
    },
    { name: 'an empty map, as in NSEC3 for empty non-terminals', octets: [], types: [] },
    { name: 'a window above the first: CAA is 257', octets: [1, 1, 0x40], types: [257] },
    { name: 'the last type, 65535', octets: [255, 32, ...Array<number>(31).fill(0), 1], types: [65_535] },
    { name: 'two windows in order', octets: [0, 1, 0x40, 1, 1, 0x40], types: [1, 257] },
    { name: 'octets without a set bit', octets: [0, 2, 0, 0], types: [] },
  ])('reads $name', ({ octets, types }) => {
    expect(read(...octets)).toEqual(types);
  });

  it.each([
    { name: 'a window without octets', octets: [0, 0] },
    { name: 'a window of 33 octets', octets: [0, 33, ...Array<number>(33).fill(0)] },
    { name: 'a window that exceeds the record', octets: [0, 2, 0x40] },
    { name: 'a duplicate window', octets: [0, 1, 0x40, 0, 1, 0x20] },
    { name: 'windows in decreasing order', octets: [1, 1, 0x40, 0, 1, 0x40] },
    { name: 'half a window', octets: [0, 1, 0x40, 1] },
  ])('rejects $name', ({ octets }) => {
    expect(() => read(...octets)).toThrow(MalformedMessage);
  });

  it.each([
    { name: 'windows in decreasing order', octets: [1, 1, 0x40, 0, 1, 0x40], message: /out of order/ },
    { name: 'a window without octets', octets: [0, 0], message: /a wrong length/ },
  ])('reports the fault for $name', ({ octets, message }) => {
    expect(() => read(...octets)).toThrow(message);
  });

  it('rejects a window that exceeds its record into the next one', () => {
    const cursor = new Cursor(Buffer.from([0, 2, 0x40, 1]));
    expect(() => readTypeBitmap(cursor, 3)).toThrow(/a wrong length/);
  });

  it('reads the output of an independent encoder for any types', () => {
    const known = ['A', 'NS', 'CNAME', 'SOA', 'TXT', 'AAAA', 'DS', 'RRSIG', 'NSEC', 'DNSKEY', 'CAA'] as const;
    const numbers = {
      A: 1,
      NS: 2,
      CNAME: 5,
      SOA: 6,
      TXT: 16,
      AAAA: 28,
      DS: 43,
      RRSIG: 46,
      NSEC: 47,
      DNSKEY: 48,
      CAA: 257,
    };
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...known), { minLength: 1 }), (types) => {
        const bytes = encode({
          type: 'response',
          questions: [{ name: 'a.test', type: 'CAA', class: 'IN' }],
          authorities: [
            { name: 'a.test', type: 'NSEC', ttl: 5, data: { nextDomain: 'b.test', rrtypes: [...types] } },
          ],
        });
        const result = readMessage(bytes);
        if (result.status !== 'ok') throw new Error(result.reason);
        const [view] = result.message.authority.map((record) => record.view);
        const expected = types.map((type) => numbers[type]).toSorted((a, b) => a - b);
        expect(view).toEqual({ kind: 'nsec', types: new Set(expected) });
      }),
      { numRuns: 200 },
    );
  });
});
