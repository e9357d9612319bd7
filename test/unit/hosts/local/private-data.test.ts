import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { securePrivateFolder } from '../../../../services/hosts/local/private-data.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('securePrivateFolder', () => {
  const parent = mkdtempSync(join(tmpdir(), 'mpic-private-'));
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  it('creates a folder that only this user can enter, and the folders above it', async () => {
    const path = join(parent, 'new', 'data');
    await securePrivateFolder(path);
    expect(modeOf(path)).toBe('700');
  });

  it('removes the permissions that an earlier version gave to others, and does not change the content', async () => {
    const path = join(parent, 'open');
    mkdirSync(join(path, 'store'), { recursive: true });
    writeFileSync(join(path, 'store', '000003.log'), 'a challenge value');
    for (const [name, mode] of [
      ['', 0o755],
      ['store', 0o755],
      ['store/000003.log', 0o644],
    ] as const) {
      chmodSync(join(path, name), mode);
    }
    await securePrivateFolder(path);
    expect([path, join(path, 'store'), join(path, 'store', '000003.log')].map(modeOf)).toEqual([
      '700',
      '700',
      '600',
    ]);
    expect(readFileSync(join(path, 'store', '000003.log'), 'utf8')).toBe('a challenge value');
  });

  it('does not follow symbolic links out of the folder', async () => {
    const outside = join(parent, 'outside');
    writeFileSync(outside, 'of somebody else');
    chmodSync(outside, 0o644);
    const path = join(parent, 'linked');
    mkdirSync(path);
    symlinkSync(outside, join(path, 'link'));
    await securePrivateFolder(path);
    expect(modeOf(outside)).toBe('644');
  });

  it('protects the folder that a symbolic link at the path leads to', async () => {
    const behind = join(parent, 'behind');
    mkdirSync(behind);
    writeFileSync(join(behind, 'cohort-secret'), 'a secret');
    chmodSync(behind, 0o755);
    const path = join(parent, 'link-to-folder');
    symlinkSync(behind, path);
    await securePrivateFolder(path);
    expect([behind, join(behind, 'cohort-secret')].map(modeOf)).toEqual(['700', '600']);
  });

  it.each([
    { name: 'a file', path: () => join(parent, 'file') },
    { name: 'a path below a file', path: () => join(parent, 'file', 'data') },
  ])('rejects $name with a message for the operator', async ({ path }) => {
    writeFileSync(join(parent, 'file'), '');
    await expect(securePrivateFolder(path())).rejects.toThrow(
      /MPIC_DATA_DIR: .* is not a folder; choose another/,
    );
  });
});
