import type { DcvParameters } from '../check/check.ts';
import { cite } from '../rules/citation.ts';
import { RULEBOOK } from '../rules/rulebook.ts';
import { parseKeyAuthorizationDigest } from './key-authorization-digest.ts';

/** TLS BR 1.6.1 [definitions]: a Random Value has at least 112 bits of entropy; a base64url character carries 6. */
const RANDOM_VALUE_BITS = RULEBOOK.challenge.randomValueBits;
export const MIN_RANDOM_VALUE_CHARACTERS = Math.ceil(RANDOM_VALUE_BITS / 6);

/** RFC 8555 section 8.3: a token has at least 128 bits of entropy, in base64url. */
const MIN_TOKEN_CHARACTERS = Math.ceil(128 / 6);

/** RFC 8555 section 8.1: a token, a dot, and the thumbprint of the account key, a SHA-256 in base64url. */
const KEY_AUTHORIZATION = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;

type WithValue = Extract<DcvParameters, { readonly method: 'website-change' | 'dns-change' }>;
type AcmeHttp = Extract<DcvParameters, { readonly method: 'acme-http-01' }>;

/**
 * Why the expected value cannot be a Random Value, a Request Token or an ACME value; null if no weakness is found.
 *
 * Entropy cannot be measured in a value, but a short value cannot have it and may already be published for other
 * reasons: `v=spf1` is in many zones, a space in every response body. Contacts, addresses, names and accounts are not
 * secrets and may be short.
 */
export function findChallengeWeakness(parameters: DcvParameters): string | null {
  switch (parameters.method) {
    case 'website-change':
    case 'dns-change':
      return findValueWeakness(parameters);
    case 'acme-http-01':
      return findKeyAuthorizationWeakness(parameters);
    case 'acme-dns-01':
    case 'dns-account-01':
      return isDnsDigest(parameters.keyAuthorizationHash)
        ? null
        : 'key_authorization_hash is not a SHA-256 in base64url, 43 characters without padding (RFC 8555 section 8.4)';
    default:
      return null;
  }
}

function findValueWeakness(parameters: WithValue): string | null {
  const { challengeValue } = parameters;
  // Without a value the pattern decides; `planHttpCheck` reports that deviation.
  if (challengeValue === '') return null;
  if (/[\s\p{Cc}]/u.test(challengeValue))
    return 'challenge_value holds white space or a control character, which no Random Value or Request Token has; send the value alone';
  const [random = '', what] = isNameValue(parameters)
    ? ([longestLabel(challengeValue), 'the longest label of challenge_value'] as const)
    : ([challengeValue, 'challenge_value'] as const);
  const { length } = Array.from(random);
  if (length >= MIN_RANDOM_VALUE_CHARACTERS) return null;
  return `${what} has ${length} characters, and fewer than ${MIN_RANDOM_VALUE_CHARACTERS} base64url characters cannot hold the ${RANDOM_VALUE_BITS} bits of a Random Value (${cite('definitions')}); draw a longer one`;
}

/** For a CNAME the value is one label of the alias target; the CA's other labels are public. */
function isNameValue(parameters: WithValue): boolean {
  return parameters.method === 'dns-change' && parameters.recordType === 'CNAME';
}

function longestLabel(name: string): string {
  return name.split('.').reduce((longest, label) => (label.length > longest.length ? label : longest), '');
}

function findKeyAuthorizationWeakness({ token, keyAuthorization }: AcmeHttp): string | null {
  if (token.length < MIN_TOKEN_CHARACTERS)
    return `token has ${token.length} characters, and fewer than ${MIN_TOKEN_CHARACTERS} base64url characters cannot hold its 128 bits (RFC 8555 section 8.3)`;
  const [, before, thumbprint = ''] = KEY_AUTHORIZATION.exec(keyAuthorization) ?? [];
  return before === token && isDnsDigest(thumbprint)
    ? null
    : 'key_authorization is not the token, a dot and the thumbprint of the account key, 43 base64url characters (RFC 8555 section 8.1)';
}

/** 43 base64url characters without stray bits. Only TLS-ALPN has the hexadecimal form. */
function isDnsDigest(text: string): boolean {
  return text.length === 43 && parseKeyAuthorizationDigest(text) !== null;
}

/** Alphabets of Random Values and the bits of entropy per character; any other value counts as base64url. */
const ALPHABETS: readonly { readonly pattern: RegExp; readonly bits: number }[] = [
  { pattern: /^[0-9]*$/, bits: Math.log2(10) },
  { pattern: /^(?:[0-9a-f]*|[0-9A-F]*)$/, bits: 4 },
  { pattern: /^(?:[0-9a-z]*|[0-9A-Z]*)$/, bits: Math.log2(36) },
];

/**
 * Whether a value of {@link MIN_RANDOM_VALUE_CHARACTERS} or more probably has too little entropy for a Random Value,
 * because its alphabet seems small. A heuristic, for advisories only.
 */
export function seemsToLackEntropy(parameters: WithValue): boolean {
  const value = isNameValue(parameters) ? longestLabel(parameters.challengeValue) : parameters.challengeValue;
  const alphabet = ALPHABETS.find(({ pattern }) => pattern.test(value));
  return value.length * (alphabet?.bits ?? 6) < RANDOM_VALUE_BITS;
}
