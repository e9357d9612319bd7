import {
  circumstancesOf,
  failureEvidence,
  isForgivableFailure,
  isPermittedFailure,
} from '../../shared/caa/lookup-failure.ts';
import type { FailureEvidence, Policy } from '../../shared/mpic/check.ts';
import type { CheckResolver, FailureInquiry, LookupFailure } from '../../shared/ports/resolver.ts';

/** Forgiven failures that are listed one by one; a deep name below dead servers could have a hundred. */
export const MAX_LISTED_FAILURES = 8;

export interface Leniency {
  readonly policy: Policy;
  readonly asker: CheckResolver;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The failed lookups of one CAA check whose caller asked to have failures forgiven, and what was shown about each.
 *
 * - `baseline-requirements` forgives those of TLS BR 4.2.2.1 [caa]: retried, fault outside, name proven insecure.
 * - `open-mpic` forgives silent or refusing servers, as the Open MPIC reference does; only those that the Baseline
 *   Requirements forgive too can corroborate.
 */
export class FailureInquiries {
  readonly #leniency: Leniency;
  readonly #inquiries = new Map<LookupFailure, FailureInquiry | null>();

  constructor(leniency: Leniency) {
    this.#leniency = leniency;
  }

  /** The failure with what else can be shown about it; to be done before {@link forgives} is asked. */
  async look(failure: LookupFailure): Promise<LookupFailure> {
    const { asker, deadline, signal } = this.#leniency;
    const inquiry = isForgivableFailure(failure)
      ? ((await asker.inquire?.(failure, deadline, signal)) ?? null)
      : null;
    const known: LookupFailure =
      inquiry?.security === 'insecure'
        ? { ...failure, dnssec: 'insecure', insecurity: inquiry.insecurity }
        : failure;
    this.#inquiries.set(known, inquiry);
    return known;
  }

  forgives(failure: LookupFailure): boolean {
    return this.#leniency.policy === 'open-mpic' ? isForgivableFailure(failure) : this.isPermitted(failure);
  }

  isPermitted(failure: LookupFailure): boolean {
    return isPermittedFailure(failure, circumstancesOf(failure, this.#inquiries.get(failure) ?? null));
  }

  evidence(): readonly FailureEvidence[] {
    return [...this.#inquiries]
      .slice(0, MAX_LISTED_FAILURES)
      .map(([failure, inquiry]) => failureEvidence(failure, inquiry));
  }
}
