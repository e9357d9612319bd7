/** A name that, with all names below it, is not part of the public DNS. */
export interface SpecialUseName {
  readonly suffix: string;
  readonly purpose: string;
  readonly reference: string;
}

/**
 * Names reserved for uses outside the public DNS, from IANA's registry of special-use domain names and, for `internal`,
 * a resolution of the ICANN board. Certificates must not name them, and a redirect must not send a perspective to them.
 *
 * `onion` is rejected too: its validation rules (TLS BR Appendix B [onion]) are not those of names in the DNS.
 */
export const SPECIAL_USE_NAMES: readonly SpecialUseName[] = [
  { suffix: 'alt', purpose: 'names outside the DNS', reference: 'RFC 9476' },
  { suffix: 'example', purpose: 'documentation', reference: 'RFC 6761' },
  { suffix: 'home.arpa', purpose: 'home networks', reference: 'RFC 8375' },
  { suffix: 'internal', purpose: 'private networks', reference: 'ICANN board resolution 2024.07.29.06' },
  { suffix: 'invalid', purpose: 'names that must not exist', reference: 'RFC 6761' },
  { suffix: 'local', purpose: 'multicast DNS', reference: 'RFC 6762' },
  { suffix: 'localhost', purpose: 'the machine itself', reference: 'RFC 6761' },
  { suffix: 'onion', purpose: 'Tor services', reference: 'RFC 7686' },
  { suffix: 'test', purpose: 'testing', reference: 'RFC 6761' },
];

/**
 * The row that applies to `name` (normalised), or null. `allowTestNames` permits `test`, for installations that serve
 * no CA.
 */
export function findSpecialUseName(name: string, allowTestNames: boolean): SpecialUseName | null {
  const found = SPECIAL_USE_NAMES.find(({ suffix }) => isAtOrBelow(name, suffix)) ?? null;
  return allowTestNames && found?.suffix === 'test' ? null : found;
}

/** Whether `name` equals `suffix` or ends in it at a label boundary. Both normalised. */
export function isAtOrBelow(name: string, suffix: string): boolean {
  return name === suffix || name.endsWith(`.${suffix}`);
}
