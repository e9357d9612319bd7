import { MAX_NAME_LENGTH } from '../check/check.ts';
import { foldAscii } from './octets.ts';

/** A label in a query that this service sends: LDH and underscore, lower case, at most 63 octets. */
const QUERY_LABEL = /^[a-z0-9_-]{1,63}$/;

/** Whether `name` may be sent in a query: lower-case labels, no final dot, not too long. */
export function isQueryName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && name.split('.').every((label) => QUERY_LABEL.test(label));
}

/** Whether `prefix` is one label that starts with an underscore (TLS BR 3.2.2.4.7 [dcv-dns-change]). */
export function isUnderscoreLabel(prefix: string): boolean {
  return /^_[A-Za-z0-9_-]{0,62}$/.test(prefix);
}

/** The form in which names are compared: without case (RFC 4343) and without a final dot. */
export function comparableName(name: string): string {
  return foldAscii(name).replace(/\.$/, '');
}
