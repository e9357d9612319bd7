import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULEBOOK, type RuleSection } from '../../../shared/domain/rules/rulebook.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const SECTIONS: Readonly<Record<string, RuleSection>> = RULEBOOK.sections;

/** A section number as the documents write it. */
const NUMBER = String.raw`(?:Appendix [A-Z](?:\.\d+)*|\d+(?:\.\d+)+(?: \(\d\)(?:\(\d\))?)?)`;
const CITATION = new RegExp(
  String.raw`(TLS BR|S\/MIME BR|NCSSR) (${NUMBER}(?: \[[a-z-]+\])?(?:(?:, | and | or )${NUMBER}(?: \[[a-z-]+\])?)*)`,
  'g',
);

interface Cited {
  readonly where: string;
  readonly document: string;
  readonly number: string;
  readonly id: string | null;
}

function listFiles(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name));
}

/** Every section that a text cites; a line break inside a comment is a space. */
function citationsIn(path: string): readonly Cited[] {
  const text = readFileSync(join(ROOT, path), 'utf8').replace(/\n\s*(?:\*|\/\/) ?/g, ' ');
  return [...text.matchAll(CITATION)].flatMap(([, document = '', list = '']) =>
    list.split(/, | and | or /).map((part) => {
      const [, number = part, id = null] = /^(.*?)(?: \[([a-z-]+)\])?$/.exec(part) ?? [];
      return { where: path, document, number, id };
    }),
  );
}

function isRight({ document, number, id }: Cited): boolean {
  if (id === null) return true;
  const section = SECTIONS[id];
  return section?.number === number && RULEBOOK.documents[section.document].short === document;
}

const describeCited = ({ where, document, number, id }: Cited) => `${where}: ${document} ${number} [${id}]`;

const code = ['services', 'shared', 'infra'].flatMap((folder) => listFiles(folder, /\.(?:ts|mjs)$/));
const tests = listFiles('test', /\.ts$/);
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...listFiles('docs', /\.md$/),
];

describe('citations of the Baseline Requirements', () => {
  it('are found where they are', () => {
    expect(code.flatMap(citationsIn).length).toBeGreaterThan(100);
    expect(tests.flatMap(citationsIn).length).toBeGreaterThan(30);
  });

  it.each([
    { where: 'code', files: code },
    { where: 'tests', files: tests },
    { where: 'documents', files: documents },
  ])('in $where have the number that the rulebook has for their id', ({ files }) => {
    const wrong = files.flatMap(citationsIn).filter((cited) => !isRight(cited));
    expect(wrong.map(describeCited)).toEqual([]);
  });

  it('in comments stand beside their id, and in messages are made from it', () => {
    const bare = code.flatMap(citationsIn).filter(({ id }) => id === null);
    expect(bare.map(describeCited)).toEqual([]);
  });

  it('in tests and documents name sections that the rulebook knows', () => {
    const known = new Set(
      Object.values(SECTIONS).map(
        ({ document, number }) => `${RULEBOOK.documents[document].short} ${number}`,
      ),
    );
    const unknown = [...tests, ...documents]
      .flatMap(citationsIn)
      .filter(({ document, number }) => !known.has(`${document} ${number}`));
    expect(unknown.map(describeCited)).toEqual([]);
  });

  it('name no version of a document: the rulebook alone does', () => {
    const versions = Object.values(RULEBOOK.documents).map(({ version }) => version.replaceAll('.', '\\.'));
    const pattern = new RegExp(String.raw`(?<![\d.])v?(?:${versions.join('|')}|2\.2\.\d+)(?![\d.])`);
    const named = code
      .filter((path) => !path.endsWith('rulebook.ts'))
      .flatMap((path) =>
        readFileSync(join(ROOT, path), 'utf8')
          .split('\n')
          .filter((line) => pattern.test(line) && /\bBR\b|[Bb]allot/.test(line))
          .map((line) => `${path}: ${line.trim()}`),
      );
    expect(named).toEqual([]);
  });

  it('do not fall back to "TLS BR section", which no test could compare', () => {
    const loose = code.filter((path) =>
      /TLS BR(?: v[\d.]+)?(?:\s|\*)+sections?\b/.test(readFileSync(join(ROOT, path), 'utf8')),
    );
    expect(loose).toEqual([]);
  });
});
