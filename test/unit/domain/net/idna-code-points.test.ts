import { describe, expect, it } from 'vitest';
import { findForbiddenCharacter } from '../../../../shared/domain/net/idna-code-points.ts';

describe('findForbiddenCharacter: characters that depend on their neighbours (RFC 5892 appendix A)', () => {
  it.each<{ name: string; label: string; forbidden: string | null }>([
    { name: 'a middle dot between two l is permitted', label: 'l\u00b7l', forbidden: null },
    { name: 'a middle dot before l alone is not', label: 'a\u00b7l', forbidden: '\u00b7' },
    { name: 'a middle dot after l alone is not', label: 'l\u00b7a', forbidden: '\u00b7' },
    { name: 'a middle dot at the end is not', label: 'l\u00b7', forbidden: '\u00b7' },
    { name: 'a keraia before a Greek letter is permitted', label: '\u0375\u03b1', forbidden: null },
    { name: 'a keraia after a Greek letter is not', label: '\u03b1\u0375', forbidden: '\u0375' },
    { name: 'a geresh after a Hebrew letter is permitted', label: '\u05d0\u05f3', forbidden: null },
    { name: 'a geresh before a Hebrew letter is not', label: '\u05f3\u05d0', forbidden: '\u05f3' },
    { name: 'a gershayim after a Latin letter is not', label: 'a\u05f4', forbidden: '\u05f4' },
    { name: 'a katakana middle dot beside hiragana is permitted', label: '\u30fb\u3042', forbidden: null },
    {
      name: 'a katakana middle dot beside a Han character is permitted',
      label: 'a\u30fb\u4e2d',
      forbidden: null,
    },
    { name: 'a katakana middle dot among Latin letters is not', label: 'a\u30fbb', forbidden: '\u30fb' },
    {
      name: 'Arabic-Indic digits beside letters are permitted',
      label: '\u0645\u0661\u0662',
      forbidden: null,
    },
    {
      name: 'extended Arabic-Indic digits beside letters are permitted',
      label: '\u0645\u06f1\u06f2',
      forbidden: null,
    },
    {
      name: 'an Arabic-Indic digit is not permitted before an extended one',
      label: '\u0645\u0661\u06f2',
      forbidden: '\u0661',
    },
    {
      name: 'an extended Arabic-Indic digit is not permitted before a plain one',
      label: '\u0645\u06f2\u0661',
      forbidden: '\u06f2',
    },
  ])('$name', ({ label, forbidden }) => {
    expect(findForbiddenCharacter(label)).toBe(forbidden);
  });
});
