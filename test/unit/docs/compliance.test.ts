import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cite } from '../../../shared/domain/rules/citation.ts';
import { RULEBOOK, type SectionId } from '../../../shared/domain/rules/rulebook.ts';
import { codeSpans, ROOT, readDocument, readSection, tableRows } from './markdown.ts';

const text = readDocument('docs/compliance.md');

interface Row {
  readonly rule: string;
  readonly sections: readonly string[];
  readonly state: string;
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

/** Rows of the tables with these five columns. */
const rows: readonly Row[] = tableRows(text)
  .filter((cells) => cells.length === 5)
  .map(([rule = '', section = '', state = '', file = '', test = '']) => ({
    rule,
    sections: section.split('; '),
    state,
    files: codeSpans(file),
    tests: codeSpans(test),
  }));

const IDS = Object.keys(RULEBOOK.sections) as SectionId[];

/** The section as this page writes it: citation and id. */
const WRITTEN: ReadonlySet<string> = new Set(IDS.map((id) => `${cite(id)} [${id}]`));

const isRfc = (section: string) => /^RFC \d+(?: \d+(?:\.\d+)*)?$/.test(section);

describe('docs/compliance.md', () => {
  it('has its rows where they are looked for', () => {
    expect(rows.length).toBeGreaterThan(90);
  });

  it.each(rows)('"$rule" names sections of the rulebook, an RFC or itself', ({ sections }) => {
    expect(
      sections.filter((section) => !WRITTEN.has(section) && !isRfc(section) && section !== 'ours'),
    ).toEqual([]);
  });

  it.each(rows)('"$rule" has a state, and says what is missing where something is', ({ state }) => {
    expect(state).toMatch(/^(?:yes|part|no|operator|n\/a)(?:[:;,. ]|$)/);
    if (!/^(?:yes|no)/.test(state)) expect(state.length).toBeGreaterThan('operator'.length - 1);
    if (state.startsWith('part')) expect(state).toMatch(/^part: ./);
  });

  it.each(rows.filter(({ state }) => /^(?:yes|part)/.test(state)))(
    '"$rule" leads to files and to tests that exist',
    ({ files, tests }) => {
      expect(files.length).toBeGreaterThan(0);
      expect(tests.length).toBeGreaterThan(0);
      expect([...files, ...tests].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
      expect(files.filter((path) => !/^(?:shared|services|infra)\//.test(path))).toEqual([]);
      expect(tests.filter((path) => !/\.test\.ts$|^test\/(?:contract|flow)\/[\w-]+\.ts$/.test(path))).toEqual(
        [],
      );
    },
  );

  it.each(IDS)('has a row for the section [%s] of the rulebook', (id) => {
    const written = `${cite(id)} [${id}]`;
    expect(text).toContain(written);
  });

  it('has every dated rule of the rulebook and no other', () => {
    const dates = tableRows(readSection(text, '## Dates')).map(([from, section, change]) => ({
      from,
      section,
      change,
    }));
    expect(dates).toEqual(
      RULEBOOK.dated.changes.map(({ from, section, text: change }) => ({
        from,
        section: `${cite(section)} [${section}]`,
        change,
      })),
    );
  });
});
