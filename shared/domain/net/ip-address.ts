/** An IP address read from a strict literal. */
export interface IpAddress {
  readonly family: 4 | 6;
  /** 4 or 16 octets in network order. */
  readonly bytes: readonly number[];
  /** Dotted decimal, or RFC 5952 text: equal addresses have equal texts. */
  readonly text: string;
}

/** The longest form: eight groups, the last two as dotted decimal. Longer input is not parsed. */
const MAX_LITERAL_LENGTH = 45;
const IPV6_GROUPS = 8;

const DECIMAL_OCTET = /^(?:0|[1-9][0-9]{0,2})$/;
const HEX_GROUP = /^[0-9a-f]{1,4}$/i;

/**
 * Parse an IP literal; null if `text` is not one.
 *
 * Stricter than the C library and common packages, which accept octal, hexadecimal and shortened forms such as
 * `0177.0.0.1` or `127.1`: if two parsers disagree about a literal, it can bypass an address filter. Accepts dotted
 * decimal with four parts and no leading zeros, and the text forms of RFC 4291 section 2.2. Zone indexes, brackets,
 * prefix lengths and white space are not part of an address.
 */
export function parseIpAddress(text: string): IpAddress | null {
  if (text.length > MAX_LITERAL_LENGTH) return null;
  if (text.includes(':')) {
    const groups = parseIpv6Groups(text);
    if (groups === null) return null;
    const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
    return { family: 6, bytes, text: formatIpv6(groups, bytes) };
  }
  const bytes = parseIpv4Bytes(text);
  return bytes === null ? null : { family: 4, bytes, text: bytes.join('.') };
}

function parseIpv4Bytes(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => DECIMAL_OCTET.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

function parseIpv6Groups(text: string): number[] | null {
  const [before = '', after, ...more] = text.split('::');
  if (more.length > 0) return null;
  if (after === undefined) {
    const groups = parseGroupRun(before, true);
    return groups?.length === IPV6_GROUPS ? groups : null;
  }
  const head = parseGroupRun(before, false);
  const tail = parseGroupRun(after, true);
  if (head === null || tail === null) return null;
  const missing = IPV6_GROUPS - head.length - tail.length;
  // "::" stands for at least one group (RFC 4291 section 2.2), so at most seven groups are written beside it.
  return missing < 1 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroupRun(text: string, endsLiteral: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (HEX_GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const embedded = endsLiteral && index === parts.length - 1 ? parseIpv4Bytes(part) : null;
    if (embedded === null) return null;
    const [a = 0, b = 0, c = 0, d = 0] = embedded;
    groups.push((a << 8) | b, (c << 8) | d);
  }
  return groups;
}

/**
 * RFC 5952 section 4, and section 5 for IPv4-mapped addresses, the only prefix known to contain an IPv4 address
 * unchanged.
 */
function formatIpv6(groups: readonly number[], bytes: readonly number[]): string {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.slice(12).join('.')}`;
  }
  const hex = groups.map((group) => group.toString(16));
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** The first of equally long runs wins (RFC 5952 section 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: index - length + 1, length };
  }
  return longest;
}

/**
 * The name of an address in the reverse zone: octets or nibbles in reverse order below `in-addr.arpa` (RFC 1035 section
 * 3.5) or `ip6.arpa` (RFC 3596 section 2.5). Lower-case, no final dot.
 *
 * @throws TypeError if `address` is not an IP literal; callers pass an address that was parsed before.
 */
export function reverseName(address: string): string {
  const parsed = parseIpAddress(address);
  if (parsed === null) throw new TypeError('reverseName needs an IP address');
  if (parsed.family === 4) return `${parsed.bytes.toReversed().join('.')}.in-addr.arpa`;
  const nibbles = parsed.bytes.flatMap((byte) => [(byte >> 4).toString(16), (byte & 0xf).toString(16)]);
  return `${nibbles.toReversed().join('.')}.ip6.arpa`;
}

/**
 * The address that a full-length reverse name represents; null for any other name.
 *
 * Shorter names represent networks, and names with other labels (RFC 2317) whatever the zone's owner chooses: neither
 * identifies one address. Case is ignored; a name with a final dot returns null.
 */
export function addressOfReverseName(name: string): IpAddress | null {
  const labels = name.toLowerCase().split('.');
  const suffix = labels.splice(-2).join('.');
  const reversed = labels.toReversed();
  if (suffix === 'in-addr.arpa') return parseIpAddress(reversed.join('.'));
  if (suffix !== 'ip6.arpa' || reversed.length !== 32) return null;
  if (!reversed.every((nibble) => /^[0-9a-f]$/.test(nibble))) return null;
  return parseIpAddress(reversed.join('').replace(/(.{4})(?!$)/g, '$1:'));
}
