import type { PerspectiveCode } from '../../domain/check/perspective.ts';
import { BoundedMap } from '../system/bounded-map.ts';

/** Estimates for one perspective, milliseconds. */
interface Estimate {
  /**
   * From sending the job to the result being readable, minus the check: queue and network, independent of the target.
   */
  transit: number;
  /** Time of the check by the perspective's own clock; depends on the target. */
  duration: number;
  /**
   * Whether a poll has ever come too early. Until then the estimate rests on the first arrival, perhaps after a cold
   * start.
   */
  isProven: boolean;
}

/** A result found by a poll. Times are milliseconds since the jobs were sent. */
export interface Arrival {
  readonly durationMs: number;
  /** Start of the last poll that missed it; null if the first poll found it. */
  readonly missedAtMs: number | null;
  /** Start of the poll that found it. */
  readonly foundAtMs: number;
}

const MAX_PERSPECTIVES = 1024;

/** First poll for a perspective without an estimate. */
const UNKNOWN_ARRIVAL_MS = 15;
/** Latest first poll: bounds how long a wrong estimate delays a verdict. */
const MAX_FIRST_LOOK_MS = 1000;

const SHORTEST_STEP_MS = 15;
const LONGEST_STEP_MS = 250;
/** A step is this share of the time waited so far: after 600 ms to 1 s the next poll follows in 15 to 25 ms. */
const STEP_SHARE = 1 / 40;
/** Step when no missing perspective responded in the last wait. */
const SILENT_STEP_MS = 100;

/** Share of the difference by which one observation moves an estimate. */
const WEIGHT = 0.3;
/** Limit for one late arrival, so that one slow target does not delay the polls for others. */
const MAX_RISE_MS = 10;
/** A hit on the first poll may have been possible earlier, so each one shrinks the estimate by this factor. */
const SHRINK_ON_HIT = 0.985;
/** The same for an estimate from a first arrival only: a cold start must not slow down the next hundred requests. */
const SHRINK_UNPROVEN = 0.5;

/**
 * Estimates when results arrive, so that the first poll is neither too early, which costs a call, nor too late.
 *
 * Each arrival is known only as an interval: after the poll that missed it, before the one that found it. The check's
 * duration is known exactly; the rest, the transit, is estimated per perspective.
 */
export class ArrivalEstimates {
  readonly #known = new BoundedMap<PerspectiveCode, Estimate>(MAX_PERSPECTIVES);
  /** Perspectives that did not respond in the last wait. */
  readonly #silent = new BoundedMap<PerspectiveCode, true>(MAX_PERSPECTIVES);

  /**
   * Time of the first poll, milliseconds since the jobs were sent: when the `needed`-th of the missing results is
   * expected.
   */
  firstLook(missing: readonly PerspectiveCode[], needed: number): number {
    const expected = missing
      .map((perspective) => {
        const estimate = this.#known.get(perspective);
        return {
          silent: this.#isSilent(perspective),
          at: estimate === undefined ? UNKNOWN_ARRIVAL_MS : estimate.transit + estimate.duration,
        };
      })
      .sort((a, b) => Number(a.silent) - Number(b.silent) || a.at - b.at);
    const talking = expected.filter(({ silent }) => !silent).length;
    const rank = Math.min(Math.max(needed, 1), talking === 0 ? expected.length : talking);
    return Math.min(expected[rank - 1]?.at ?? UNKNOWN_ARRIVAL_MS, MAX_FIRST_LOOK_MS);
  }

  /** Interval from the start of one poll to the next, `waitedMs` after the jobs were sent. */
  step(missing: readonly PerspectiveCode[], waitedMs: number): number {
    const step = Math.min(Math.max(waitedMs * STEP_SHARE, SHORTEST_STEP_MS), LONGEST_STEP_MS);
    const allSilent = missing.every((perspective) => this.#isSilent(perspective));
    return allSilent ? Math.max(step, SILENT_STEP_MS) : step;
  }

  /** Update the estimate with a result that arrived. */
  arrived(perspective: PerspectiveCode, arrival: Arrival): void {
    this.#silent.delete(perspective);
    const { foundAtMs, missedAtMs } = arrival;
    const duration = Math.min(Math.max(arrival.durationMs, 0), foundAtMs);
    const latest = foundAtMs - duration;
    const known = this.#known.get(perspective);
    if (known === undefined) {
      const earliest = Math.max(0, (missedAtMs ?? 0) - duration);
      this.#known.set(perspective, { transit: (earliest + latest) / 2, duration, isProven: false });
      return;
    }
    known.duration += rise(duration - known.duration);
    if (missedAtMs === null) {
      known.transit = Math.min(known.transit, latest) * (known.isProven ? SHRINK_ON_HIT : SHRINK_UNPROVEN);
      return;
    }
    known.isProven = true;
    if (known.transit > latest) known.transit = latest;
    else if (known.transit <= missedAtMs - duration) known.transit += rise(latest - known.transit);
  }

  /** Note that these perspectives did not respond in a wait. */
  silent(perspectives: readonly PerspectiveCode[]): void {
    for (const perspective of perspectives) this.#silent.set(perspective, true);
  }

  #isSilent(perspective: PerspectiveCode): boolean {
    return this.#silent.get(perspective) === true;
  }
}

function rise(difference: number): number {
  return Math.min(difference * WEIGHT, MAX_RISE_MS);
}
