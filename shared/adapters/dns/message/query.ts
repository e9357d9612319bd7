import { type DomainName, nameOctets, writeName } from './names.ts';
import { CLASS_IN, EDNS_UDP_BYTES, FLAG, HEADER_BYTES, TYPE } from './protocol.ts';

/** A query as sent, and the end of its question, which a response has to repeat octet by octet. */
export interface EncodedQuery {
  readonly bytes: Buffer;
  readonly questionEnd: number;
}

/** OPT record: root owner, type, UDP size, extended RCODE and version zero, flags, no options. */
const OPT_BYTES = 11;
/** DO bit (RFC 3225): requests DNSSEC records, and with them the AD bit of a validated answer. */
const FLAG_DO = 0x8000;

/**
 * Encode one recursive query with EDNS. Requires that the labels of `name` were validated or read from a message.
 *
 * @param checkingDisabled set the CD bit, so that a validating resolver also returns data that fails validation (RFC
 *   4035 section 3.2.2).
 */
export function encodeQuery(
  name: DomainName,
  type: number,
  id: number,
  checkingDisabled = false,
): EncodedQuery {
  const questionEnd = HEADER_BYTES + nameOctets(name) + 4;
  const bytes = Buffer.allocUnsafe(questionEnd + OPT_BYTES).fill(0);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(checkingDisabled ? FLAG.RD | FLAG.CD : FLAG.RD, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt16BE(1, 10);

  const nameEnd = writeName(name, bytes, HEADER_BYTES);
  bytes.writeUInt16BE(type, nameEnd);
  bytes.writeUInt16BE(CLASS_IN, nameEnd + 2);

  bytes.writeUInt16BE(TYPE.OPT, questionEnd + 1);
  bytes.writeUInt16BE(EDNS_UDP_BYTES, questionEnd + 3);
  bytes.writeUInt16BE(FLAG_DO, questionEnd + 7);
  return { bytes, questionEnd };
}

/**
 * Whether `response` answers `query`: a response to a standard query with the same id and, octet by octet, the same
 * question. Letter case counts, because a forger has to guess the exact octets.
 */
export function answersQuery(response: Buffer, { bytes, questionEnd }: EncodedQuery): boolean {
  if (response.length < questionEnd) return false;
  if (response[0] !== bytes[0] || response[1] !== bytes[1]) return false;
  if ((response.readUInt16BE(2) & (FLAG.QR | FLAG.OPCODE)) !== FLAG.QR) return false;
  return response.compare(bytes, HEADER_BYTES, questionEnd, HEADER_BYTES, questionEnd) === 0;
}

export function isTruncated(response: Buffer): boolean {
  return (response.readUInt16BE(2) & FLAG.TC) !== 0;
}
