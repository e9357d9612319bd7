import type { DomainName } from '../../../shared/adapters/dns/message/names.ts';

/**
 * Labels of a name in presentation format (RFC 1035 section 5.1): `\.` and `\DDD` inside a label, final dot optional.
 *
 * @throws Error for a name that does not fit the wire, since a zone is written by us.
 */
export function parseLabName(text: string): DomainName {
  if (text === '.' || text === '') return [];
  const labels: string[] = [];
  let label = '';
  for (const [token] of text.replace(/(?<!\\)\.$/, '').matchAll(/\\\d{3}|\\.|[^\\]/gs)) {
    if (token === '.') {
      labels.push(label);
      label = '';
    } else label += unescapeToken(token);
  }
  labels.push(label);
  if (labels.some((one) => one.length < 1 || one.length > 63))
    throw new Error(`"${text}": a label of 0 or over 63 octets`);
  return labels;
}

/** The octet that `a`, `\.` or `\046` stands for. */
export function unescapeToken(token: string): string {
  if (!token.startsWith('\\')) return token;
  return /^\\\d{3}$/.test(token) ? String.fromCharCode(Number(token.slice(1))) : token.slice(1);
}
