import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findUnbound,
  isRecentEnough,
  readVersion,
} from '../../../../../shared/adapters/dns/unbound/find-unbound.ts';

describe('findUnbound', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mpic-find-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** A folder with a program `unbound` that prints `text`. */
  async function program(folder: string, text: string, mode = 0o755): Promise<string> {
    await mkdir(join(root, folder));
    const path = join(root, folder, 'unbound');
    await writeFile(path, `#!/bin/sh\n[ "$1" = -V ] && printf '${text}'\nexit 1\n`);
    await chmod(path, mode);
    return join(root, folder);
  }

  it('returns the first unbound on the PATH that is recent enough', async () => {
    const old = await program('old', 'Version 1.15.0\\n');
    const other = await program('other', 'Usage: something else\\n');
    const forbidden = await program('forbidden', 'Version 1.22.0\\n', 0o644);
    const good = await program('good', 'Version 1.19.2\\n\\nConfigure line: x\\n');
    const better = await program('better', 'Version 2.0.0\\n');
    const path = [join(root, 'none'), old, other, forbidden, good, better].join(delimiter);
    expect(await findUnbound({ PATH: path })).toEqual({
      binary: join(good, 'unbound'),
      version: '1.19.2',
      release: null,
    });
  });

  it('ignores relative folders on the PATH', async () => {
    const before = process.cwd();
    await program('here', 'Version 99.0.0\\n');
    process.chdir(root);
    try {
      expect((await findUnbound({ PATH: `here${delimiter}.${delimiter}` }))?.version).not.toBe('99.0.0');
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    { name: 'a version inside a line', text: 'this is Version 1.22.0\\n' },
    { name: 'a version of two numbers', text: 'Version 1.22\\n' },
    { name: 'empty output', text: '' },
  ])('reads no version from $name', async ({ text }) => {
    expect(await readVersion(join(await program('any', text), 'unbound'))).toBeNull();
  });

  it.each([
    ['1.16.0', true],
    ['1.17.1', true],
    ['2.0.0', true],
    ['1.15.9', false],
    ['0.99.0', false],
  ])('%s is recent enough for extended errors: %s', (version, expected) => {
    expect(isRecentEnough(version)).toBe(expected);
  });
});
