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
 * Has the decision look again at attempts of which a counted result is not what it was. The interface itself has no right to
 * write audit records; a deadline that comes again has the decision do it. Once for each attempt, however often it is read.
 */
export class ChangeReports {
  readonly #deadlines: DeadlineQueue;
  readonly #log: Log;
  readonly #reported = new BoundedMap<string, true>(MAX_REPORTED);

  constructor({ deadlines, log }: { readonly deadlines: DeadlineQueue; readonly log: Log }) {
    this.#deadlines = deadlines;
    this.#log = log;
  }

  /** @param found everything that lies under the keys of the request. Never rejects: reading goes on. */
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
