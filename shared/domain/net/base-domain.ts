import { getDomain } from 'tldts-icann';

/**
 * The Base Domain Name of `name`: its public suffix, by the ICANN section of the Public Suffix List, and one more label
 * (TLS BR 1.6.1 [definitions]). Null if `name` is itself a public suffix. A top-level domain that is not on the list
 * counts as a public suffix.
 *
 * @param name lower-case A-labels without a final dot.
 */
export function baseDomainName(name: string): string | null {
  return getDomain(name, { extractHostname: false, validateHostname: false });
}
