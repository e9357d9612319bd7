import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cite, citeMpic, rulebookIdentity } from '../../../../shared/domain/rules/citation.ts';
import { RULEBOOK, type SectionId } from '../../../../shared/domain/rules/rulebook.ts';

describe('cite', () => {
  it.each<{ name: string; sections: readonly [SectionId, ...SectionId[]]; expected: string }>([
    { name: 'a section of the TLS BR', sections: ['mpic'], expected: 'TLS BR 3.2.2.9' },
    { name: 'a section of the S/MIME BR', sections: ['smime-caa'], expected: 'S/MIME BR 4.2.2.1' },
    { name: 'a section of the network requirements', sections: ['log-integrity'], expected: 'NCSSR 3.1.2' },
    { name: 'two sections', sections: ['dcv', 'ip'], expected: 'TLS BR 3.2.2.4, 3.2.2.5' },
  ])('cites $name with its document and no version', ({ sections, expected }) => {
    expect(cite(...sections)).toBe(expected);
  });
});

describe('citeMpic', () => {
  it.each([
    { type: 'tls-server', expected: 'TLS BR 3.2.2.9' },
    { type: 's-mime', expected: `${cite('smime-mpic')} with TLS BR 3.2.2.9` },
  ] as const)('cites the corroboration rule for $type', ({ type, expected }) => {
    expect(citeMpic(type)).toBe(expected);
  });
});

/** Replacer of an independent canonical JSON: members sorted by name. */
const inOrder = (_: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;

describe('rulebookIdentity', () => {
  it('has the SHA-256 of the rulebook as JSON with sorted members', () => {
    const text = JSON.stringify(RULEBOOK, inOrder);
    expect(rulebookIdentity().digest).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('has the document versions and the same SHA-256 on each call', () => {
    expect(rulebookIdentity()).toEqual({
      tlsBr: RULEBOOK.documents['tls-br'].version,
      smimeBr: RULEBOOK.documents['smime-br'].version,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(rulebookIdentity()).toEqual(rulebookIdentity());
  });
});

describe('RULEBOOK', () => {
  it('has its dated rules in the order of their dates', () => {
    const days = RULEBOOK.dated.changes.map(({ from }) => from);
    expect(days).toEqual([...days].sort());
  });

  it('writes every date as a UTC day', () => {
    const { dated, methods } = RULEBOOK;
    const days = [
      ...dated.changes.map(({ from }) => from),
      ...Object.values(methods).flatMap(({ endsOn, discouragedFrom }) => [endsOn, discouragedFrom]),
    ].filter((day) => day !== null);
    const rewritten = days.map((day) => new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10));
    expect(rewritten).toEqual(days);
  });
});
