import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ResultKey } from '../ports/request-store.ts';
import {
  type CheckResult,
  checkResultSchema,
  fitCheckResult,
  MAX_RESULT_BYTES,
  parseCheckResult,
} from './check-result.ts';
import { CONTRACT_VERSION, isKnownContract } from './contract.ts';

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
  const parsed = parseCheckResult(value);
  return parsed.ok
    ? { result: parsed.result }
    : { problem: `members are missing or out of bounds: ${parsed.problem}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
