import { describe, expect, it } from 'vitest';
import { formatUtc, MAX_TIME_MS } from '../../../../shared/domain/check/time.ts';

describe('formatUtc', () => {
  it.each([
    { unixMs: 0, text: '1970-01-01T00:00:00.000Z' },
    { unixMs: 1_795_301_220_619, text: '2026-11-21T22:47:00.619Z' },
    { unixMs: 1.9, text: '1970-01-01T00:00:00.001Z' },
    { unixMs: MAX_TIME_MS, text: '9999-12-31T23:59:59.999Z' },
    { unixMs: MAX_TIME_MS + 1, text: '9999-12-31T23:59:59.999Z' },
    { unixMs: 1e300, text: '9999-12-31T23:59:59.999Z' },
    { unixMs: Number.POSITIVE_INFINITY, text: '9999-12-31T23:59:59.999Z' },
    { unixMs: -1, text: '1970-01-01T00:00:00.000Z' },
    { unixMs: Number.NaN, text: '1970-01-01T00:00:00.000Z' },
  ])('formats $unixMs as $text', ({ unixMs, text }) => {
    expect(formatUtc(unixMs)).toBe(text);
  });
});
