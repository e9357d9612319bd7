import type { Check, Policy } from '../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../shared/domain/check/check-result.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { checkCaa } from './check-caa.ts';
import { checkDcv } from './check-dcv.ts';

export interface CheckContext {
  readonly policy: Policy;
  readonly view: NetworkView;
  /** End of the check on the monotonic clock, milliseconds. */
  readonly deadline: number;
  /** The monotonic clock. */
  readonly monotonic: () => number;
  /** Unix milliseconds, for values that carry an end of validity. */
  readonly now: number;
}

/**
 * Runs the checker for a check type and validation method. Network failures are in the outcome, never thrown. Contacts
 * are rare: their checker is loaded by the first such check, not at the start.
 */
export async function runCheck(check: Check, context: CheckContext): Promise<CheckOutcome> {
  const { target } = check;
  const { policy, view, deadline } = context;
  const { resolver } = view;
  switch (check.checkType) {
    case 'caa':
      return checkCaa({ target, parameters: check.caa, policy, resolver, deadline });
    case 'dcv':
      return checkDcv({ target, parameters: check.dcv, adn: check.adn, ...context });
    case 'contacts': {
      const { checkContacts } = await import('./check-contacts.ts');
      return checkContacts({ target, parameters: check.contacts, adn: check.adn, resolver, ...context });
    }
  }
}
