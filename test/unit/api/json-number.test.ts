import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNumberLoss } from '../../../services/api/json-number.ts';

describe('findNumberLoss', () => {
  it.each([
    { name: 'a number beyond the largest', token: '1e999', loss: 'size' },
    { name: 'a number below the smallest', token: '-1e309', loss: 'size' },
    { name: 'the first that is rounded to an infinity', token: '1.7976931348623159e308', loss: 'size' },
    { name: 'an exponent of many digits', token: `1e${'9'.repeat(60_000)}`, loss: 'size' },
    { name: 'digits without end', token: '9'.repeat(60_000), loss: 'size' },
    { name: 'a fraction too small for its integer', token: '3.0000000000000000001', loss: 'fraction' },
    { name: 'a fraction that rounds up to one', token: '0.99999999999999999999', loss: 'fraction' },
    { name: 'a negative one', token: '-2.9999999999999999999', loss: 'fraction' },
    { name: 'a fraction that becomes zero', token: '1e-400', loss: 'fraction' },
    { name: 'a fraction in an exponent', token: '30000000000000000001e-19', loss: 'fraction' },
    { name: 'a fraction behind zeros without end', token: `1.${'0'.repeat(60_000)}1`, loss: 'fraction' },
  ])('$name loses its $loss', ({ token, loss }) => {
    expect(() => JSON.parse(token)).not.toThrow();
    expect(findNumberLoss(token)).toBe(loss);
  });

  it.each([
    '0',
    '-0',
    '0.0',
    '0e5',
    '0e-99999999999',
    '-0.000e+1',
    '1.0',
    '5.000000000000000000000000',
    '1.50e1',
    '150e-1',
    '1E2',
    '1.5',
    '-2.25',
    '0.1',
    '0.10000000000000000555',
    '5e-324',
    '9007199254740991',
    '1.7976931348623157e308',
    `1${'0'.repeat(300)}`,
    // Beyond 53 bits only the last digits go: members that mean something here are bounded by their schema.
    '9007199254740993',
    '1795301230102240123',
  ])('%s keeps what matters', (token) => {
    expect(findNumberLoss(token)).toBeNull();
  });

  it('nothing goes of a number that this language has written', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(findNumberLoss(JSON.stringify(value))).toBeNull();
      }),
    );
  });

  it('a fraction goes from every integer but zero when it is small enough, in whatever form it is written', () => {
    fc.assert(
      fc.property(
        fc.integer().filter((integer) => integer !== 0),
        fc.nat(9),
        fc.integer({ min: 20, max: 300 }),
        (integer, zeros, places) => {
          const fraction = `${'0'.repeat(places)}1${'0'.repeat(zeros)}`;
          expect(findNumberLoss(`${integer}.${fraction}`)).toBe('fraction');
          expect(findNumberLoss(`${integer}${fraction}e-${fraction.length}`)).toBe('fraction');
          expect(findNumberLoss(`${integer}.${'0'.repeat(places)}`)).toBeNull();
        },
      ),
    );
  });
});
