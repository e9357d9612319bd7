import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPackageRelease } from '../../../../../shared/adapters/dns/unbound/package-release.ts';
import { FOUND_UNBOUND } from '../../../../support/unbound-daemon.ts';

const folder = mkdtempSync(join(tmpdir(), 'mpic-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string, mode = 0o644): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('readPackageRelease', () => {
  const manager = (program: string, answer: string | null) => ({ program, ask: () => async () => answer });
  const there = write('manager', '#!/bin/sh\n', 0o755);

  it.each([
    {
      name: 'the file of the image first',
      image: '1.17.1-1.amzn2023.0.15\n',
      answers: ['1.0'],
      release: '1.17.1-1.amzn2023.0.15',
    },
    {
      name: 'the release of the first manager that knows it',
      image: '',
      answers: [null, '', '1.20.0-r1', '9'],
      release: '1.20.0-r1',
    },
    { name: 'no release if no manager knows it', image: '', answers: [null, ''], release: null },
    {
      name: 'no release from an invalid answer',
      image: 'two words',
      answers: ['file is not owned by any package'],
      release: null,
    },
    {
      name: 'no release from an answer that is too long',
      image: 'x'.repeat(200),
      answers: ['1'.repeat(200)],
      release: null,
    },
  ])('reads $name', async ({ image, answers, release }) => {
    const managers = answers.map((answer) => manager(there, answer));
    expect(await readPackageRelease('/usr/sbin/unbound', managers, write('image', image))).toBe(release);
  });

  it('skips a manager that is not installed', async () => {
    const missing = manager(join(folder, 'missing'), '1.0');
    expect(await readPackageRelease('/usr/sbin/unbound', [missing], join(folder, 'none'))).toBeNull();
  });

  it('returns null for a program that no package owns', async () => {
    expect(await readPackageRelease(there)).toBeNull();
  });

  it.skipIf(FOUND_UNBOUND === null)(
    'returns the release of the installed unbound, which contains its version, if a package owns it',
    async () => {
      const release = FOUND_UNBOUND?.release ?? null;
      if (release !== null) expect(release).toContain(FOUND_UNBOUND?.version);
      expect(await readPackageRelease(FOUND_UNBOUND?.binary ?? '')).toBe(release);
    },
  );
});
