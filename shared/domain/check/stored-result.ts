import * as z from 'zod';
import { checkResultSchema } from './check-result.ts';

const common = {
  perspective: z.string().min(1).max(63),
  attempt: z.int().min(1).max(1_000),
  /** SHA-256 of the stored text, lower-case hexadecimal, and the length of the text in UTF-8 bytes. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
};

export const storedResultSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('readable'), ...common, result: checkResultSchema }),
  /** `problem`: why the text is not a result. It quotes nothing from the text. */
  z.object({ status: z.literal('unreadable'), ...common, problem: z.string().max(500) }),
]);

/**
 * What is stored under the key of one perspective and attempt. The perspective may have written anything. The first
 * write wins, so an unreadable text is still that perspective's vote, and counts as a failed check.
 */
export type StoredResult = Readonly<z.infer<typeof storedResultSchema>>;
export type ReadableResult = Extract<StoredResult, { readonly status: 'readable' }>;
export type UnreadableResult = Extract<StoredResult, { readonly status: 'unreadable' }>;
