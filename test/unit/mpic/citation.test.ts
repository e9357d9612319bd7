import { describe, expect, it } from 'vitest';
import { cite, rulebookIdentity, toRulebookFields } from '../../../shared/mpic/citation.ts';
import { RULEBOOK } from '../../../shared/mpic/rulebook.ts';

describe('cite', () => {
  it.each([
    { name: 'a section of the TLS BR', text: cite('mpic'), expected: 'TLS BR 3.2.2.9' },
    { name: 'a section of the S/MIME BR', text: cite('smime-caa'), expected: 'S/MIME BR 4.2.2.1' },
    { name: 'a section of the network requirements', text: cite('log-integrity'), expected: 'NCSSR 3.1.2' },
    { name: 'two sections', text: cite('dcv', 'ip'), expected: 'TLS BR 3.2.2.4, 3.2.2.5' },
  ])('names $name with its document and no version', ({ text, expected }) => {
    expect(text).toBe(expected);
  });
});

describe('rulebookIdentity', () => {
  it('has the versions of the documents and a SHA-256 that is the same every time', () => {
    expect(rulebookIdentity()).toEqual({
      tlsBr: RULEBOOK.documents['tls-br'].version,
      smimeBr: RULEBOOK.documents['smime-br'].version,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(rulebookIdentity()).toEqual(rulebookIdentity());
  });

  it('is left out where a stored verdict has none', () => {
    expect(toRulebookFields(null)).toBeNull();
  });
});

describe('RULEBOOK', () => {
  it('has its dated rules in the order of their dates', () => {
    const days = RULEBOOK.dated.changes.map(({ from }) => from);
    expect(days).toEqual([...days].sort());
  });

  it('has every date as a UTC day', () => {
    const { dated, methods } = RULEBOOK;
    const days = [
      ...dated.changes.map(({ from }) => from),
      ...Object.values(methods).flatMap(({ endsOn, discouragedFrom }) => [endsOn, discouragedFrom]),
    ].filter((day) => day !== null);
    const rewritten = days.map((day) => new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10));
    expect(rewritten).toEqual(days);
  });
});
