import { createHash } from 'node:crypto';
import type { CaaReason, DnssecStatus } from '../../domain/check/check.ts';
import {
  type CheckResult,
  checkResultSchema,
  fitCheckResult,
  MAX_RESULT_BYTES,
  parseCheckResult,
} from '../../domain/check/check-result.ts';
import type { ResultKey } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import { CONTRACT_VERSION, isKnownContract, isLaterContract } from './contract.ts';

/** Half a surrogate pair, written out or as an escape: text that readers of JSON disagree about. No writer of ours makes it. */
const HALF_PAIR = /\p{Surrogate}|(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/u;

/** The text to be stored for a result of our own, within the bounds that {@link readStoredResult} keeps. */
export function serialiseResult(result: CheckResult): string {
  return JSON.stringify({ contract: CONTRACT_VERSION, ...fitCheckResult(result) });
}

/** Read what a perspective has stored under its key for `requestId`. Total: any text gives one or the other. */
export function readStoredResult(
  stored: string | undefined,
  requestId: string,
  { perspective, attempt }: ResultKey,
): StoredResult {
  const text = stored ?? '';
  const common = {
    perspective,
    attempt,
    digest: createHash('sha256').update(text, 'utf8').digest('hex'),
    bytes: Buffer.byteLength(text),
  };
  const read = readText(text);
  const { result } = read;
  if (result?.requestId === requestId && result.perspective === perspective && result.attempt === attempt)
    return { status: 'readable', ...common, result };
  const problem = read.problem ?? 'it claims to be the result of another perspective, request or attempt';
  return { status: 'unreadable', ...common, problem };
}

type ReadText =
  | { readonly result: CheckResult; readonly problem?: never }
  | { readonly result?: never; readonly problem: string };

function readText(text: string): ReadText {
  if (text === '') return { problem: 'nothing is stored' };
  if (text.length > MAX_RESULT_BYTES || Buffer.byteLength(text) > MAX_RESULT_BYTES)
    return { problem: `it is longer than ${MAX_RESULT_BYTES} bytes` };
  if (HALF_PAIR.test(text)) return { problem: 'it holds half a surrogate pair' };
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return { problem: 'it is not a JSON object' };
  // Results of the first version have their contract beside them.
  if ('contract' in value && !isKnownContract(value.contract))
    return { problem: 'its contract version is not known here' };
  if ('contract' in value && isLaterContract(value.contract)) readLaterWords(value);
  const parsed = parseCheckResult(value);
  return parsed.ok
    ? { result: parsed.result }
    : { problem: `members are missing or out of bounds: ${parsed.problem}` };
}

/** What later versions may call what they saw, as evidence that no vote rests on, or at least no more than it would without. */
const WORDS: readonly { readonly at: RegExp; readonly readAs: string | undefined }[] = [
  { at: /^details\.reason$/, readAs: 'of-a-later-version' satisfies CaaReason },
  { at: /^(?:details\.dns|adnLookups\.\d+)\.dnssec$/, readAs: 'not validated' satisfies DnssecStatus },
  { at: /^details\.dns\.insecurity$/, readAs: undefined },
  { at: /^details\.lookupFailures\.\d+\.insecurity$/, readAs: undefined },
  { at: /^details\.lookupFailures\.\d+\.security$/, readAs: 'unknown' },
];

/** As many as one result can have, with room for later ones: a perspective may have stored problems by the thousand. */
const MAX_LATER_WORDS = 64;

/**
 * Perspectives are deployed before the home region, and a later version may have a further word for what it saw. Its vote is
 * not lost for that: in `value`, which is changed, words that are not known here become the one that says least.
 */
function readLaterWords(value: object): void {
  const { error } = checkResultSchema.safeParse(value);
  for (const { path } of error?.issues.slice(0, MAX_LATER_WORDS) ?? []) {
    // A word inside an object that can be left out takes the object with it.
    for (const way of [path, path.slice(0, -1)]) {
      const word = WORDS.find(({ at }) => at.test(way.join('.')));
      if (word !== undefined) put(value, way, word.readAs);
    }
  }
}

function put(value: unknown, path: readonly PropertyKey[], replacement: string | undefined): void {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== 'object' || value === null) return;
  if (rest.length > 0) put(Reflect.get(value, key), rest, replacement);
  else if (replacement === undefined) Reflect.deleteProperty(value, key);
  else Reflect.set(value, key, replacement);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
