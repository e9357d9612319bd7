/** Bounds of the time after which a query is sent again, milliseconds. Nothing that a server does leads beyond them. */
export const MIN_REPEAT_MS = 50;
export const MAX_REPEAT_MS = 300;

/** How many of the latest answers are remembered, how many new ones change the estimate, and how many it takes at least. */
const REMEMBERED = 64;
const PER_ESTIMATE = 16;
const ENOUGH = 16;

/** Repeats that each query pays for. */
const REPEATS_PER_QUERY = 0.5;
/** Most repeats that can be saved up. */
const MOST_SAVED = 16;
/** What a second, and a third or later repeat of one query leave to the first ones of others. */
const SAVED_FOR_FIRST = [0, MOST_SAVED / 4, MOST_SAVED / 2] as const;
/** From this share of its time on, a query is repeated whatever has been saved up. */
const UNPAID_SHARE = 0.5;

/**
 * When a query to one server is sent again: after its time for an answer, as the latest answers had it (RFC 6298 section 2,
 * with quantiles of a window in place of means), and only if enough others got along without.
 *
 * Slow answers prove no loss: the time of a recursive resolver depends on the name. So the estimate has narrow bounds, it
 * only says when a query is repeated, never when it is given up, and what is repeated for nothing is bounded by a
 * budget: half a repeat for each query.
 */
export class RepeatTimer {
  readonly #times = new Float64Array(REMEMBERED);
  #answers = 0;
  #repeatMs = MAX_REPEAT_MS;
  #saved = MOST_SAVED;

  /** The wait before the first repeat of a query, milliseconds; each further wait is twice the one before. */
  get repeatMs(): number {
    return this.#repeatMs;
  }

  /** One more query goes out. */
  onQuery(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + REPEATS_PER_QUERY);
  }

  /**
   * Whether a query may be sent again, and note that it is.
   *
   * @param repeat 1 for its first repeat.
   * @param share the part of the query's time that is over, 0 to 1.
   */
  mayRepeat(repeat: number, share: number): boolean {
    if (share >= UNPAID_SHARE) return true;
    const left = this.#saved - 1;
    if (left < (SAVED_FOR_FIRST[repeat - 1] ?? MOST_SAVED / 2)) return false;
    this.#saved = left;
    return true;
  }

  /**
   * An answer came `ms` after the very try was sent whose id and port it has. It may have come to the question of an
   * earlier try that the server still worked on: then the time is too short, and the budget bounds what comes of that.
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
