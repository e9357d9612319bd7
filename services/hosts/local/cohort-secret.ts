import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The secret key by which cohorts are selected: the configured one, or the one in the data folder, which is created at
 * the first start so that a target keeps its cohorts after a restart. Without a data folder it lasts as long as the
 * process.
 */
export async function loadCohortSecret(given: string | null, dataDir: string | null): Promise<string> {
  if (given !== null) return given;
  const fresh = randomBytes(32).toString('base64url');
  if (dataDir === null) return fresh;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'cohort-secret');
  try {
    await writeFile(path, fresh, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await readFile(path, 'utf8')).trim();
  }
}
