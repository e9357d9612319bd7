import { comparableName } from '../dns/dns-name.ts';
import { foldAscii, utf8Octets } from '../dns/octets.ts';
import { parseIpAddress } from '../net/ip-address.ts';
import type { Match } from './match.ts';

/** How to search a record for a Random Value or Request Token. */
export interface ValueRule {
  /** Whether the value must be the whole record. */
  readonly wholeValue: boolean;
  /** The match for a value that differs only in the case of ASCII letters. */
  readonly whenCaseDiffers: Match;
}

/** Search the octets of a TXT record or CAA value for `expected` (TLS BR 3.2.2.4.7 [dcv-dns-change]). */
export function matchValue(octets: string, expected: string, rule: ValueRule): Match {
  const wanted = utf8Octets(expected);
  if (wanted === null || wanted === '') return 'none';
  if (holds(octets, wanted, rule.wholeValue)) return 'exact';
  return holds(foldAscii(octets), foldAscii(wanted), rule.wholeValue) ? rule.whenCaseDiffers : 'none';
}

/** Search a name from the DNS for `expected`, ignoring case and final dots (RFC 4343). */
export function matchName(name: string, expected: string, wholeValue: boolean): Match {
  const wanted = comparableName(expected);
  return wanted !== '' && holds(comparableName(name), wanted, wholeValue) ? 'exact' : 'none';
}

/**
 * Compare addresses as numbers. A malformed address equals nothing; an IPv4-mapped address does not equal its IPv4
 * address.
 */
export function matchAddress(address: string, expected: string): Match {
  const wanted = parseIpAddress(expected);
  return wanted !== null && parseIpAddress(address)?.text === wanted.text ? 'exact' : 'none';
}

function holds(text: string, wanted: string, wholeValue: boolean): boolean {
  return wholeValue ? text === wanted : text.includes(wanted);
}
