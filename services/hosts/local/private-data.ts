import { chmod, lstat, mkdir, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const GROUP_AND_OTHERS = 0o077;

/**
 * Creates the data folder and makes it readable by this user only: requests contain challenge values, and the cohort
 * secret reveals which perspectives check a target. Removes the permissions of other users that an earlier version or
 * an operator left.
 *
 * @throws ConfigurationError if the path is not a folder, or cannot be created or protected.
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

/** Symbolic links are left alone: their targets are not in the folder. */
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
