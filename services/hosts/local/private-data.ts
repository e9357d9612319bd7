import { chmod, lstat, mkdir, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const GROUP_AND_OTHERS = 0o077;

/**
 * Make the data folder and see to it that only this user can read what is in it: requests hold challenge values, and the
 * cohort secret tells which perspectives look. What an earlier version or an operator left open is closed.
 *
 * @throws ConfigurationError when it is not a folder, or cannot be made or closed.
 */
export async function securePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    await close(await realpath(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : String(error);
    throw new ConfigurationError([`MPIC_DATA_DIR: ${path} ${explain(code)}`]);
  }
}

/** Links in the folder are left alone: what they lead to is not below the folder. */
async function close(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  const mode = found.isDirectory() ? FOLDER_MODE : FILE_MODE;
  if ((found.mode & GROUP_AND_OTHERS) !== 0) await chmod(path, mode);
  if (!found.isDirectory()) return;
  for (const name of await readdir(path)) await close(join(path, name));
}

function explain(code: unknown): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'is not a folder; choose another';
    case 'EACCES':
    case 'EPERM':
      return 'cannot be made, or cannot be closed to other users, by this user (permission denied); choose another, or give it to this user with mode 0700';
    case 'EROFS':
      return 'is on a file system that is read-only; choose another';
    case 'ENOSPC':
      return 'cannot be made: no space is left on its file system';
    default:
      return `cannot be used (${code})`;
  }
}
