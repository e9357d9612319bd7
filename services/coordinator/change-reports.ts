import { BoundedMap } from '../../shared/adapters/system/bounded-map.ts';
import { serialiseDeadline } from '../../shared/contract/messages/deadline.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { selectChangedResults } from '../../shared/domain/mpic/votes.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { DeadlineQueue } from '../../shared/ports/queues.ts';
import type { Snapshot } from '../../shared/ports/request-store.ts';
import { deadlineOf } from './start.ts';

const MAX_REPORTED = 4096;

/**
 * Asks the decision process to re-examine attempts whose counted results have changed in the store. The API process may
 * not write audit records, so it sends the deadline message again and the decision process writes them. Sent once per
 * attempt, however often the request is read.
 */
export class ChangeReports {
  readonly #deadlines: DeadlineQueue;
  readonly #log: Log;
  readonly #reported = new BoundedMap<string, true>(MAX_REPORTED);

  constructor({ deadlines, log }: { readonly deadlines: DeadlineQueue; readonly log: Log }) {
    this.#deadlines = deadlines;
    this.#log = log;
  }

  /**
   * @param found everything stored under the keys of the request. Never rejects, so that a failed report does not fail
   * the read.
   */
  async report(
    record: RequestRecord,
    { results: stored, unread }: Pick<Snapshot, 'results' | 'unread'>,
  ): Promise<void> {
    for (const verdict of record.verdicts) {
      const { requestId } = record;
      const name = `${requestId}/${verdict.attempt}`;
      if (
        selectChangedResults(record, verdict.attempt, stored, unread).length === 0 ||
        this.#reported.get(name)
      )
        continue;
      this.#reported.set(name, true);
      try {
        await this.#deadlines.send(serialiseDeadline(deadlineOf(record, verdict)), 0);
      } catch (error) {
        this.#reported.delete(name);
        this.#log.warn('change_not_reported', { requestId, attempt: verdict.attempt, error });
      }
    }
  }
}
