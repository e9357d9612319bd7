import { getDomain } from 'tldts-icann';

/**
 * The Base Domain Name of `name`: its public suffix, by the ICANN part of the Public Suffix List, and one label more (TLS
 * BR 1.6.1 [definitions]). Null for a public suffix itself. A top-level domain that is not on the list is a suffix.
 *
 * @param name lower-case A-labels without a final dot.
 */
export function baseDomainName(name: string): string | null {
  return getDomain(name, { extractHostname: false, validateHostname: false });
}
