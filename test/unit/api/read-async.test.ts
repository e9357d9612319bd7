import { describe, expect, it } from 'vitest';
import { readAsync } from '../../../services/api/read-async.ts';

const read = (query: string, prefer?: string) =>
  readAsync(new Request(`http://api/mpic${query}`, prefer === undefined ? {} : { headers: { prefer } }));

describe('readAsync', () => {
  it.each<{ query: string; prefer?: string; expected: boolean | null }>([
    { query: '', expected: false },
    { query: '?', expected: false },
    { query: '?wait=5', expected: false },
    { query: '?async=true', expected: true },
    { query: '?async=TRUE', expected: true },
    { query: '?async=1', expected: true },
    { query: '?async=yes', expected: true },
    { query: '?async=Yes', expected: true },
    { query: '?async', expected: true },
    { query: '?async=', expected: true },
    { query: '?x=1&async', expected: true },
    { query: '?async=%74rue', expected: true },
    { query: '?async=false', expected: false },
    { query: '?async=False', expected: false },
    { query: '?async=0', expected: false },
    { query: '?async=no', expected: null },
    { query: '?async=on', expected: null },
    { query: '?async=2', expected: null },
    { query: '?async=true%20', expected: null },
    { query: '?async=maybe', expected: null },
    { query: '?async=true&async=1', expected: true },
    { query: '?async=true&async=false', expected: null },
    { query: '?async=false&async=', expected: null },
    { query: '?ASYNC=true', expected: false },
    { query: '', prefer: 'respond-async', expected: true },
    { query: '', prefer: 'wait=5, Respond-Async', expected: true },
    { query: '', prefer: 'respond-asynchronously', expected: false },
    { query: '?async=false', prefer: 'respond-async', expected: false },
    { query: '?async=0', prefer: 'respond-async', expected: false },
    { query: '?async=nonsense', prefer: 'respond-async', expected: null },
  ])('"$query" with the preference $prefer is $expected', ({ query, prefer, expected }) => {
    expect(read(query, prefer)).toBe(expected);
  });
});
