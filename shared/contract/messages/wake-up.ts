import * as z from 'zod';
import { CONTRACT_VERSION, readVersionedJson, UnreadableMessageError } from './contract.ts';

/**
 * A perspective has stored a result: for asynchronous requests, and for results after the deadline. Perspectives may send
 * anything to the queue of these messages, so that this is all that is understood there, and nothing in it is believed: it says
 * where to look.
 */
export const wakeUpSchema = z
  .object({
    kind: z.literal('result-written'),
    requestId: z.uuid(),
    attempt: z.int().min(1).max(1000),
  })
  .transform(({ kind: _, ...message }) => message);

export type WakeUp = Readonly<z.infer<typeof wakeUpSchema>>;

export function serialiseWakeUp({ requestId, attempt }: WakeUp): string {
  return JSON.stringify({ contract: CONTRACT_VERSION, kind: 'result-written', requestId, attempt });
}

/** The message in a body. Throws {@link UnreadableMessageError} saying which member is wrong. */
export function parseWakeUp(body: string): WakeUp {
  const parsed = wakeUpSchema.safeParse(readVersionedJson(body));
  if (!parsed.success) throw new UnreadableMessageError(`not a wake-up: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
