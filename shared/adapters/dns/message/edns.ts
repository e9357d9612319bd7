import { type Cursor, MalformedMessage } from './cursor.ts';
import type { DomainName } from './names.ts';

/** One extended DNS error (RFC 8914 section 2); its text is cut and non-printable octets are replaced. */
export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

/** What the OPT record adds to the header (RFC 6891 section 6.1.3). */
export interface Edns {
  /** The upper 8 bits of the 12-bit response code. */
  readonly extendedRcode: number;
  readonly extendedErrors: readonly ExtendedError[];
}

const OPTION_EDE = 15;
const MAX_EDE_TEXT = 200;
/**
 * More codes than any resolver sends. A message with more is rejected, not cut: the cut could remove the code for bogus
 * data.
 */
const MAX_EXTENDED_ERRORS = 16;

/** Read an OPT record after its TTL and RDATA length; leaves the cursor behind the RDATA. */
export function readOpt(cursor: Cursor, owner: DomainName, ttl: number, octets: number): Edns {
  if (owner.length > 0) throw new MalformedMessage('an OPT record is not at the root');
  const end = cursor.offset + octets;
  if (end > cursor.bytes.length) throw new MalformedMessage('RDATA runs past the message');
  const extendedErrors: ExtendedError[] = [];
  while (cursor.offset < end) {
    const option = cursor.uint16();
    const length = cursor.uint16();
    if (cursor.offset + length > end) throw new MalformedMessage('an EDNS option runs past its record');
    if (option === OPTION_EDE) extendedErrors.push(readExtendedError(cursor, length));
    else cursor.skip(length);
  }
  if (cursor.offset !== end) throw new MalformedMessage('RDATA does not fit its length');
  if (extendedErrors.length > MAX_EXTENDED_ERRORS) throw new MalformedMessage('too many extended errors');
  return { extendedRcode: ttl >>> 24, extendedErrors };
}

function readExtendedError(cursor: Cursor, octets: number): ExtendedError {
  if (octets < 2) throw new MalformedMessage('an extended error is too short');
  const code = cursor.uint16();
  const text = cursor.latin1(octets - 2).slice(0, MAX_EDE_TEXT);
  return { code, text: text.replace(/[^\x20-\x7e]/g, '?') };
}
