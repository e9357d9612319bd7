import * as z from 'zod';
import { checkSchema, policySchema } from '../../domain/check/check.ts';
import { CONTRACT_VERSION, readVersionedJson, UnreadableMessageError } from './contract.ts';

/**
 * One check for one perspective. It carries the request and nothing that any perspective has found
 * (TLS BR 3.2.2.9 [mpic]: nothing learned by one perspective may be reused by another).
 */
export const checkJobSchema = z.object({
  requestId: z.uuid(),
  attempt: z.int().min(1).max(1000),
  /** The perspective this job is for; any other refuses it. */
  perspective: z.string().min(1).max(63),
  check: checkSchema,
  policy: policySchema,
  traceIdentifier: z.string().nullable(),
  /** When the attempt ends, Unix milliseconds by the sender's clock; for the record. */
  deadline: z.number(),
  /** How long after sending the job is still worth doing, milliseconds. */
  budgetMs: z.number().min(0),
  /** True when the decision waits for a message about the result (asynchronous requests). */
  notify: z.boolean(),
  /** Of the start of the attempt and of the request, for the result to repeat: it counts for these only. */
  attemptToken: z.string().max(64).nullable().default(null),
  requestDigest: z.string().max(64).nullable().default(null),
});
export interface CheckJob extends Readonly<z.infer<typeof checkJobSchema>> {}

export function serialiseCheckJob(job: CheckJob): string {
  // The version before demands a list of everybody asked, which is nothing that a perspective has to know.
  return JSON.stringify({ contract: CONTRACT_VERSION, ...job, asked: [] });
}

/** The job in a message body. Throws {@link UnreadableMessageError} saying which member is wrong. */
export function parseCheckJob(body: string): CheckJob {
  const parsed = checkJobSchema.safeParse(readVersionedJson(body));
  if (!parsed.success) throw new UnreadableMessageError(`not a check job: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
