import type { Check } from '../mpic/check.ts';
import type { RequestFacts } from '../mpic/lifecycle.ts';

/** TLS BR v2.2.6 section 1.6.1: a Random Value has at least 112 bits of entropy; a base64url character carries 6. */
const MIN_RANDOM_VALUE_BITS = 112;
const MIN_CHALLENGE_CHARACTERS = Math.ceil(MIN_RANDOM_VALUE_BITS / 6);

/** What the caller should know beyond the verdict. */
export function listAdvisories({ check, sharedHost }: RequestFacts): readonly string[] {
  return sharedHost ? [SHARED_HOST, ...listChallengeAdvisories(check)] : listChallengeAdvisories(check);
}

/** TLS BR v2.2.6 section 3.2.2.9: perspectives are distinct only when they are far from each other. */
const SHARED_HOST =
  'every perspective looked from one machine: good for tests, not corroboration in the sense of TLS BR v2.2.6 section 3.2.2.9';

/**
 * What the caller should mend although the check could be made. Entropy cannot be seen in a value, but a short one
 * cannot have it. Contacts, addresses and names to compare with are no secrets and may be short.
 */
function listChallengeAdvisories(check: Check): readonly string[] {
  if (check.checkType !== 'dcv') return [];
  if (check.dcv.method !== 'website-change' && check.dcv.method !== 'dns-change') return [];
  const { length } = check.dcv.challengeValue;
  if (length >= MIN_CHALLENGE_CHARACTERS) return [];
  return [
    `challenge_value has ${length} characters: fewer than ${MIN_CHALLENGE_CHARACTERS} base64url characters cannot hold the ` +
      `${MIN_RANDOM_VALUE_BITS} bits of entropy that a Random Value needs (TLS BR v2.2.6 section 1.6.1)`,
  ];
}
