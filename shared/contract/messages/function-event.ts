import * as z from 'zod';

/**
 * What a function of this service is told besides its work, by an event of its own. The member `mpic` tells it apart from the
 * events of a gateway or a queue.
 *
 * - `warm`: from the warmers. Hold this environment for `hold_ms` milliseconds, so that the next such event gets another one.
 * - `self-check`: before a roll-out sends traffic to a version. Do real work and say whether it went well.
 */
const functionEventSchema = z.discriminatedUnion('mpic', [
  z.strictObject({ mpic: z.literal('warm'), hold_ms: z.int().min(0).max(2_000) }),
  z.strictObject({ mpic: z.literal('self-check') }),
]);

export type FunctionEvent = z.infer<typeof functionEventSchema>;

/** What a self-check found, in a sentence for the log of the roll-out. */
export const selfCheckSchema = z.object({ ok: z.boolean(), description: z.string().max(2_000) });
export type SelfCheck = z.infer<typeof selfCheckSchema>;

/** The event, or null when it is one of the platform. Throws for one of ours that this version does not know. */
export function parseFunctionEvent(event: unknown): FunctionEvent | null {
  if (typeof event !== 'object' || event === null || !('mpic' in event)) return null;
  const parsed = functionEventSchema.safeParse(event);
  if (!parsed.success)
    throw new Error(`an event of ours that cannot be read: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
