import { comparableName } from '../dns/dns-name.ts';
import { foldAscii, utf8Octets } from '../dns/octets.ts';
import { parseIpAddress } from '../net/ip-address.ts';
import type { Match } from './match.ts';

/** How a Random Value or Request Token is looked for in a record. */
export interface ValueRule {
  /** The whole record, not a part of it. */
  readonly wholeValue: boolean;
  /** What a value is worth that is there but for the case of ASCII letters. */
  readonly whenCaseDiffers: Match;
}

/** Look for `expected` in the octets of a TXT record or CAA value (TLS BR 3.2.2.4.7 [dcv-dns-change]). */
export function matchValue(octets: string, expected: string, rule: ValueRule): Match {
  const wanted = utf8Octets(expected);
  if (wanted === null || wanted === '') return 'none';
  if (holds(octets, wanted, rule.wholeValue)) return 'exact';
  return holds(foldAscii(octets), foldAscii(wanted), rule.wholeValue) ? rule.whenCaseDiffers : 'none';
}

/** Look for `expected` in a name the DNS gave, without case and without final dots (RFC 4343). */
export function matchName(name: string, expected: string, wholeValue: boolean): Match {
  const wanted = comparableName(expected);
  return wanted !== '' && holds(comparableName(name), wanted, wholeValue) ? 'exact' : 'none';
}

/** Compare addresses as numbers. A malformed one equals nothing; nor does an IPv4-mapped one equal its IPv4 address. */
export function matchAddress(address: string, expected: string): Match {
  const wanted = parseIpAddress(expected);
  return wanted !== null && parseIpAddress(address)?.text === wanted.text ? 'exact' : 'none';
}

function holds(text: string, wanted: string, wholeValue: boolean): boolean {
  return wholeValue ? text === wanted : text.includes(wanted);
}
