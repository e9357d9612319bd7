import { describe, expect, it } from 'vitest';
import { findForbiddenCharacter } from '../../../../shared/domain/net/idna-code-points.ts';

describe('findForbiddenCharacter: characters that depend on their neighbours (RFC 5892 appendix A)', () => {
  it.each<{ name: string; label: string; forbidden: string | null }>([
    { name: 'permits a middle dot between two l', label: 'l\u00b7l', forbidden: null },
    { name: 'rejects a middle dot with l only after it', label: 'a\u00b7l', forbidden: '\u00b7' },
    { name: 'rejects a middle dot with l only before it', label: 'l\u00b7a', forbidden: '\u00b7' },
    { name: 'rejects a middle dot at the end', label: 'l\u00b7', forbidden: '\u00b7' },
    { name: 'permits a keraia before a Greek letter', label: '\u0375\u03b1', forbidden: null },
    { name: 'rejects a keraia after a Greek letter', label: '\u03b1\u0375', forbidden: '\u0375' },
    { name: 'permits a geresh after a Hebrew letter', label: '\u05d0\u05f3', forbidden: null },
    { name: 'rejects a geresh before a Hebrew letter', label: '\u05f3\u05d0', forbidden: '\u05f3' },
    { name: 'rejects a gershayim after a Latin letter', label: 'a\u05f4', forbidden: '\u05f4' },
    { name: 'permits a katakana middle dot beside hiragana', label: '\u30fb\u3042', forbidden: null },
    {
      name: 'permits a katakana middle dot beside a Han character',
      label: 'a\u30fb\u4e2d',
      forbidden: null,
    },
    { name: 'rejects a katakana middle dot among Latin letters', label: 'a\u30fbb', forbidden: '\u30fb' },
    {
      name: 'permits Arabic-Indic digits beside letters',
      label: '\u0645\u0661\u0662',
      forbidden: null,
    },
    {
      name: 'permits extended Arabic-Indic digits beside letters',
      label: '\u0645\u06f1\u06f2',
      forbidden: null,
    },
    {
      name: 'rejects an Arabic-Indic digit before an extended one',
      label: '\u0645\u0661\u06f2',
      forbidden: '\u0661',
    },
    {
      name: 'rejects an extended Arabic-Indic digit before a plain one',
      label: '\u0645\u06f2\u0661',
      forbidden: '\u06f2',
    },
  ])('$name', ({ label, forbidden }) => {
    expect(findForbiddenCharacter(label)).toBe(forbidden);
  });
});
