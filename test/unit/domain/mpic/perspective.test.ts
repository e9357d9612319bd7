import { describe, expect, it } from 'vitest';
import { parseRir, RIRS, type Rir } from '../../../../shared/domain/check/perspective.ts';

describe('parseRir', () => {
  it.each(RIRS)('parses %s in any case and with surrounding spaces', (rir) => {
    expect([rir, rir.toLowerCase(), ` ${rir} `].map(parseRir)).toEqual([rir, rir, rir]);
  });

  it.each<{ text: string; rir: Rir | null }>([
    { text: 'RIPE', rir: 'RIPE NCC' },
    { text: 'ripe_ncc', rir: 'RIPE NCC' },
    { text: 'RIPE-NCC', rir: null },
    { text: 'RIPENCC', rir: null },
    { text: 'RIPE NCC 2', rir: null },
    { text: 'XRIPE', rir: null },
    { text: 'RIPEX', rir: null },
    { text: 'ICANN', rir: null },
    { text: '', rir: null },
  ])('parses "$text" as $rir', ({ text, rir }) => {
    expect(parseRir(text)).toBe(rir);
  });
});
