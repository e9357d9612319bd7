import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, codeSpans, listDocuments, ROOT, readDocument, withoutFences } from './markdown.ts';

const documents = listDocuments().map((path) => ({ path, text: readDocument(path) }));

/** Targets of links that are neither on the web nor mail. */
function relativeLinks(text: string): string[] {
  const targets = [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function isBroken(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(readDocument(target)).has(anchor);
}

/** Files and folders of this repository that a document names; `*` stands for what is left open. */
function pathsNamed(text: string): string[] {
  return codeSpans(text).filter((code) => /^(?:services|shared|test|infra|docs|\.ci)\/[\w./-]+$/.test(code));
}

describe('documents', () => {
  it('are found', () => {
    expect(documents.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['README.md', 'docs/compliance.md', 'docs/decisions/0003-dns-stub.md']),
    );
  });

  it.each(documents)('$path links to what exists', ({ path, text }) => {
    expect(relativeLinks(text).filter((link) => isBroken(path, link))).toEqual([]);
  });

  it.each(documents)('$path names files that exist', ({ text }) => {
    expect(pathsNamed(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(documents)('$path names npm scripts that exist', ({ text }) => {
    const { scripts } = JSON.parse(readDocument('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/\bnpm (?:run )?(?:--silent )?([a-z]+(?::[a-z]+)?)/g)].map(
      ([, script = '']) => script,
    );
    expect(named.filter((script) => script !== 'ci' && !(script in scripts))).toEqual([]);
  });
});
