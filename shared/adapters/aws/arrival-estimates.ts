import type { PerspectiveCode } from '../../domain/check/perspective.ts';
import { BoundedMap } from '../system/bounded-map.ts';

/** What is known of one perspective, in milliseconds. */
interface Estimate {
  /** From sending the job to the result being readable, without the check itself: queue and network, the same for all targets. */
  transit: number;
  /** Time of the check by the perspective's own clock; depends on the target. */
  duration: number;
  /** Whether a look has ever come too early. Until then the first arrival, perhaps of a cold start, is all that is known. */
  isProven: boolean;
}

/** A result found by a look. Times are milliseconds since the jobs were sent. */
export interface Arrival {
  readonly durationMs: number;
  /** When the last look that missed it began; null when the first look found it. */
  readonly missedAtMs: number | null;
  /** When the look that found it began. */
  readonly foundAtMs: number;
}

const MAX_PERSPECTIVES = 1024;

/** First look for a perspective that was never seen. */
const UNKNOWN_ARRIVAL_MS = 15;
/** A look is never put off beyond this: no estimate may delay a verdict by more. */
const MAX_FIRST_LOOK_MS = 1000;

const SHORTEST_STEP_MS = 15;
const LONGEST_STEP_MS = 250;
/** A step is this share of the time waited already: a wait of 600 ms to 1 s looks again after 15 to 25 ms. */
const STEP_SHARE = 1 / 40;
/** Between looks for perspectives that were all silent the last time. */
const SILENT_STEP_MS = 100;

/** Share of a difference that one observation moves an estimate. */
const WEIGHT = 0.3;
/** Most that one late arrival moves an estimate: one slow target must not put off the looks for the others. */
const MAX_RISE_MS = 10;
/** A hit tells nothing about how much earlier it could have been; looking this much earlier each time finds out. */
const SHRINK_ON_HIT = 0.985;
/** The same for an estimate that rests on a first arrival: a cold start must not slow down the hundred requests behind it. */
const SHRINK_UNPROVEN = 0.5;

/**
 * Learns when results arrive, so that the first look for them is neither too early, which costs a call, nor late.
 *
 * Of one arrival only an interval is known: after the look that missed it, before the one that found it. The check's
 * own duration is known exactly; what is left is the way there and back, which is learnt per perspective.
 */
export class ArrivalEstimates {
  readonly #known = new BoundedMap<PerspectiveCode, Estimate>(MAX_PERSPECTIVES);
  /** Perspectives for whose result the last wait was in vain. */
  readonly #silent = new BoundedMap<PerspectiveCode, true>(MAX_PERSPECTIVES);

  /** When to look first, milliseconds since the jobs were sent: as the `needed`-th of the missing should be there. */
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

  /** How long after the start of one look the next one is due, when `waitedMs` have passed since the jobs were sent. */
  step(missing: readonly PerspectiveCode[], waitedMs: number): number {
    const step = Math.min(Math.max(waitedMs * STEP_SHARE, SHORTEST_STEP_MS), LONGEST_STEP_MS);
    const allSilent = missing.every((perspective) => this.#isSilent(perspective));
    return allSilent ? Math.max(step, SILENT_STEP_MS) : step;
  }

  /** Learn from a result that came. */
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

  /** Learn that these did not come while somebody waited. */
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
