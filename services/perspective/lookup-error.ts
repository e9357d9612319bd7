import type { CheckError } from '../../shared/domain/check/check-result.ts';
import { DCV_ERROR } from '../../shared/domain/dcv/errors.ts';
import { formatFailureText, formatLookupText } from '../../shared/domain/dcv/lookup-text.ts';
import type {
  LookupAnswer,
  LookupFailure,
  LookupFailureReason,
  RecordType,
} from '../../shared/domain/dns/lookup.ts';

/** Exception names of the Open MPIC reference, which its clients know, where it has one for the case. */
const FAILURE_NAMES: Partial<Record<LookupFailureReason, string>> = {
  timeout: 'LifetimeTimeout',
  unreachable: 'NoNameservers',
  servfail: 'NoNameservers',
  refused: 'NoNameservers',
  rcode: 'NoNameservers',
  bogus: 'NoNameservers',
};

/** The error for a lookup without a usable response. */
export function failureError(failure: LookupFailure, type: RecordType): CheckError {
  const { name, reason, message } = failure;
  const text = formatFailureText({ type, name, reason, message });
  return lookupError(FAILURE_NAMES[reason] ?? reason, text);
}

/** The error for a response without the queried record. */
export function denialError(answer: LookupAnswer, type: string): CheckError {
  return answer.rcode === 3
    ? lookupError('NXDOMAIN', `the name ${answer.name} does not exist`)
    : lookupError('NoAnswer', `the name ${answer.name} has no ${type} record`);
}

/** A `dcv_checker:lookup` error in the form of the reference: an exception name, then its text. */
export function lookupError(name: string, text: string): CheckError {
  return { type: DCV_ERROR.lookup, message: formatLookupText({ name, text }) };
}
