import type { FailureEvidence } from '../check/check-result.ts';
import type { FailureInquiry, LookupFailure, LookupFailureReason } from '../dns/lookup.ts';

/**
 * What is known about a failed lookup besides the failure itself.
 *
 * `security` is what RFC 4035 section 4.3 says of the name: `insecure` only by a signed proof that a delegation at or
 * above it has no usable DS, `signed` when a DS exists, `unknown` when nobody looked.
 */
export interface FailureCircumstances {
  /** The query was sent again at least once. */
  readonly retried: boolean;
  /**
   * The fault lies, or may lie, inside the CA's own infrastructure. True unless a control name could be resolved before and
   * after the lookup failed once more.
   */
  readonly insideFault: boolean;
  readonly security: 'insecure' | 'signed' | 'indeterminate' | 'bogus' | 'unknown';
}

/** Failures in which servers were silent or refused. All others mean that an answer came and was not to be trusted. */
const SILENT_FAILURES: ReadonlySet<LookupFailureReason> = new Set([
  'timeout',
  'unreachable',
  'servfail',
  'refused',
]);

/** True when no server served: a time-out, or refusals. Then an answer that was not to be trusted is no part of it. */
export function isSilence(reason: LookupFailureReason): boolean {
  return SILENT_FAILURES.has(reason);
}

/**
 * True when the failure is of the kind that a caller may forgive at all: a time-out, or no server that serves.
 * Bogus or indeterminate data, malformed answers and alias loops never are. Nor is a bare SERVFAIL of a
 * resolver that validates, unless the name is insecure: it says so of data that does not validate as well, not always with a
 * reason.
 */
export function isForgivableFailure(failure: LookupFailure, inquiry: FailureInquiry | null): boolean {
  if (failure.reason === 'servfail' && inquiry !== null && inquiry.security !== 'insecure') return false;
  return isSilence(failure.reason);
}

/**
 * True when the Baseline Requirements let a failed lookup count as permission (TLS BR 4.2.2.1 [caa]): the fault
 * is outside the CA's infrastructure, the lookup was retried at least once, and the domain is confirmed "Insecure"
 * (RFC 4035 section 4.3). All three are needed; whatever is not known counts as not met.
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
 * What is known of a failed lookup, with what the resolver could show about it; null when it can show nothing. Whatever
 * was not shown counts against the failure.
 *
 * The fault is outside when it lasts while a name on another authoritative path resolves: TLS BR 4.2.2.1 [caa] asks for
 * that without saying how it is shown, and we chose this.
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

/** What the evidence says of a failed lookup that somebody asked to forgive. */
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
