import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readKeyFile } from '../../../services/hosts/key-file.ts';

describe('readKeyFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mpic-keys-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    { name: 'a file that does not exist', path: 'missing.json', problem: /cannot be read \(ENOENT\)/ },
    { name: 'a folder', path: '.', problem: /cannot be read \(EISDIR\)/ },
    { name: 'a file of more than 1 MiB', path: 'long.json', problem: /longer than 1048576 bytes/ },
  ])('explains $name', ({ path, problem }) => {
    writeFileSync(join(folder, 'long.json'), ' '.repeat(1024 * 1024 + 1));
    expect(readKeyFile(join(folder, path))).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });
});
