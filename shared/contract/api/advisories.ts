import * as z from 'zod';
import type { Check } from '../../domain/check/check.ts';
import type { CheckResult } from '../../domain/check/check-result.ts';
import { findChallengeWeakness, seemsToLackEntropy } from '../../domain/dcv/challenge-strength.ts';
import { citeMethod, METHOD_RULES, methodsOf } from '../../domain/dcv/methods.ts';
import { orderOf, type RequestFacts } from '../../domain/mpic/lifecycle.ts';
import { cite, citeMpic } from '../../domain/rules/citation.ts';

/** Codes of what an answer says beside its verdict, each documented in `docs/errors.md`. A code keeps its meaning. */
export const ADVISORY_CODES = [
  'adn-not-checked',
  'evidence-left-out',
  'key-authorization-form',
  'lab-network',
  'method-discouraged',
  'primary-not-declared',
  'shared-host',
  'short-challenge',
  'unknown-member',
] as const;

/** What the caller should know or mend: a code for programs, a sentence for people. */
export const advisorySchema = z.object({ code: z.enum(ADVISORY_CODES), message: z.string() });
export interface Advisory extends Readonly<z.infer<typeof advisorySchema>> {}

/** What the caller should know beyond the verdict; `results` are those that the answer shows. */
export function listAdvisories(facts: RequestFacts, results: readonly CheckResult[]): readonly Advisory[] {
  const { check, rulesAsOf, ignoredMembers } = facts;
  const mpic = citeMpic(orderOf(facts).certificateType);
  const networks = [...new Set(results.flatMap(({ allowedNetworks }) => allowedNetworks))];
  const isDeclared = facts.primary !== null || facts.primarySite !== null;
  return [
    ...listPlaceAdvisories({ sharedHost: facts.sharedHost, isPrimaryDeclared: isDeclared }, mpic),
    ...(networks.length === 0 ? [] : [labNetworkAdvisory(networks)]),
    ...(ignoredMembers.length === 0 ? [] : [unknownMemberAdvisory(ignoredMembers)]),
    ...(isAdnUnknown(check) ? [ADN_NOT_CHECKED] : []),
    ...listMethodAdvisories(check, rulesAsOf),
    ...listChallengeAdvisories(check),
  ];
}

/** What is missing of the places that a service looks from, whatever it is asked; `mpic` cites the rule. */
export function listPlaceAdvisories(
  places: { readonly sharedHost: boolean; readonly isPrimaryDeclared: boolean },
  mpic: string,
): readonly Advisory[] {
  return [
    ...(places.sharedHost ? [sharedHostAdvisory(mpic)] : []),
    ...(places.isPrimaryDeclared ? [] : [primaryAdvisory(mpic)]),
  ];
}

/** Addresses have no Authorization Domain Name, and CAA is checked for the name itself. */
function isAdnUnknown(check: Check): boolean {
  return check.checkType !== 'caa' && check.target.kind === 'domain' && check.adn === undefined;
}

/** Where a target answers with so much, and so many perspectives look, that an answer cannot hold it. */
export const EVIDENCE_LEFT_OUT: Advisory = {
  code: 'evidence-left-out',
  message:
    'what some perspectives saw is too long for one answer, so that their details are left out; the audit trail has them, and the verdict rests on them',
};

const ADN_NOT_CHECKED: Advisory = {
  code: 'adn-not-checked',
  message: `what was applied for is not known here, so that the choice of the Authorization Domain Name was not checked (${cite('adn')}); send applied_for, and adn_steps where it is another name`,
};

/** Methods that a CA should not use any more, and will not be able to use. */
function listMethodAdvisories(check: Check, rulesAsOf: string): readonly Advisory[] {
  return methodsOf(check).flatMap((method) => {
    const { discouragedFrom, endsOn } = METHOD_RULES[method];
    if (discouragedFrom === null || rulesAsOf < discouragedFrom) return [];
    const end = endsOn === null ? '' : `, and ends on ${endsOn}`;
    const message = `${method} should not be used since ${discouragedFrom}${end} (${citeMethod(method, check.target)}); move to another method`;
    return [{ code: 'method-discouraged' as const, message }];
  });
}

function labNetworkAdvisory(networks: readonly string[]): Advisory {
  return {
    code: 'lab-network',
    message: `perspectives could connect to special-purpose addresses in ${networks.join(', ')}: good for a lab, and no evidence about the public Internet`,
  };
}

function unknownMemberAdvisory(members: readonly string[]): Advisory {
  return {
    code: 'unknown-member',
    message: `members that mean nothing in this request were ignored: ${members.join(', ')}`,
  };
}

/** TLS BR 3.2.2.9 [mpic]: perspectives are distinct only when they are far from each other. */
function sharedHostAdvisory(mpic: string): Advisory {
  return {
    code: 'shared-host',
    message: `every perspective looked from one machine: good for tests, not corroboration in the sense of ${mpic}`,
  };
}

/** TLS BR 3.2.2.9 [mpic]: a perspective is remote only where it is distinct from the primary one. */
function primaryAdvisory(mpic: string): Advisory {
  return {
    code: 'primary-not-declared',
    message: `the primary network perspective is not declared here, so nothing shows that these perspectives are remote from it (${mpic}); the operator names it as "primary" in the configuration`,
  };
}

/** What the caller should mend although the check could be made; under `baseline-requirements` most of it is a 400. */
function listChallengeAdvisories(check: Check): readonly Advisory[] {
  if (check.checkType !== 'dcv') return [];
  const { dcv } = check;
  const weakness = findChallengeWeakness(dcv);
  if (weakness !== null) {
    const hasValue = dcv.method === 'website-change' || dcv.method === 'dns-change';
    return [{ code: hasValue ? 'short-challenge' : 'key-authorization-form', message: weakness }];
  }
  const seemsShort =
    (dcv.method === 'website-change' || dcv.method === 'dns-change') &&
    dcv.challengeValue !== '' &&
    seemsToLackEntropy(dcv);
  return seemsShort ? [SMALL_ALPHABET] : [];
}

const SMALL_ALPHABET: Advisory = {
  code: 'short-challenge',
  message: `challenge_value seems to be drawn from a small alphabet, and is too short in it for the bits of entropy that a Random Value needs (${cite('definitions')}); draw 28 hexadecimal digits, or 19 base64url characters`,
};
