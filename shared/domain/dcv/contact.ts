import type { ContactMethod } from '../check/check.ts';
import { type ContactProblem, MAX_CONTACT_OCTETS } from '../check/check-result.ts';
import { equalsIgnoringCase } from '../dns/ascii.ts';
import { decodeUtf8, foldAscii, utf8Octets } from '../dns/octets.ts';
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

/**
 * `Domain` of RFC 5321 section 4.1.2 with the U-labels of RFC 6531 section 3.3: a CA sends mail there. Narrower than
 * `addr-spec`, which also takes address literals and names that no mail system has.
 */
const MAIL_LABEL =
  '[A-Za-z0-9\\u{80}-\\u{10FFFF}](?:[A-Za-z0-9\\-\\u{80}-\\u{10FFFF}]*[A-Za-z0-9\\u{80}-\\u{10FFFF}])?';
const MAIL_DOMAIN = new RegExp(`^${MAIL_LABEL}(?:\\.${MAIL_LABEL})*$`, 'u');

/** RFC 5321 section 4.5.3.1, and RFC 1035 section 2.3.4 for a label, octets. */
const MAX_LOCAL_PART = 64;
const MAX_LABEL = 63;
/** E.164: digits of an international number. */
const MAX_DIGITS = 15;
/** Digits of a number, with a separator after each. */
const MAX_PHONE = 2 * MAX_DIGITS + 2;

/** Control and format characters, and line separators: they hide or reorder what a person reads. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

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

/** A published value: a contact in canonical form, or why it is none. */
export type ContactReading =
  | { readonly ok: true; readonly contact: string }
  | { readonly ok: false; readonly problem: ContactProblem };

/**
 * Reads one published value as the contact of a method (TLS BR Appendix A.1 [caa-contact]). Values whose canonical forms
 * are equal are one contact: of an email address the domain in lower case, of a telephone number the number as it is.
 * What this returns, {@link matchEmail} or {@link matchPhone} finds equal to the value, exactly.
 */
export function readContact(method: ContactMethod, octets: string): ContactReading {
  const text = decodeUtf8(octets);
  if (text === null) return { ok: false, problem: 'not-utf-8' };
  if (HIDDEN.test(text)) return { ok: false, problem: 'hidden-characters' };
  return contactKind(method) === 'email' ? readEmail(text) : readPhone(text);
}

/** Whether `contact` is what {@link readContact} makes of some value. */
export function isCanonicalContact(method: ContactMethod, contact: string): boolean {
  const octets = utf8Octets(contact);
  const reading = octets === null ? null : readContact(method, octets);
  return reading?.ok === true && reading.contact === contact;
}

export function contactKind(method: ContactMethod): 'email' | 'phone' {
  return method === 'contact-email-txt' || method === 'contact-email-caa' ? 'email' : 'phone';
}

function readEmail(text: string): ContactReading {
  if (octetsOf(text) > MAX_CONTACT_OCTETS) return { ok: false, problem: 'too-long' };
  const address = parseEmailAddress(text);
  if (address === null || !MAIL_DOMAIN.test(address.domain))
    return { ok: false, problem: 'not-an-email-address' };
  const { localPart, domain } = address;
  const isTooLong =
    octetsOf(localPart) > MAX_LOCAL_PART || domain.split('.').some((label) => octetsOf(label) > MAX_LABEL);
  return isTooLong
    ? { ok: false, problem: 'too-long' }
    : { ok: true, contact: `${localPart}@${foldAscii(domain)}` };
}

function readPhone(text: string): ContactReading {
  if (text.length > MAX_PHONE) return { ok: false, problem: 'too-long' };
  if (!isGlobalNumber(text)) return { ok: false, problem: 'not-a-phone-number' };
  return text.replace(/[^0-9]/g, '').length > MAX_DIGITS
    ? { ok: false, problem: 'too-long' }
    : { ok: true, contact: text };
}

function octetsOf(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

function isSameMailbox(one: EmailAddress, other: EmailAddress): boolean {
  return one.localPart === other.localPart && equalsIgnoringCase(one.domain, other.domain);
}
