import { equalsIgnoringCase } from '../dns/ascii.ts';
import { decodeUtf8 } from '../dns/octets.ts';
import type { Match } from './match.ts';

/** RFC 5322 section 3.2.3 `atext` with the non-ASCII characters of RFC 6532 section 3.2. */
const ATEXT = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\\u{80}-\\u{10FFFF}]";
const DOT_ATOM = `${ATEXT}+(?:\\.${ATEXT}+)*`;
/** RFC 5322 section 3.2.4: `qtext`, white space and quoted pairs between double quotes. */
const QUOTED_STRING = '"(?:[\\t !#-\\[\\]-~\\u{80}-\\u{10FFFF}]|\\\\[\\t -~\\u{80}-\\u{10FFFF}])*"';
/** RFC 5322 section 3.4.1: `dtext` between square brackets. */
const DOMAIN_LITERAL = '\\[[!-Z^-~\\u{80}-\\u{10FFFF}]*\\]';

const ADDR_SPEC = new RegExp(
  `^(?<localPart>${DOT_ATOM}|${QUOTED_STRING})@(?<domain>${DOT_ATOM}|${DOMAIN_LITERAL})$`,
  'u',
);

interface EmailAddress {
  readonly localPart: string;
  readonly domain: string;
}

/**
 * Parse `addr-spec` of RFC 5322 section 3.4.1 as extended by RFC 6532 section 3.2, without comments, folding or
 * obsolete forms: a DNS contact is the address alone, "with no additional padding or structure" (TLS BR Appendix A.1.1
 * [caa-contact-email] and Appendix A.2.1 [txt-contact-email]).
 */
function parseEmailAddress(text: string): EmailAddress | null {
  const groups = ADDR_SPEC.exec(text)?.groups;
  const { localPart, domain } = groups ?? {};
  return localPart === undefined || domain === undefined ? null : { localPart, domain };
}

/** Whether the whole of `text` is one email address. */
export function isEmailAddress(text: string): boolean {
  return parseEmailAddress(text) !== null;
}

/**
 * Whether the whole of `text` is `global-number-digits` of RFC 3966 section 5.1.4: a plus sign, then digits and visual
 * separators with at least one digit. A space is not a separator.
 */
export function isGlobalNumber(text: string): boolean {
  return /^\+[0-9\-.()]+$/.test(text) && /[0-9]/.test(text);
}

/**
 * Compare a published contact address with the selected one.
 *
 * The domain part is compared without case, the local part with case, because only its own mail system may ignore case
 * (RFC 5321 section 2.4) and another mailbox would be another contact. `lenient`: equal except for case, or equal but
 * not a valid address.
 */
export function matchEmail(octets: string, expected: string): Match {
  const published = decodeUtf8(octets);
  if (published === null) return 'none';
  const seen = parseEmailAddress(published);
  const wanted = parseEmailAddress(expected);
  if (seen !== null && wanted !== null && isSameMailbox(seen, wanted)) return 'exact';
  return equalsIgnoringCase(published, expected) ? 'lenient' : 'none';
}

/**
 * Compare a published telephone number with the selected one, character by character: a different spelling means that
 * it changed since the contact was selected. `lenient`: equal but not a global number, or equal except for case.
 */
export function matchPhone(octets: string, expected: string): Match {
  const published = decodeUtf8(octets);
  if (published === null) return 'none';
  if (published === expected && isGlobalNumber(published)) return 'exact';
  return equalsIgnoringCase(published, expected) ? 'lenient' : 'none';
}

function isSameMailbox(one: EmailAddress, other: EmailAddress): boolean {
  return one.localPart === other.localPart && equalsIgnoringCase(one.domain, other.domain);
}
