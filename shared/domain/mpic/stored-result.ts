import { createHash } from 'node:crypto';
import * as z from 'zod';
import { CONTRACT_VERSION, isKnownContract, isLaterContract } from '../../contract/messages/contract.ts';
import type { ResultKey } from '../../ports/request-store.ts';
import type { CaaReason, DnssecStatus } from './check.ts';
import {
  type CheckResult,
  checkResultSchema,
  fitCheckResult,
  MAX_RESULT_BYTES,
  parseCheckResult,
} from './check-result.ts';

const common = {
  perspective: z.string().min(1).max(63),
  attempt: z.int().min(1).max(1_000),
  /** SHA-256 of the text as it was stored, lower-case hexadecimal, and its length in UTF-8. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
};

export const storedResultSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('readable'), ...common, result: checkResultSchema }),
  /** `problem`: why it is not a result, in words of ours. */
  z.object({ status: z.literal('unreadable'), ...common, problem: z.string().max(500) }),
]);

/**
 * What lies under the key of one perspective and attempt. The perspective wrote it and may have written anything; the first
 * write wins, so what cannot be read is that perspective's vote all the same, and the vote is lost.
 */
export type StoredResult = Readonly<z.infer<typeof storedResultSchema>>;
export type ReadableResult = Extract<StoredResult, { readonly status: 'readable' }>;
export type UnreadableResult = Extract<StoredResult, { readonly status: 'unreadable' }>;

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
