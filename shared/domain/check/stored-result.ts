import * as z from 'zod';
import { checkResultSchema } from './check-result.ts';

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
