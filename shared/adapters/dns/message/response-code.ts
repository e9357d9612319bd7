import type { LookupFailureReason } from '../../../domain/dns/lookup.ts';
import type { ExtendedError } from './edns.ts';
import type { DnsMessage } from './message-reader.ts';
import { EDE, RCODE, rcodeName } from './protocol.ts';

/** Why a well-formed response does not count as an answer. */
export interface RefusedResponse {
  readonly reason: LookupFailureReason;
  readonly detail: string;
}

/**
 * With SERVFAIL, these mean that validation failed (RFC 8914 section 4; RFC 9276 section 3.2 for code 27). Includes the
 * codes for unsupported algorithms: a zone that only has these is insecure and gets an answer, not SERVFAIL.
 */
const BOGUS_CODES: readonly number[] = [
  EDE.UNSUPPORTED_DNSKEY_ALGORITHM,
  EDE.UNSUPPORTED_DS_DIGEST,
  EDE.DNSSEC_BOGUS,
  EDE.SIGNATURE_EXPIRED,
  EDE.SIGNATURE_NOT_YET_VALID,
  EDE.DNSKEY_MISSING,
  EDE.RRSIGS_MISSING,
  EDE.NO_ZONE_KEY_BIT,
  EDE.NSEC_MISSING,
  EDE.EXPIRED_BEFORE_VALID,
  EDE.UNSUPPORTED_NSEC3_ITERATIONS,
];
/**
 * With any response code, these mean that the data is bogus or that the denial was not checked. Data in such a
 * response, from a resolver in permissive mode, is not used.
 */
const ALWAYS_BOGUS_CODES: readonly number[] = [EDE.DNSSEC_BOGUS, EDE.UNSUPPORTED_NSEC3_ITERATIONS];
const UNREACHABLE_CODES: readonly number[] = [EDE.NO_REACHABLE_AUTHORITY, EDE.NETWORK_ERROR];

/**
 * Null if `message` is an answer (NOERROR or NXDOMAIN), otherwise why it is not.
 *
 * Extended errors can turn an answer into a failure, or make a failure more precise, never the reverse: they are not
 * authenticated (RFC 8914 section 6).
 */
export function refuseResponse({ rcode, extendedErrors }: DnsMessage): RefusedResponse | null {
  const bogusCodes = rcode === RCODE.SERVFAIL ? BOGUS_CODES : ALWAYS_BOGUS_CODES;
  if (carries(extendedErrors, bogusCodes)) return refused('bogus', 'the data fails DNSSEC validation');
  if (carries(extendedErrors, [EDE.DNSSEC_INDETERMINATE])) {
    return refused('indeterminate', 'the DNSSEC status of the data cannot be determined');
  }
  switch (rcode) {
    case RCODE.NOERROR:
    case RCODE.NXDOMAIN:
      return null;
    case RCODE.SERVFAIL:
      return carries(extendedErrors, UNREACHABLE_CODES)
        ? refused('unreachable', 'the name servers of the name cannot be reached')
        : refused('servfail', 'the server answered SERVFAIL');
    case RCODE.REFUSED:
      return refused('refused', 'the server answered REFUSED');
    default:
      return refused('rcode', `the server answered ${rcodeName(rcode)}`);
  }
}

function carries(errors: readonly ExtendedError[], codes: readonly number[]): boolean {
  return errors.some(({ code }) => codes.includes(code));
}

function refused(reason: LookupFailureReason, detail: string): RefusedResponse {
  return { reason, detail };
}
