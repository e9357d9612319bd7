import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { InstalledUnbound } from '../../../contract/settings/unbound-floor.ts';
import { readPackageRelease } from './package-release.ts';

/** The daemon found on this machine; `version` is for example `1.17.1`. */
export interface FoundUnbound extends InstalledUnbound {
  /** Absolute path. */
  readonly binary: string;
}

/** Folders where packages install the daemon, often missing from a user's PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/unbound/sbin', '/opt/homebrew/sbin', '/sbin'];

/** First version with extended errors (RFC 8914), which distinguish bogus from unreachable. */
const OLDEST = [1, 16] as const;
const VERSION_TIMEOUT_MS = 5000;

/** Find the first recent enough unbound on the PATH or in the folders of packages; null if there is none. */
export async function findUnbound(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FoundUnbound | null> {
  const folders = [...(environment.PATH ?? '').split(delimiter), ...MORE_FOLDERS].filter(isAbsolute);
  for (const folder of new Set(folders)) {
    const binary = join(folder, 'unbound');
    const version = await readVersion(binary);
    if (version !== null && isRecentEnough(version))
      return { binary, version, release: await readPackageRelease(binary) };
  }
  return null;
}

/** The version that `unbound -V` prints; null if the file is not an unbound. */
export async function readVersion(binary: string): Promise<string | null> {
  try {
    await access(binary, constants.X_OK);
  } catch {
    return null;
  }
  return new Promise((resolve) => {
    const options = {
      timeout: VERSION_TIMEOUT_MS,
      maxBuffer: 65_536,
      env: {},
      killSignal: 'SIGKILL',
    } as const;
    execFile(binary, ['-V'], options, (_error, output) => {
      resolve(/^Version (\d+\.\d+\.\d+)/m.exec(output)?.[1] ?? null);
    });
  });
}

export function isRecentEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
