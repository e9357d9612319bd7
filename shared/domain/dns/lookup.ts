import type { DnssecStatus } from '../check/check.ts';
import type { ProvenInsecure } from '../check/check-result.ts';

/** The record types a check may ask for. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'CAA' | 'PTR';

/**
 * One CAA property as it stood on the wire (RFC 8659 section 4.1). `value` keeps the octets, one character each
 * (latin1).
 */
export interface CaaRecord {
  readonly flags: number;
  readonly tag: string;
  readonly value: string;
}

/**
 * The RDATA of the records asked for, by type.
 *
 * - A, AAAA: address text, RFC 5952 for IPv6.
 * - CNAME, PTR: name in presentation format with a final dot, case kept, octets that are not letters, digits, hyphen
 *   or underscore escaped as `\DDD` (a dot inside a label too), so that two names never share one text.
 * - TXT: the character-strings of one record joined with nothing between, one character per octet (latin1).
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
  /** Name asked for, lower-case, no final dot. */
  readonly name: string;
  readonly type: RecordType;
  /** Which server was asked last, for instance `system 192.0.2.53:53`. */
  readonly server: string;
  /** Queries sent, retries over UDP and TCP included. */
  readonly tries: number;
  readonly elapsedMs: number;
  /** RFC 8914 codes with their texts, bounded. */
  readonly extendedErrors: readonly { readonly code: number; readonly text: string }[];
  /**
   * `not validated` if the resolver does not validate. Of a failure: `bogus`, else `indeterminate`, unless the name is
   * proven insecure.
   */
  readonly dnssec: DnssecStatus;
  /** The proof behind `insecure`. */
  readonly insecurity?: ProvenInsecure | undefined;
}

/**
 * An answer, existing or not: `records` is empty for NXDOMAIN and for a name without the type.
 * `cnameChain` lists the alias targets followed, in order; `records` are those at its end (RFC 8659 section 3).
 */
export interface LookupAnswer extends LookupFacts {
  readonly status: 'answered';
  /** 0 NOERROR or 3 NXDOMAIN; every other code is a failure. */
  readonly rcode: 0 | 3;
  readonly records: readonly RecordData[];
  readonly cnameChain: readonly string[];
  /** Smallest TTL in seconds of aliases and records, or of the SOA of a denial; null when nothing carried one. */
  readonly ttl: number | null;
  readonly adFlag: boolean;
  readonly dnssec: Exclude<DnssecStatus, 'bogus' | 'indeterminate'>;
}

/** No usable answer. It is never the same as "no records". */
export interface LookupFailure extends LookupFacts {
  readonly status: 'failed';
  readonly reason: LookupFailureReason;
  /** One sentence for the operator: what happened, at which server. Holds no data from the network beyond EDE texts. */
  readonly message: string;
  /** Full RCODE with the extended bits, when a response had one. */
  readonly rcode: number | null;
  /** Whether the question was put again after a try had failed. */
  readonly retried: boolean;
}

export type Lookup = LookupAnswer | LookupFailure;

/**
 * What a resolver can show about a failed lookup besides the failure itself, for TLS BR 4.2.2.1 [caa].
 *
 * `security` is what RFC 4035 section 4.3 says of the name: `insecure` only by a signed proof that a delegation at or
 * above it has no usable DS, for the name and for every alias target on the way to the one that failed; `signed` when there
 * is none all the way down, `unknown` when neither could be shown.
 */
export interface FailureInquiry {
  /** A name on another authoritative path that was asked before and after; null when there is none that would tell. */
  readonly controlName: string | null;
  /** It resolved both times. */
  readonly controlAnswered: boolean;
  /** The question was put again in between, and nothing answered it. */
  readonly lasted: boolean;
  /** What answered it in between. */
  readonly answer?: LookupAnswer | undefined;
  readonly security: 'insecure' | 'signed' | 'unknown';
  readonly insecurity?: ProvenInsecure | undefined;
}
