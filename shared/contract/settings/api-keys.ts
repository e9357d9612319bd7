import { createHash } from 'node:crypto';
import * as z from 'zod';
import { issueText } from './issue-text.ts';

/** A key as this service knows it: whose it is, and its SHA-256 in lower-case hexadecimal, never the key itself. */
export interface CallerKey {
  readonly name: string;
  readonly sha256: string;
}

/** The name of callers where no keys are configured; no key may have it. */
export const ANONYMOUS = 'anonymous';

const CALLER_NAME = /^[A-Za-z0-9._-]{1,64}$/;
const KEY = /^\S{16,256}$/;

export function hashKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly CallerKey[] }
  /** One sentence that names callers and never a key. */
  | { readonly ok: false; readonly problem: string };

/** `name:key,name:key`, as MPIC_API_KEYS holds it. A name may appear more than once, each time with another key. */
export function parseKeyList(text: string): ParsedKeys {
  const keys: CallerKey[] = [];
  for (const [index, entry] of text.split(',').entries()) {
    const [, name = '', key = ''] = /^([^:]*):(.*)$/s.exec(entry.trim()) ?? [];
    if (!CALLER_NAME.test(name) || !KEY.test(key)) {
      return {
        ok: false,
        problem: `must be a comma list of name:key, names of letters, digits, ".", "_" and "-", keys of 16 to 256 characters; entry ${index + 1} is not`,
      };
    }
    keys.push({ name, sha256: hashKey(key) });
  }
  return checkKeys(keys);
}

/** The name of a caller, as it appears in the audit trail. */
export const callerName = z
  .string()
  .regex(CALLER_NAME, 'must be 1 to 64 letters, digits, dots, underscores and hyphens');

const keyFileSchema = z.strictObject({
  callers: z
    .array(
      z.strictObject({
        name: callerName,
        keys: z
          .array(
            z
              .string()
              .regex(
                /^sha256:[0-9a-f]{64}$/i,
                'must be sha256: and the 64 hexadecimal digits of the hash of a key',
              ),
          )
          .min(1, 'must have at least one key')
          .max(16, 'must have at most 16 keys'),
      }),
    )
    .min(1, 'must have at least one caller')
    .max(10_000),
});

/** The callers in the text of a file that MPIC_API_KEYS_FILE names. */
export function parseKeyFile(text: string): ParsedKeys {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'is not JSON' };
  }
  const parsed = keyFileSchema.safeParse(content, { error: issueText });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    return { ok: false, problem: `${place}${issue?.message ?? 'is not a list of callers'}` };
  }
  return checkKeys(
    parsed.data.callers.flatMap(({ name, keys }) =>
      keys.map((key) => ({ name, sha256: key.slice('sha256:'.length).toLowerCase() })),
    ),
  );
}

function checkKeys(keys: readonly CallerKey[]): ParsedKeys {
  if (keys.some(({ name }) => name === ANONYMOUS))
    return {
      ok: false,
      problem: `has a caller named "${ANONYMOUS}", the name of callers without keys; choose another`,
    };
  const owners = new Map<string, string>();
  for (const { name, sha256 } of keys) {
    const owner = owners.get(sha256);
    if (owner === name)
      return { ok: false, problem: `has one key twice for "${name}"; remove one of the two` };
    if (owner !== undefined)
      return {
        ok: false,
        problem: `has one key for both "${owner}" and "${name}"; give each caller a key of its own`,
      };
    owners.set(sha256, name);
  }
  return { ok: true, keys };
}
