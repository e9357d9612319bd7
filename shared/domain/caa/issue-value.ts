import { CHAR, isLetterOrDigit } from '../dns/ascii.ts';

/** One `tag=value` pair behind the issuer of an issue property, as written. */
export interface IssueParameter {
  readonly tag: string;
  readonly value: string;
}

/** A value that matches the grammar. `issuer` keeps its letter case and is empty if the value names no issuer. */
export interface IssueValue {
  readonly issuer: string;
  readonly parameters: readonly IssueParameter[];
}

const NO_PARAMETERS: readonly IssueParameter[] = Object.freeze([]);

/**
 * Read the value of an `issue`, `issuewild` or `issuemail` property (RFC 8659 section 4.2, RFC 9495 section 3):
 *
 *     issue-value = *WSP [issuer-domain-name *WSP] [";" *WSP [parameters *WSP]]
 *     parameters  = (parameter *WSP ";" *WSP parameters) / parameter
 *     parameter   = tag *WSP "=" *WSP value
 *
 * Null if the value does not match. The property still counts, as one with an empty issuer.
 *
 * The value is untrusted: one pass from left to right reads each octet a bounded number of times.
 *
 * @param value the octets of the property value, one character each.
 */
export function parseIssueValue(value: string): IssueValue | null {
  let at = skipSpace(value, 0);
  let issuer = '';
  if (at < value.length && value.charCodeAt(at) !== CHAR.semicolon) {
    const end = endOfIssuerName(value, at);
    if (end < 0) return null;
    issuer = value.slice(at, end);
    at = skipSpace(value, end);
  }
  if (at === value.length) return { issuer, parameters: NO_PARAMETERS };
  if (value.charCodeAt(at) !== CHAR.semicolon) return null;

  at = skipSpace(value, at + 1);
  if (at === value.length) return { issuer, parameters: NO_PARAMETERS };
  const parameters = parseParameters(value, at);
  return parameters && { issuer, parameters };
}

/** True for a name that an issue property can contain (RFC 8659 section 4.2, `issuer-domain-name`). */
export function isIssuerDomainName(name: string): boolean {
  return endOfIssuerName(name, 0) === name.length;
}

function parseParameters(value: string, start: number): IssueParameter[] | null {
  const parameters: IssueParameter[] = [];
  let at = start;
  for (;;) {
    const tagEnd = endOfLabel(value, at);
    if (tagEnd < 0) return null;
    const tag = value.slice(at, tagEnd);

    at = skipSpace(value, tagEnd);
    if (at === value.length || value.charCodeAt(at) !== CHAR.equals) return null;
    at = skipSpace(value, at + 1);
    const valueEnd = endOfParameterValue(value, at);
    parameters.push({ tag, value: value.slice(at, valueEnd) });

    at = skipSpace(value, valueEnd);
    if (at === value.length) return parameters;
    if (value.charCodeAt(at) !== CHAR.semicolon) return null;
    // A separator must be followed by a pair, so a trailing semicolon is a pair without a tag and fails.
    at = skipSpace(value, at + 1);
  }
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== CHAR.space && code !== CHAR.tab) break;
    at++;
  }
  return at;
}

/** `issuer-domain-name = label *("." label)`: where the name ends, or -1. */
function endOfIssuerName(text: string, start: number): number {
  let end = endOfLabel(text, start);
  while (end >= 0 && end < text.length && text.charCodeAt(end) === CHAR.dot) end = endOfLabel(text, end + 1);
  return end;
}

/** `label = (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT))`, which is also the form of a parameter tag: its end, or -1. */
function endOfLabel(text: string, start: number): number {
  let end = start;
  let last = CHAR.hyphen as number;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (!isLetterOrDigit(code) && (code !== CHAR.hyphen || end === start)) break;
    last = code;
    end++;
  }
  return last === CHAR.hyphen ? -1 : end;
}

/** `value = *(%x21-3A / %x3C-7E)`: where it ends, which may be where it starts. */
function endOfParameterValue(text: string, start: number): number {
  let end = start;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code < 0x21 || code > 0x7e || code === CHAR.semicolon) break;
    end++;
  }
  return end;
}
