import type { Check, CheckResult } from '../mpic/check.ts';
import { cite } from '../mpic/citation.ts';
import type { RequestFacts } from '../mpic/lifecycle.ts';
import { RULEBOOK } from '../mpic/rulebook.ts';

/** Codes of what an answer says beside its verdict, each documented in `docs/errors.md`. A code keeps its meaning. */
export const ADVISORY_CODES = [
  'key-authorization-form',
  'lab-network',
  'primary-not-declared',
  'shared-host',
  'short-challenge',
  'unknown-member',
] as const;
export type AdvisoryCode = (typeof ADVISORY_CODES)[number];

/** What the caller should know or mend: a code for programs, a sentence for people. */
export interface Advisory {
  readonly code: AdvisoryCode;
  readonly message: string;
}

/** TLS BR 1.6.1 [definitions]: a Random Value has at least 112 bits of entropy; a base64url character carries 6. */
const MIN_RANDOM_VALUE_BITS = RULEBOOK.challenge.randomValueBits;
const MIN_CHALLENGE_CHARACTERS = Math.ceil(MIN_RANDOM_VALUE_BITS / 6);

/** What the caller should know beyond the verdict; `results` are those that the answer shows. */
export function listAdvisories(
  { check, sharedHost, primary, primarySite, ignoredMembers }: RequestFacts,
  results: readonly CheckResult[],
): readonly Advisory[] {
  const networks = [...new Set(results.flatMap(({ allowedNetworks }) => allowedNetworks))];
  return [
    ...(sharedHost ? [SHARED_HOST] : []),
    ...(networks.length === 0 ? [] : [labNetworkAdvisory(networks)]),
    ...(primary === null && primarySite === null ? [PRIMARY_NOT_DECLARED] : []),
    ...(ignoredMembers.length === 0 ? [] : [unknownMemberAdvisory(ignoredMembers)]),
    ...listChallengeAdvisories(check),
  ];
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

/** RFC 8555 section 8.1: the SHA-256 thumbprint of a key has 43 base64url characters. */
const THUMBPRINT_CHARACTERS = 43;

function listKeyAuthorizationAdvisories(keyAuthorization: string): readonly Advisory[] {
  const { length } = keyAuthorization.slice(keyAuthorization.indexOf('.') + 1);
  if (length === THUMBPRINT_CHARACTERS) return [];
  return [
    {
      code: 'key-authorization-form',
      message:
        `the part of key_authorization after the dot has ${length} characters, and the thumbprint of an account key has ` +
        `${THUMBPRINT_CHARACTERS} (RFC 8555 section 8.1)`,
    },
  ];
}

/** TLS BR 3.2.2.9 [mpic]: perspectives are distinct only when they are far from each other. */
const SHARED_HOST: Advisory = {
  code: 'shared-host',
  message: `every perspective looked from one machine: good for tests, not corroboration in the sense of ${cite('mpic')}`,
};

/** TLS BR 3.2.2.9 [mpic]: a perspective is remote only where it is distinct from the primary one. */
const PRIMARY_NOT_DECLARED: Advisory = {
  code: 'primary-not-declared',
  message: `the primary network perspective is not declared here, so nothing shows that these perspectives are remote from it (${cite('mpic')}); the operator names it as "primary" in the configuration`,
};

/**
 * What the caller should mend although the check could be made. Entropy cannot be seen in a value, but a short one
 * cannot have it. Contacts, addresses and names to compare with are no secrets and may be short.
 */
function listChallengeAdvisories(check: Check): readonly Advisory[] {
  if (check.checkType !== 'dcv') return [];
  if (check.dcv.method === 'acme-http-01') return listKeyAuthorizationAdvisories(check.dcv.keyAuthorization);
  if (check.dcv.method !== 'website-change' && check.dcv.method !== 'dns-change') return [];
  const { length } = check.dcv.challengeValue;
  if (length >= MIN_CHALLENGE_CHARACTERS) return [];
  return [
    {
      code: 'short-challenge',
      message:
        `challenge_value has ${length} characters: fewer than ${MIN_CHALLENGE_CHARACTERS} base64url characters cannot hold the ` +
        `${MIN_RANDOM_VALUE_BITS} bits of entropy that a Random Value needs (${cite('definitions')})`,
    },
  ];
}
