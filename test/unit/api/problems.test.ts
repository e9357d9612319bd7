import { describe, expect, it } from 'vitest';
import { problemResponse } from '../../../services/api/problems.ts';

describe('problemResponse', () => {
  it.each([
    { name: 'a C1 control character', id: '\u009b31m' },
    { name: 'a right-to-left override', id: '\u202eevil' },
    { name: 'an escape character', id: '\u001b[2J' },
    { name: 'a zero-width space', id: 'a\u200bb' },
  ])('escapes $name of an id that the caller chose, and reads back as it', async ({ id }) => {
    const text = await problemResponse('not-found', id).text();
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(text)).toMatchObject({ error: 'not-found', request_id: id });
  });

  it('is kept by no cache', () => {
    expect(problemResponse('overloaded', 'x').headers.get('cache-control')).toBe('no-store');
  });
});
