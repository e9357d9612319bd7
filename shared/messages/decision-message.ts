import * as z from 'zod';
import type { PerspectiveCode } from '../mpic/perspective.ts';
import { CONTRACT_VERSION, readVersionedJson, UnreadableMessageError } from './contract.ts';

/**
 * What the home decision queue carries.
 *
 * - `deadline`: sent before the jobs of an attempt, delivered when its time is over. Its arrival is the deadline: no
 *   clock is compared, so clocks need not agree.
 * - `result-written`: a perspective has stored its result (asynchronous requests, and results after the deadline).
 */
export interface DecisionMessage {
  readonly kind: 'deadline' | 'result-written';
  readonly requestId: string;
  readonly attempt: number;
  readonly asked: readonly PerspectiveCode[];
}

const decisionMessageSchema: z.ZodType<DecisionMessage> = z.object({
  kind: z.enum(['deadline', 'result-written']),
  requestId: z.uuid(),
  attempt: z.int().min(1).max(1000),
  asked: z.array(z.string().min(1).max(63)).max(256),
});

export function serialiseDecisionMessage(message: DecisionMessage): string {
  return JSON.stringify({ contract: CONTRACT_VERSION, ...message });
}

/** The message in a body. Throws {@link UnreadableMessageError} saying which member is wrong. */
export function parseDecisionMessage(body: string): DecisionMessage {
  const parsed = decisionMessageSchema.safeParse(readVersionedJson(body));
  if (!parsed.success)
    throw new UnreadableMessageError(`not a decision message: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
