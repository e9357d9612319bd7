import type { DnssecStatus } from '../check/check.ts';
import type { ProvenInsecure } from '../check/check-result.ts';

/** The record types that a check may query. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'CAA' | 'PTR';

/** One CAA property as received (RFC 8659 section 4.1). `value` keeps the octets, one character each (latin1). */
export interface CaaRecord {
  readonly flags: number;
  readonly tag: string;
  readonly value: string;
}

/**
 * The RDATA of the queried records, by type.
 *
 * - A, AAAA: address text, RFC 5952 for IPv6.
 * - CNAME, PTR: name in presentation format with a final dot, case kept. Octets other than letters, digits, hyphen or
 *   underscore are escaped as `\DDD` (a dot inside a label too), so that different names have different texts.
 * - TXT: the character-strings of one record joined without a separator, one character per octet (latin1).
 */
export type RecordData =
  | { readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'TXT'; readonly value: string }
  | { readonly type: 'CAA'; readonly caa: CaaRecord };

export const LOOKUP_FAILURES = [
  'timeout',
  'unreachable',
  'servfail',
  'refused',
  'rcode',
  'malformed',
  'alias-loop',
  'alias-chain-too-long',
  'truncated',
  'bogus',
  'indeterminate',
  'resolver-failed',
  'invalid-name',
  'aborted',
] as const;
export type LookupFailureReason = (typeof LOOKUP_FAILURES)[number];

interface LookupFacts {
  /** Queried name, lower-case, no final dot. */
  readonly name: string;
  readonly type: RecordType;
  /** The server queried last, for instance `system 192.0.2.53:53`. */
  readonly server: string;
  /** Queries sent, retries over UDP and TCP included. */
  readonly tries: number;
  readonly elapsedMs: number;
  /** RFC 8914 codes with their texts, bounded. */
  readonly extendedErrors: readonly { readonly code: number; readonly text: string }[];
  /**
   * `not validated` if the resolver does not validate. For a failure: `bogus`, else `indeterminate` unless the name is
   * proven insecure.
   */
  readonly dnssec: DnssecStatus;
  /** The proof for `insecure`. */
  readonly insecurity?: ProvenInsecure | undefined;
}

/**
 * A positive or negative answer: `records` is empty for NXDOMAIN and for a name without the type. `cnameChain` lists
 * the alias targets followed, in order; `records` are those at its end (RFC 8659 section 3).
 */
export interface LookupAnswer extends LookupFacts {
  readonly status: 'answered';
  /** 0 NOERROR or 3 NXDOMAIN; every other code is a failure. */
  readonly rcode: 0 | 3;
  readonly records: readonly RecordData[];
  readonly cnameChain: readonly string[];
  /** Smallest TTL in seconds of aliases and records, or of the SOA of a denial; null if there is none. */
  readonly ttl: number | null;
  readonly adFlag: boolean;
  readonly dnssec: Exclude<DnssecStatus, 'bogus' | 'indeterminate'>;
}

/** No usable answer. Never the same as "no records". */
export interface LookupFailure extends LookupFacts {
  readonly status: 'failed';
  readonly reason: LookupFailureReason;
  /**
   * One sentence for the operator: what happened, at which server. Contains no data from the network except EDE texts.
   */
  readonly message: string;
  /** Full RCODE with the extended bits, if there was a response. */
  readonly rcode: number | null;
  /** Whether the query was sent again after a failed try. */
  readonly retried: boolean;
}

export type Lookup = LookupAnswer | LookupFailure;

/**
 * What a resolver found out about a failed lookup, for TLS BR 4.2.2.1 [caa].
 *
 * `security` is the RFC 4035 section 4.3 status of the name: `insecure` only by a signed proof that a delegation at or
 * above it has no usable DS, for the name and for every alias target up to the one that failed; `signed` if no such
 * delegation exists; `unknown` if neither could be shown.
 */
export interface FailureInquiry {
  /** A name on another authoritative path, queried before and after the retry; null if no suitable name exists. */
  readonly controlName: string | null;
  /** It resolved both times. */
  readonly controlAnswered: boolean;
  /** The query was sent again in between and got no answer. */
  readonly lasted: boolean;
  /** The answer to the query sent in between. */
  readonly answer?: LookupAnswer | undefined;
  readonly security: 'insecure' | 'signed' | 'unknown';
  readonly insecurity?: ProvenInsecure | undefined;
}
