import { readFileSync, statSync } from 'node:fs';
import { type ParsedKeys, parseKeyFile } from '../../shared/contract/settings/api-keys.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/** Reads the callers from a file. Reading it again after a change adds and withdraws keys without a restart. */
export function readKeyFile(path: string): ParsedKeys {
  try {
    if (statSync(path).size > MAX_FILE_BYTES)
      return { ok: false, problem: `is longer than ${MAX_FILE_BYTES} bytes` };
    return parseKeyFile(readFileSync(path, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown error';
    return { ok: false, problem: `cannot be read (${code})` };
  }
}
