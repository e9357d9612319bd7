import * as z from 'zod';
import { CONTRACT_VERSION, readVersionedJson, UnreadableMessageError } from './contract.ts';

/** How often one deadline may be sent again because it came too early. */
export const MAX_PUT_OFFS = 3;

export const deadlineSchema = z
  .object({
    kind: z.literal('deadline'),
    requestId: z.uuid(),
    attempt: z.int().min(1).max(1000),
    /** Of the start that it ends; another start of the same attempt has a deadline of its own. Null: of the version before. */
    attemptToken: z.string().max(64).nullable().default(null),
    /** Where results may lie, to be read together with the request. Who was asked is read from the request. */
    asked: z.array(z.string().min(1).max(63)).max(256).readonly(),
    /** How often it came too early and was sent again. */
    putOffs: z.int().min(0).max(MAX_PUT_OFFS).default(0),
  })
  .transform(({ kind: _, ...message }) => message);

/**
 * The end of one start of one attempt. Sent before the jobs, delivered when the time of the attempt is over, over a queue to
 * which no perspective may send.
 */
export type DeadlineMessage = Readonly<z.infer<typeof deadlineSchema>>;

export function serialiseDeadline(message: DeadlineMessage): string {
  return JSON.stringify({ contract: CONTRACT_VERSION, kind: 'deadline', ...message });
}

/** The deadline in a message body. Throws {@link UnreadableMessageError} saying which member is wrong. */
export function parseDeadline(body: string): DeadlineMessage {
  const parsed = deadlineSchema.safeParse(readVersionedJson(body));
  if (!parsed.success) throw new UnreadableMessageError(`not a deadline: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
