import { MAX_NAME_LENGTH } from '../../../domain/check/check.ts';

/**
 * A domain name as its labels, leftmost first, one latin1 character per octet; the root is the empty list.
 *
 * Labels stay separate because a label may contain any octet, including a dot: as dotted text, two different names
 * could be equal, and a result could apply to the wrong one.
 */
export type DomainName = readonly string[];

/** RFC 1035 section 2.3.4. */
export const MAX_NAME_OCTETS = 255;

const QUERY_NAME = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/** The labels of a valid query name (lower-case letters, digits, hyphen, underscore); null if invalid. */
export function parseQueryName(name: string): DomainName | null {
  return name.length <= MAX_NAME_LENGTH && QUERY_NAME.test(name) ? name.split('.') : null;
}

/** Octets of `name` on the wire, including the final zero. */
export function nameOctets(name: DomainName): number {
  let octets = 1;
  for (const label of name) octets += label.length + 1;
  return octets;
}

/** Write `name` uncompressed at `offset`; returns the offset behind it. */
export function writeName(name: DomainName, target: Buffer, offset: number): number {
  let at = offset;
  for (const label of name) {
    target[at] = label.length;
    at += 1 + target.write(label, at + 1, 'latin1');
  }
  target[at] = 0;
  return at + 1;
}

/** Lower A to Z only. The DNS folds no other octet, unlike `toLowerCase` (RFC 4343 section 3). */
export function lowerAscii(label: string): string {
  return /[A-Z]/.test(label) ? label.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : label;
}

/** RFC 4343: names are equal if their labels are, ignoring ASCII case. */
export function sameName(one: DomainName, other: DomainName): boolean {
  return one === other || (one.length === other.length && endsWithName(one, other));
}

/** Whether `name` is `ancestor` or below it. */
export function endsWithName(name: DomainName, ancestor: DomainName): boolean {
  const skipped = name.length - ancestor.length;
  return skipped >= 0 && ancestor.every((label, index) => sameLabel(label, name[skipped + index] ?? ''));
}

function sameLabel(one: string, other: string): boolean {
  return one === other || (one.length === other.length && lowerAscii(one) === lowerAscii(other));
}

/** A text that is equal only for equal names: labels are escaped, so that the dots between them are unambiguous. */
export function nameKey(name: DomainName): string {
  return lowerAscii(presentName(name));
}

/**
 * Presentation format with a final dot (RFC 4343 section 2.1): all but letters, digits, hyphen and underscore as
 * `\DDD`.
 */
export function presentName(name: DomainName): string {
  if (name.length === 0) return '.';
  let text = '';
  for (const label of name) text += `${escapeLabel(label)}.`;
  return text;
}

function escapeLabel(label: string): string {
  if (!/[^A-Za-z0-9_-]/.test(label)) return label;
  return label.replace(/[^A-Za-z0-9_-]/g, (octet) => `\\${octet.charCodeAt(0).toString().padStart(3, '0')}`);
}

/**
 * The target of `name` by a DNAME at `owner`; null if it would be too long (RFC 6672 section 2.2). Requires that `name`
 * is below `owner`.
 */
export function substituteSuffix(name: DomainName, owner: DomainName, target: DomainName): DomainName | null {
  const result = [...name.slice(0, name.length - owner.length), ...target];
  return nameOctets(result) <= MAX_NAME_OCTETS ? result : null;
}
