import type { Check, CheckOutcome, Policy } from '../../shared/mpic/check.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { checkCaa } from './check-caa.ts';
import { checkDcv } from './check-dcv.ts';

export interface CheckContext {
  readonly policy: Policy;
  readonly resolver: Resolver;
  /** End of the check on the monotonic clock, milliseconds. */
  readonly deadline: number;
  /** Unix milliseconds, for values that carry an end of validity. */
  readonly now: number;
}

/** Check type and validation method to the right checker. What the network does is in the outcome, never thrown. */
export function runCheck(check: Check, context: CheckContext): Promise<CheckOutcome> {
  const { target } = check;
  const { policy, resolver, deadline, now } = context;
  return check.checkType === 'caa'
    ? checkCaa({ target, parameters: check.caa, policy, resolver, deadline })
    : checkDcv({ target, parameters: check.dcv, policy, resolver, deadline, now });
}
