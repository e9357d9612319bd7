import * as z from 'zod';
import { perspectiveRecordSchema, quorumRecordSchema } from '../../../shared/contract/audit/audit-schema.ts';
import { show } from '../ask/show.ts';
import { renderTable } from '../shell/table.ts';

/**
 * What a line about a decision needs; the record has more. Texts are unbounded here and are cut where they are shown: records of
 * every version can be read.
 */
export const shownQuorumSchema = quorumRecordSchema
  .pick({ mpic_id: true, attempt: true, check_type: true, is_valid: true, baseline_satisfied: true })
  .extend({
    time: z.string(),
    mpic_id: z.string(),
    caller: z.string(),
    checked_identifier: z.string(),
    validation_method: z.string().nullable(),
    quorum: z.string(),
    reasons: z.array(z.string()),
  });
export type ShownQuorum = z.infer<typeof shownQuorumSchema>;

export const shownPerspectiveSchema = perspectiveRecordSchema
  .pick({ event: true, attempt: true, check_completed: true, counted: true, role: true })
  .extend({
    time: z.string(),
    perspective: z.string(),
    rir: z.string().nullable(),
    result: z.string(),
    observed_by: z.string().nullable(),
    errors: z.array(z.object({ error_message: z.string() })),
  });
export type ShownPerspective = z.infer<typeof shownPerspectiveSchema>;

/** A decision in one line. */
export function describeDecision(decision: ShownQuorum): string {
  const { time, mpic_id: id, attempt, quorum, is_valid: isValid, baseline_satisfied: satisfied } = decision;
  const what = decision.check_type === 'caa' ? 'CAA' : (decision.validation_method ?? 'validation');
  const verdict = isValid ? 'valid' : 'not valid';
  const evidence = satisfied
    ? 'evidence'
    : `not evidence: ${decision.reasons.join(', ') || 'no reason recorded'}`;
  return [
    `${show(time, 30)}  ${show(id, 40)}/${attempt}`,
    `${show(what, 40)} of ${show(decision.checked_identifier, 253)} for ${show(decision.caller, 64)}`,
    `${verdict} ${show(quorum, 9)}, ${show(evidence, 200)}`,
  ].join('  ');
}

/** What each perspective said in one attempt, and what came late. */
export function renderPerspectives(perspectives: readonly ShownPerspective[]): string {
  const rows = perspectives.map((one) => [
    show(one.perspective, 63),
    show(one.rir ?? one.role, 10),
    one.check_completed ? show(one.result, 20) : 'no result',
    one.event === 'late-result' ? 'late' : one.counted ? 'yes' : 'no',
    show(one.time, 30),
    show(one.errors[0]?.error_message ?? '', 60),
  ]);
  return renderTable(['perspective', 'RIR', 'result', 'counted', 'time', 'error'], [], rows);
}
