import type { AdnPath, ContactsParameters, Policy, Target } from '../../shared/domain/check/check.ts';
import type {
  CheckError,
  CheckOutcome,
  ContactsDetails,
  DnsEvidence,
} from '../../shared/domain/check/check-result.ts';
import { listContacts } from '../../shared/domain/dcv/contact-list.ts';
import { planContactsQuestion } from '../../shared/domain/dcv/question.ts';
import { dataOf, selectRecords } from '../../shared/domain/dcv/record-match.ts';
import { evaluateClimb } from '../../shared/domain/dns/climb.ts';
import { climbEvidence, noEvidence } from '../../shared/domain/dns/climb-evidence.ts';
import type { LookupAnswer } from '../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { afterAdn } from './check-adn.ts';
import { forOneCheck } from './check-resolver.ts';
import { denialError, failureError, lookupError } from './lookup-error.ts';
import { lookupLevels } from './lookup-levels.ts';

export interface ContactsCheck {
  readonly target: Target;
  readonly parameters: ContactsParameters;
  /** How the target was chosen; absent if the caller did not say. */
  readonly adn?: AdnPath | undefined;
  readonly policy: Policy;
  readonly resolver: Resolver;
  /** Milliseconds on the monotonic clock of the resolver. */
  readonly deadline: number;
  /** Unix milliseconds, for methods that end. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Retrieves the contacts that a name publishes for a validation method: TXT records below the name, or properties of its
 * relevant CAA set, for which it climbs (TLS BR Appendix A.1 [caa-contact], RFC 8659 section 3).
 *
 * Passes if there is at least one valid contact. A response without one, NXDOMAIN included, is a completed check that
 * failed; without a usable response the check is not completed. Under `baseline-requirements` a method that has ended
 * sends no query; under `open-mpic` its contacts do not corroborate.
 */
export function checkContacts(check: ContactsCheck): Promise<CheckOutcome> {
  return afterAdn(check, () => retrieve(check));
}

async function retrieve(check: ContactsCheck): Promise<CheckOutcome> {
  const { target, parameters, policy, resolver, deadline, now, signal } = check;
  const plan = planContactsQuestion(target, parameters, now);
  if (plan.status === 'refused') return refuse(check, [plan.error]);
  if (policy === 'baseline-requirements' && plan.deviations.length > 0) return refuse(check, plan.deviations);

  const asker = forOneCheck(resolver, signal);
  const levels = await lookupLevels(asker, plan.question, deadline, signal).finally(() => asker.end());
  const climbed = evaluateClimb(levels, () => false);
  const deciding = levels.at(-1)?.lookup;
  if (!deciding) return refuse(check, [lookupError('NoAnswer', 'nothing was asked')]);
  const dns = climbEvidence(levels, climbed.depth, deciding);

  if (deciding.status === 'failed')
    return outcome(false, check, dns, [failureError(deciding, plan.question.type)]);
  if (climbed.status !== 'found') {
    const errors = plan.question.climbs ? [] : [denialError(deciding, plan.question.type)];
    return outcome(true, check, dns, errors, { contacts: [] });
  }
  return report(check, climbed.name, climbed.answer, dns, plan.deviations.length === 0);
}

function report(
  check: ContactsCheck,
  foundAt: string,
  { records, adFlag }: LookupAnswer,
  dns: DnsEvidence,
  followsRules: boolean,
): CheckOutcome {
  const { parameters } = check;
  const published = selectRecords(parameters, records).map(dataOf);
  const listed = listContacts(parameters.method, published);
  const passed = listed.contacts.length > 0;
  return {
    ...outcome(true, check, dns, [], { ...listed, adFlag, foundAt }),
    passed,
    corroborates: passed && followsRules,
  };
}

function refuse(check: ContactsCheck, errors: readonly CheckError[]): CheckOutcome {
  return outcome(false, check, noEvidence(check.resolver.mode), errors);
}

/** An outcome without contacts, unless `seen` has some. */
function outcome(
  completed: boolean,
  { parameters }: ContactsCheck,
  dns: DnsEvidence,
  errors: readonly CheckError[],
  seen: Partial<ContactsDetails> = {},
): CheckOutcome {
  const details: ContactsDetails = {
    kind: 'contacts',
    method: parameters.method,
    contacts: null,
    malformed: [],
    valuesTruncated: false,
    adFlag: null,
    foundAt: null,
    ...seen,
    dns,
  };
  return { completed, passed: false, corroborates: false, errors, details };
}
