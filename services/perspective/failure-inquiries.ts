import {
  circumstancesOf,
  failureEvidence,
  isForgivableFailure,
  isPermittedFailure,
  isSilence,
} from '../../shared/domain/caa/lookup-failure.ts';
import type { Policy } from '../../shared/domain/check/check.ts';
import type { FailureEvidence } from '../../shared/domain/check/check-result.ts';
import type { FailureInquiry, Lookup, LookupFailure, RecordType } from '../../shared/domain/dns/lookup.ts';
import type { CheckResolver } from '../../shared/ports/resolver.ts';

/** Maximum number of accepted failures listed one by one; a deep name below dead servers could have a hundred. */
export const MAX_LISTED_FAILURES = 8;

/**
 * The lookups of one CAA check whose caller asked to treat lookup failures as permission, and the evidence about each
 * failure.
 *
 * - `baseline-requirements` accepts the failures of TLS BR 4.2.2.1 [caa]: retried, fault outside the CA's
 *   infrastructure, name proven insecure.
 * - `open-mpic` accepts servers that do not respond or refuse, as the Open MPIC reference does; only failures that the
 *   Baseline Requirements accept too can corroborate.
 */
export class FailureInquiries {
  readonly #policy: Policy;
  readonly #asker: CheckResolver;
  readonly #inquiries = new Map<LookupFailure, FailureInquiry | null>();

  constructor(policy: Policy, asker: CheckResolver) {
    this.#policy = policy;
    this.#asker = asker;
  }

  /**
   * One lookup, with an inquiry as soon as it fails: the levels of a climb fail side by side, and each inquiry takes
   * time. If the inquiry gets an answer, returns that answer.
   */
  async lookup(name: string, type: RecordType, deadline: number, signal?: AbortSignal): Promise<Lookup> {
    const lookup = await this.#asker.lookup(name, type, deadline, signal);
    if (lookup.status === 'answered') return lookup;
    const inquiry = isSilence(lookup.reason)
      ? ((await this.#asker.inquire?.(lookup, deadline, signal)) ?? null)
      : null;
    if (inquiry?.answer !== undefined)
      return { ...inquiry.answer, tries: lookup.tries + inquiry.answer.tries };
    const known: LookupFailure =
      inquiry?.security === 'insecure'
        ? { ...lookup, dnssec: 'insecure', insecurity: inquiry.insecurity }
        : lookup;
    this.#inquiries.set(known, inquiry);
    return known;
  }

  /** @param failure a failure that {@link lookup} returned. */
  accepts(failure: LookupFailure): boolean {
    return this.#policy === 'open-mpic'
      ? isForgivableFailure(failure, this.#inquiryInto(failure))
      : this.isPermitted(failure);
  }

  isPermitted(failure: LookupFailure): boolean {
    return isPermittedFailure(failure, circumstancesOf(failure, this.#inquiryInto(failure)));
  }

  /** What the inquiries found about the failed ones of `lookups`. */
  evidence(lookups: readonly (Lookup | null)[]): readonly FailureEvidence[] {
    return lookups
      .filter((lookup): lookup is LookupFailure => lookup?.status === 'failed')
      .slice(0, MAX_LISTED_FAILURES)
      .map((failure) => failureEvidence(failure, this.#inquiryInto(failure)));
  }

  #inquiryInto(failure: LookupFailure): FailureInquiry | null {
    return this.#inquiries.get(failure) ?? null;
  }
}
