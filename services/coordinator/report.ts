import { perspectivesAsked, type RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { readableResults } from '../../shared/domain/mpic/votes.ts';
import type { Log } from '../../shared/ports/log.ts';

/**
 * Log what an operator wants to hear of as soon as it happens often: perspectives that were not heard in time, or whose
 * results could not be read, and perspectives that saw different things. Alarms count these lines.
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
