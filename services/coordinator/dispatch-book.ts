import { BoundedMap } from '../../shared/adapters/system/bounded-map.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { Clock } from '../../shared/ports/clock.ts';

/** The jobs of one attempt are sent again at most this often: whoever repeats a request must not multiply the checks of its target. */
const REPEAT_AFTER_MS = 2000;

/** Starts of attempts remembered: more than can begin, or be asked for again, within two seconds. */
const MAX_REMEMBERED = 65_536;

type Start = Pick<RequestRecord, 'requestId' | 'attempt' | 'attemptToken'>;

/** When this process has last sent the jobs of an attempt. */
export class DispatchBook {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #sentAt = new BoundedMap<string, number>(MAX_REMEMBERED);

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  note(start: Start): void {
    this.#sentAt.set(nameOf(start), this.#clock.monotonic());
  }

  /** Whether its jobs may be sent again now; the one who is told so has to do it. */
  claim(start: Start): boolean {
    const sentAt = this.#sentAt.get(nameOf(start));
    if (sentAt !== undefined && this.#clock.monotonic() - sentAt < REPEAT_AFTER_MS) return false;
    this.note(start);
    return true;
  }
}

function nameOf({ requestId, attempt, attemptToken }: Start): string {
  return `${requestId}/${attempt}/${attemptToken}`;
}
