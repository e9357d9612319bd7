/** Bounds of the time after which a query is repeated, milliseconds, whatever a server does. */
export const MIN_REPEAT_MS = 50;
export const MAX_REPEAT_MS = 300;

/** Number of latest answers remembered, of new ones per estimate, and of answers needed for the first estimate. */
const REMEMBERED = 64;
const PER_ESTIMATE = 16;
const ENOUGH = 16;

/** Repeats that each query adds to the budget. */
const REPEATS_PER_QUERY = 0.5;
/** Limit of the budget. */
const MOST_SAVED = 16;
/** Budget that a first, second, and third or later repeat must leave to the first repeats of other queries. */
const SAVED_FOR_FIRST = [0, MOST_SAVED / 4, MOST_SAVED / 2] as const;
/** From this share of its time-out on, a query is repeated regardless of the budget. */
const UNPAID_SHARE = 0.5;

/**
 * Decides when a query to one server is repeated: after the response time estimated from the latest answers (RFC 6298
 * section 2, with quantiles of a window instead of means), and only within a budget.
 *
 * A slow answer does not prove a loss: the response time of a recursive resolver depends on the name. So the estimate
 * has narrow bounds, it controls only repeats, not time-outs, and the budget of half a repeat per query limits
 * unnecessary ones.
 */
export class RepeatTimer {
  readonly #times = new Float64Array(REMEMBERED);
  #answers = 0;
  #repeatMs = MAX_REPEAT_MS;
  #saved = MOST_SAVED;

  /** Wait before the first repeat of a query, milliseconds; each further wait doubles. */
  get repeatMs(): number {
    return this.#repeatMs;
  }

  /** Note that a query is sent. */
  onQuery(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + REPEATS_PER_QUERY);
  }

  /**
   * Whether a query may be repeated; if so, takes it from the budget.
   *
   * @param repeat 1 for the first repeat.
   * @param share elapsed part of the query's time-out, 0 to 1.
   */
  mayRepeat(repeat: number, share: number): boolean {
    if (share >= UNPAID_SHARE) return true;
    const left = this.#saved - 1;
    if (left < (SAVED_FOR_FIRST[repeat - 1] ?? MOST_SAVED / 2)) return false;
    this.#saved = left;
    return true;
  }

  /**
   * Note an answer that arrived `ms` after the try with its id and port was sent. If the server was still working on an
   * earlier try, the time is too short; the budget limits the effect.
   */
  onAnswer(ms: number): void {
    this.#times[this.#answers % REMEMBERED] = ms;
    this.#answers += 1;
    if (this.#answers >= ENOUGH && this.#answers % PER_ESTIMATE === 0) this.#estimate();
  }

  #estimate(): void {
    const sorted = this.#times.slice(0, this.#answers).sort();
    const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? MAX_REPEAT_MS;
    const most = at(0.9);
    const spread = most - at(0.5);
    this.#repeatMs = Math.min(MAX_REPEAT_MS, Math.max(MIN_REPEAT_MS, most + spread));
  }
}
