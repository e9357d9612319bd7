import type { CheckResult } from '../../shared/mpic/check.ts';
import { perspectivesAsked, type RequestRecord } from '../../shared/mpic/lifecycle.ts';
import type { Log } from '../../shared/ports/log.ts';

/**
 * Log what an operator wants to hear of as soon as it happens often: perspectives that were not heard in time, and perspectives
 * that saw different things. Alarms count these lines.
 */
export function reportPublished(log: Log, record: RequestRecord, results: readonly CheckResult[]): void {
  const { requestId } = record;
  for (const { attempt, counted } of record.verdicts) {
    for (const perspective of perspectivesAsked(record, attempt)) {
      if (!counted.includes(perspective)) log.warn('perspective_silent', { requestId, attempt, perspective });
    }
    const seen = results.filter(
      (result) => result.attempt === attempt && result.completed && counted.includes(result.perspective),
    );
    const passed = seen.filter((result) => result.passed).map(({ perspective }) => perspective);
    const failed = seen.filter((result) => !result.passed).map(({ perspective }) => perspective);
    if (passed.length > 0 && failed.length > 0)
      log.warn('perspectives_disagree', { requestId, attempt, passed, failed });
  }
}
