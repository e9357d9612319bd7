import { describe, expect, it } from 'vitest';
import { cohortSecretAt, cohortSecretSchema } from '../../../../shared/contract/settings/cohort-secret.ts';

const OLD = 'the old one, long enough';
const NEW = 'the new one, long enough';
const CHANGE = '2026-12-02T00:00:00Z';
const plan = (...secrets: readonly object[]) => JSON.stringify({ secrets });
const BOTH = plan({ from: CHANGE, secret: NEW }, { from: '2026-01-01T00:00:00Z', secret: OLD });

describe('The cohort secret', () => {
  it.each([
    { name: 'one holds at any time', text: OLD, at: 0, holds: OLD },
    { name: 'of two the old one, up to the change', text: BOTH, at: Date.parse(CHANGE) - 1, holds: OLD },
    { name: 'of two the new one, from the change on', text: BOTH, at: Date.parse(CHANGE), holds: NEW },
    { name: 'of two the new one, a year later', text: BOTH, at: Date.parse(CHANGE) + 3e10, holds: NEW },
    { name: 'where no moment has come the earliest', text: BOTH, at: 0, holds: OLD },
  ])('$name', ({ text, at, holds }) => {
    expect(cohortSecretSchema.parse(text)).toBe(text);
    expect(cohortSecretAt(text, at)).toBe(holds);
  });

  it.each([
    { name: 'one that is short', text: 'fifteen letters', says: /at least 16 characters/ },
    { name: 'one that is very long', text: 'x'.repeat(257), says: /256/ },
    { name: 'what begins as a list and is no JSON', text: '{"secrets":', says: /expected object/i },
    { name: 'a list of none', text: plan(), says: /secrets/ },
    {
      name: 'a short one in a list',
      text: plan({ from: CHANGE, secret: 'short' }),
      says: /secrets\.0\.secret/,
    },
    {
      name: 'a moment that is none',
      text: plan({ from: 'tomorrow', secret: NEW }),
      says: /secrets\.0\.from/,
    },
    {
      name: 'a moment in local time',
      text: plan({ from: '2026-12-02', secret: NEW }),
      says: /secrets\.0\.from/,
    },
    {
      name: 'a member that nobody knows',
      text: plan({ from: CHANGE, secret: NEW, until: CHANGE }),
      says: /until/,
    },
  ])('is refused, without a word of it: $name', ({ text, says }) => {
    const parsed = cohortSecretSchema.safeParse(text);
    expect(parsed.error?.message).toMatch(says);
    expect(parsed.error?.message).not.toContain(NEW);
  });
});
