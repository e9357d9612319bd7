import type { PerspectiveCode } from '../check/perspective.ts';
import type { StoredResult } from '../check/stored-result.ts';
import { byOctets } from '../dcv/contact-list.ts';
import { type Decision, type DecisionInput, decide, type Finding, type SettledDecision } from './decision.ts';
import type { ContactVerdict } from './lifecycle.ts';

/** The contacts that each perspective reports and its result supports. */
export type SeenContacts = ReadonlyMap<PerspectiveCode, ReadonlySet<string>>;

/**
 * A contact needs the word of two perspectives whatever the quorum: one alone could have made it up. Under `open-mpic` the
 * quorum of two perspectives is one.
 */
export const FEWEST_FOR_CONTACT = 2;

/** The contacts in a vote. A result that does not corroborate, or whose check did not complete, supports none. */
export function contactsIn(vote: StoredResult): ReadonlySet<string> {
  if (vote.status === 'unreadable') return new Set();
  const { details } = vote.result;
  const isSupported = details.kind === 'contacts' && supportsContacts(vote.result);
  return new Set(isSupported ? (details.contacts ?? []) : []);
}

/** Whether a result can support the contacts in it. */
export function supportsContacts({ completed, passed, corroborates }: Finding): boolean {
  return completed && passed && corroborates;
}

/**
 * Decide an attempt of a contacts check: each contact is decided for itself, by the rules of every check, where a
 * perspective that did not see the contact is a non-corroboration (TLS BR 3.2.2.9 [mpic]: the same contact). The attempt
 * is decided when every contact is, seen so far or not: then it has the decision of its best supported contact.
 */
export function decideContacts(input: DecisionInput, seen: SeenContacts): Decision {
  let best: SettledDecision | null = null;
  // A contact that no perspective has reported yet, and one contact for each set of perspectives that report the same.
  for (const codes of [new Set<PerspectiveCode>(), ...distinctSupports(seen)]) {
    const decision = decideContact(input, codes);
    if (decision.status === 'pending') return decision;
    if (best === null || isBetter(decision, best)) best = decision;
  }
  if (best === null) throw new Error('there is always one decision');
  return best;
}

/**
 * The corroborated contacts of an attempt whose outcome is final, in the order of their octets.
 *
 * @param input of an attempt that is decided: perspectives without a result do not corroborate.
 */
export function corroboratedContacts(
  input: Omit<DecisionInput, 'final'>,
  seen: SeenContacts,
): readonly ContactVerdict[] {
  const verdicts = [...supporters(seen)].flatMap(([contact, codes]) => {
    const decision = decideContact({ ...input, final: true }, codes);
    if (decision.status === 'pending' || !decision.isValid) return [];
    const { corroborating, quorum, rirs, baseline } = decision;
    return [{ contact, corroborating, quorum, rirs, satisfied: baseline.satisfied }];
  });
  return verdicts.sort((one, other) => byOctets(one.contact, other.contact));
}

/** Decide one contact that `codes` saw. */
function decideContact(input: DecisionInput, codes: ReadonlySet<PerspectiveCode>): Decision {
  const { findings, primary } = input;
  return decide({
    ...input,
    quorumCount: Math.max(FEWEST_FOR_CONTACT, input.quorumCount),
    // Monitoring calls anything valid. The API refuses it for contacts.
    monitoring: false,
    findings: new Map(
      [...findings].map(([code, finding]) => [
        code,
        codes.has(code) ? finding : { ...finding, passed: false, corroborates: false },
      ]),
    ),
    primary:
      primary.status === 'passed' && !codes.has(primary.code)
        ? { status: 'failed', code: primary.code }
        : primary,
  });
}

/** Who saw each contact. */
function supporters(seen: SeenContacts): ReadonlyMap<string, ReadonlySet<PerspectiveCode>> {
  const found = new Map<string, Set<PerspectiveCode>>();
  for (const [code, contacts] of seen) {
    for (const contact of contacts) found.set(contact, (found.get(contact) ?? new Set()).add(code));
  }
  return found;
}

/** Contacts that the same perspectives saw have the same decision. */
function distinctSupports(seen: SeenContacts): readonly ReadonlySet<PerspectiveCode>[] {
  const bySupport = new Map([...supporters(seen).values()].map((codes) => [[...codes].join(' '), codes]));
  return [...bySupport.values()];
}

/** Of equally supported contacts by the names of those who saw them: results arrive in any order. */
function isBetter(one: SettledDecision, other: SettledDecision): boolean {
  const [left, right] = [rankOf(one), rankOf(other)];
  return left === right ? one.corroborating.join() < other.corroborating.join() : left > right;
}

/**
 * Valid before not valid, then by whether the rules are met, then by the number of corroborations, then by whether the
 * primary perspective saw it.
 */
function rankOf({ isValid, baseline, counts }: SettledDecision): number {
  const hasPrimary = baseline.primary?.status === 'passed';
  return (
    Number(isValid) * 8000 + Number(baseline.satisfied) * 4000 + counts.corroborated * 2 + Number(hasPrimary)
  );
}
