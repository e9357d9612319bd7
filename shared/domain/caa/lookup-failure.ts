import type { FailureEvidence } from '../check/check-result.ts';
import type { FailureInquiry, LookupFailure, LookupFailureReason } from '../dns/lookup.ts';

/**
 * Facts about a failed lookup besides the failure itself.
 *
 * `security` is the RFC 4035 section 4.3 status of the name: `insecure` only by a signed proof that a delegation at or
 * above it has no usable DS, `signed` when a DS exists, `unknown` when the status was not checked.
 */
export interface FailureCircumstances {
  /** The query was sent again at least once. */
  readonly retried: boolean;
  /**
   * The fault is, or may be, inside the CA's own infrastructure. True unless a control name resolved before and after
   * the lookup failed again.
   */
  readonly insideFault: boolean;
  readonly security: 'insecure' | 'signed' | 'indeterminate' | 'bogus' | 'unknown';
}

/**
 * Failures in which servers did not respond or refused. All other failures mean that an answer came and was not
 * trustworthy.
 */
const SILENT_FAILURES: ReadonlySet<LookupFailureReason> = new Set([
  'timeout',
  'unreachable',
  'servfail',
  'refused',
]);

/** True when no server answered: a time-out or a refusal, and no untrustworthy answer. */
export function isSilence(reason: LookupFailureReason): boolean {
  return SILENT_FAILURES.has(reason);
}

/**
 * True when a caller may treat this kind of failure as permission: a time-out, or no server that answers. Never true
 * for bogus or indeterminate data, malformed answers and alias loops, nor for a SERVFAIL of a validating resolver
 * unless the name is insecure: such a resolver returns SERVFAIL for bogus data too, not always with a reason.
 */
export function isForgivableFailure(failure: LookupFailure, inquiry: FailureInquiry | null): boolean {
  if (failure.reason === 'servfail' && inquiry !== null && inquiry.security !== 'insecure') return false;
  return isSilence(failure.reason);
}

/**
 * True when the Baseline Requirements let a failed lookup count as permission (TLS BR 4.2.2.1 [caa]): the fault is
 * outside the CA's infrastructure, the lookup was retried at least once, and the domain is confirmed "Insecure" (RFC
 * 4035 section 4.3). All three are required; an unknown condition counts as not met.
 */
export function isPermittedFailure(failure: LookupFailure, circumstances: FailureCircumstances): boolean {
  return (
    isSilence(failure.reason) &&
    circumstances.retried &&
    !circumstances.insideFault &&
    circumstances.security === 'insecure'
  );
}

/**
 * The circumstances of a failed lookup, from the failure and the resolver's inquiry (null if the resolver makes none).
 * A condition that was not shown counts as not met.
 *
 * The fault is outside if it lasts while a name on another authoritative path resolves. TLS BR 4.2.2.1 [caa] requires
 * that the fault is outside and does not say how to show it; we chose this.
 */
export function circumstancesOf(
  failure: LookupFailure,
  inquiry: FailureInquiry | null,
): FailureCircumstances {
  const { reason, retried } = failure;
  const found = reason === 'bogus' || reason === 'indeterminate' ? reason : null;
  return {
    retried: retried || inquiry?.lasted === true,
    insideFault: inquiry === null || !inquiry.controlAnswered || !inquiry.lasted,
    security: found ?? inquiry?.security ?? 'unknown',
  };
}

/** Evidence of a failed lookup for a caller who asked to treat lookup failures as permission (`allowLookupFailure`). */
export function failureEvidence(failure: LookupFailure, inquiry: FailureInquiry | null): FailureEvidence {
  const { retried, insideFault, security } = circumstancesOf(failure, inquiry);
  return {
    name: failure.name,
    retried,
    faultOutside: !insideFault,
    controlName: inquiry?.controlName ?? null,
    security,
    ...(inquiry?.insecurity === undefined ? {} : { insecurity: inquiry.insecurity }),
  };
}
