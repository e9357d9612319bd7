/** RFC 8259 section 6: integer, fraction and exponent. */
const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Short whole numbers, which are nearly all there are, lose nothing. */
const PLAIN = /^-?\d{1,15}$/;

/**
 * What a JSON number loses when it is read as IEEE 754 binary64 (RFC 8259 section 6), or null.
 *
 * Only what another reader could come to another conclusion from: a value beyond the largest, which becomes an infinity,
 * and a fraction that goes, so that 3.0000000000000000001 would count as 3. The last digits of a long whole number or a
 * long fraction are nobody's but those of members that mean nothing here: counts are bounded to 53 bits by their schema.
 */
export function findNumberLoss(token: string): 'size' | 'fraction' | null {
  if (PLAIN.test(token)) return null;
  const value = Number(token);
  if (!Number.isFinite(value)) return 'size';
  return Number.isSafeInteger(value) && !isWhole(token) ? 'fraction' : null;
}

/** Whether the digits as written stand for an integer: `1.50e1` does, `1.5` and `1e-400` do not. */
function isWhole(token: string): boolean {
  const [, integer = '', fraction = '', exponent = '0'] = NUMBER.exec(token) ?? [];
  const digits = trimZeros(integer + fraction);
  const dropped = integer.length + fraction.length - digits.length;
  return digits === '' || Number(exponent) - fraction.length + dropped >= 0;
}

/** By hand: on a long run of zeros that does not end the text, a pattern with `0+$` takes quadratic time. */
function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
