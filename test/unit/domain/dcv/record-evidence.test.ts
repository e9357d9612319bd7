import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundEvidence,
  MAX_EVIDENCE_OCTETS,
  recordText,
} from '../../../../shared/domain/dcv/record-evidence.ts';

const HALF = 'x'.repeat(MAX_EVIDENCE_OCTETS / 2);

describe('boundEvidence', () => {
  it.each([
    { name: 'no records', texts: [], deciding: null, seen: [], truncated: false },
    {
      name: 'records that fill the bound exactly',
      texts: [HALF, HALF],
      deciding: null,
      seen: [HALF, HALF],
      truncated: false,
    },
    {
      name: 'records one octet over the bound',
      texts: [HALF, HALF, 'y'],
      deciding: null,
      seen: [HALF, HALF],
      truncated: true,
    },
    {
      name: 'a deciding record after the bound',
      texts: [HALF, HALF, 'y'],
      deciding: 2,
      seen: [HALF, 'y'],
      truncated: true,
    },
    {
      name: 'small records after a large one',
      texts: ['y', HALF + HALF, 'z'],
      deciding: null,
      seen: ['y', 'z'],
      truncated: true,
    },
    { name: 'empty records', texts: ['', ''], deciding: 0, seen: ['', ''], truncated: false },
  ])('handles $name', ({ texts, deciding, seen, truncated }) => {
    expect(boundEvidence(texts, deciding)).toEqual({ recordsSeen: seen, recordsTruncated: truncated });
  });

  it('cuts a single record longer than the bound between two characters', () => {
    const { recordsSeen, recordsTruncated } = boundEvidence([`a${'\ufffd'.repeat(65_535)}`], 0);
    expect(recordsTruncated).toBe(true);
    expect(recordsSeen[0]).toMatch(/^a\ufffd+$/);
    expect(Buffer.byteLength(recordsSeen[0] ?? '')).toBeLessThanOrEqual(MAX_EVIDENCE_OCTETS);
  });

  it.each([
    {
      name: 'fills the bound exactly',
      text: 'x'.repeat(MAX_EVIDENCE_OCTETS + 10),
      seen: 'x'.repeat(MAX_EVIDENCE_OCTETS),
    },
    {
      name: 'keeps a byte order mark',
      text: `\ufeff${'x'.repeat(MAX_EVIDENCE_OCTETS)}`,
      seen: `\ufeff${'x'.repeat(MAX_EVIDENCE_OCTETS - 3)}`,
    },
  ])('$name when it cuts a record', ({ text, seen }) => {
    expect(boundEvidence([text], 0)).toEqual({ recordsSeen: [seen], recordsTruncated: true });
  });

  it('counts control characters by their length in JSON', () => {
    const { recordsSeen, recordsTruncated } = boundEvidence(['\u0001'.repeat(65_535), 'y'], 0);
    expect(recordsTruncated).toBe(true);
    expect(recordsSeen[0]).toBe('\u0001'.repeat(8_192));
    expect(recordsSeen[1]).toBe('y');
  });

  it('never exceeds the bound and always contains the deciding record', () => {
    const texts = fc.array(
      fc
        .tuple(
          fc.string({
            minLength: 1,
            unit: fc.oneof(
              fc.constantFrom('\u0000', '"'),
              fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
            ),
          }),
          fc.nat(40_000),
        )
        .map(([text, times]) => text.repeat(times)),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(texts, fc.nat(5), (all, index) => {
        const deciding = index % all.length;
        const { recordsSeen } = boundEvidence(all, deciding);
        expect(Buffer.byteLength(JSON.stringify(recordsSeen.join(''))) - 2).toBeLessThanOrEqual(
          MAX_EVIDENCE_OCTETS,
        );
        expect(recordsSeen.some((text) => all[deciding]?.startsWith(text))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('recordText', () => {
  it.each([
    { name: 'TXT as text', record: { type: 'TXT', value: '\xc3\xa4' }, text: 'ä' },
    {
      name: 'CAA as the value alone',
      record: { type: 'CAA', caa: { flags: 0, tag: 'x', value: '\xc3\xa4' } },
      text: 'ä',
    },
    {
      name: 'a name with its final dot and case',
      record: { type: 'PTR', value: 'Shop.example.' },
      text: 'Shop.example.',
    },
  ] as const)('shows $name', ({ record, text }) => {
    expect(recordText(record)).toBe(text);
  });
});
