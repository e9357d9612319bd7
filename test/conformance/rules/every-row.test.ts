import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The families of worked examples and how many each has: sections (SM), dates (DT), labels of CAA (LB, LV), the
 * Authorization Domain Name (AD, AE), ages and redirects (RA), DNSSEC (DX), S/MIME (SI), logs (LG), top-level domains and
 * use (TU, UE), the Open MPIC API (OM).
 */
const FAMILIES = {
  SM: 9,
  DT: 19,
  LB: 6,
  LV: 8,
  AD: 5,
  AE: 10,
  RA: 15,
  DX: 10,
  SI: 5,
  LG: 5,
  TU: 4,
  UE: 7,
  OM: 4,
} as const;

const ROWS = Object.entries(FAMILIES).flatMap(([family, count]) =>
  Array.from({ length: count }, (_, index) => `${family}-${String(index + 1).padStart(2, '0')}`),
);

const OWN = 'every-row.test.ts';

/** Ids at the start of test names (of `it`, `it.each`, and rows with a `name`), or at the end of a zone's rule. */
function idsIn(text: string): readonly string[] {
  const titles = text.matchAll(/(?:name: |\bit\(|\bit\.each\([^)]*\)\()\s*['"`]([A-Z]{2}-\d\d)\b/g);
  const rules = text.matchAll(/^ *'RFC \d+ section [\d.]+ \(([A-Z]{2}-\d\d)\)',$/gm);
  return [...titles, ...rules].map(([, id = '']) => id);
}

const TESTS = join(import.meta.dirname, '..', '..');
const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith(OWN))
  .map((name) => ({ name, text: readFileSync(join(TESTS, name), 'utf8') }));
const found = new Set(files.flatMap(({ text }) => idsIn(text)));

describe('worked examples of the rules', () => {
  it.each([
    { text: "it('UE-01 a validation')", ids: ['UE-01'] },
    { text: "{ name: 'LV-08 a space', x: 1 }", ids: ['LV-08'] },
    { text: "{\n  name:\n    'LV-08 a space' }", ids: [] },
    { text: "it.each(POLICIES)('DX-05 bogus, %s')", ids: ['DX-05'] },
    { text: "    'RFC 9824 section 3.1 (DX-09)',", ids: ['DX-09'] },
    { text: "// UE-01 is a comment\nconst id = 'UE-01';", ids: [] },
  ])('are found in source text: $text', ({ text, ids }) => {
    expect(idsIn(text)).toEqual(ids);
  });

  it('each have a named test', () => {
    expect(ROWS.filter((id) => !found.has(id))).toEqual([]);
  });

  it('are all numbered: no test has an unknown id', () => {
    expect([...found].filter((id) => !ROWS.includes(id))).toEqual([]);
  });
});
