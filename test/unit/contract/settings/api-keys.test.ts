import { describe, expect, it } from 'vitest';
import { hashKey, parseKeyFile, parseKeyList } from '../../../../shared/contract/settings/api-keys.ts';

const KEY = '0123456789abcdef';
const OTHER = 'fedcba9876543210';
const sha256 = (key: string) => `sha256:${hashKey(key)}`;
const file = (callers: unknown) => JSON.stringify({ callers });

describe('parseKeyList', () => {
  it('takes several keys of one caller, and keeps none of them', () => {
    const parsed = parseKeyList(`ra:${KEY}, ra:${OTHER}`);
    expect(parsed).toEqual({
      ok: true,
      keys: [
        { name: 'ra', sha256: hashKey(KEY) },
        { name: 'ra', sha256: hashKey(OTHER) },
      ],
    });
    expect(JSON.stringify(parsed)).not.toContain(KEY);
  });

  it.each([
    { name: 'an entry without a name', text: KEY, problem: /entry 1/ },
    { name: 'a key of 15 characters', text: `ra:${KEY.slice(1)}`, problem: /entry 1/ },
    { name: 'a key with a space', text: `ra:${KEY} ${KEY}`, problem: /entry 1/ },
    { name: 'a second entry that is empty', text: `ra:${KEY},`, problem: /entry 2/ },
    { name: 'one key of two callers', text: `a:${KEY},b:${KEY}`, problem: /both "a" and "b"/ },
    { name: 'one key twice', text: `a:${KEY},a:${KEY}`, problem: /one key twice for "a"/ },
    { name: 'the name of callers without keys', text: `anonymous:${KEY}`, problem: /anonymous/ },
  ])('rejects $name, and does not repeat the key', ({ text, problem }) => {
    const parsed = parseKeyList(text);
    expect(parsed).toEqual({ ok: false, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(parsed)).not.toContain(KEY.slice(1));
  });
});

describe('parseKeyFile', () => {
  it('reads callers with the hashes of their keys, in any letter case', () => {
    const text = file([
      { name: 'issuance', keys: [sha256(KEY), sha256(OTHER).toUpperCase().replace('SHA256', 'sha256')] },
    ]);
    expect(parseKeyFile(text)).toEqual({
      ok: true,
      keys: [
        { name: 'issuance', sha256: hashKey(KEY) },
        { name: 'issuance', sha256: hashKey(OTHER) },
      ],
    });
  });

  it.each([
    { name: 'what is not JSON', text: 'callers:', problem: /is not JSON/ },
    { name: 'a list', text: '[]', problem: /./ },
    { name: 'no caller', text: file([]), problem: /at least one caller/ },
    {
      name: 'a caller without a key',
      text: file([{ name: 'a', keys: [] }]),
      problem: /callers\.0\.keys: .*at least one key/,
    },
    {
      name: 'a key in clear',
      text: file([{ name: 'a', keys: [KEY] }]),
      problem: /callers\.0\.keys\.0: must be sha256:/,
    },
    {
      name: 'an unknown member',
      text: JSON.stringify({ callers: [{ name: 'a', keys: [sha256(KEY)] }], x: 1 }),
      problem: /x/,
    },
    {
      name: 'a name with a space',
      text: file([{ name: 'a b', keys: [sha256(KEY)] }]),
      problem: /callers\.0\.name/,
    },
    {
      name: 'one key of two callers',
      text: file([
        { name: 'a', keys: [sha256(KEY)] },
        { name: 'b', keys: [sha256(KEY)] },
      ]),
      problem: /both "a" and "b"/,
    },
  ])('rejects $name', ({ text, problem }) => {
    const parsed = parseKeyFile(text);
    expect(parsed).toEqual({ ok: false, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(parsed)).not.toContain(KEY);
  });
});
