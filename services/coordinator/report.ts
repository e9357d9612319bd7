import { perspectivesAsked, type RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { readableResults } from '../../shared/domain/mpic/votes.ts';
import type { Log } from '../../shared/ports/log.ts';

/**
 * Logs what an operator needs to know if it happens often: perspectives without a result in time, unreadable results,
 * and perspectives that disagree. Alarms count these lines.
 */
export function reportPublished(log: Log, record: RequestRecord): void {
  const { requestId } = record;
  for (const { attempt, counted, results } of record.verdicts) {
    for (const perspective of perspectivesAsked(record, attempt)) {
      if (!counted.includes(perspective)) log.warn('perspective_silent', { requestId, attempt, perspective });
    }
    for (const vote of results) {
      if (vote.status === 'readable') continue;
      const { perspective, digest, bytes, problem } = vote;
      log.error('result_unreadable', { requestId, attempt, perspective, digest, bytes, problem });
    }
    const seen = readableResults(results).filter(({ completed }) => completed);
    const passed = seen.filter((result) => result.passed).map(({ perspective }) => perspective);
    const failed = seen.filter((result) => !result.passed).map(({ perspective }) => perspective);
    if (passed.length > 0 && failed.length > 0)
      log.warn('perspectives_disagree', { requestId, attempt, passed, failed });
  }
}
