import type { PerspectiveCode } from './perspective.ts';

/** Which of the two policies of the service applies to a request. */
export const POLICIES = ['baseline-requirements', 'open-mpic'] as const;
export type Policy = (typeof POLICIES)[number];

export const CHECK_TYPES = ['caa', 'dcv'] as const;
export type CheckType = (typeof CHECK_TYPES)[number];

/** Validation methods in the words of the Open MPIC API. `shared/dcv/methods.ts` ties each to its BR section. */
export const VALIDATION_METHODS = [
  'website-change',
  'acme-http-01',
  'acme-dns-01',
  'acme-tls-alpn-01',
  'dns-change',
  'dns-account-01',
  'dns-persistent',
  'contact-email-txt',
  'contact-phone-txt',
  'contact-email-caa',
  'contact-phone-caa',
  'ip-address',
  'reverse-address-lookup',
] as const;
export type ValidationMethod = (typeof VALIDATION_METHODS)[number];

export const CERTIFICATE_TYPES = ['tls-server', 's-mime'] as const;
export type CertificateType = (typeof CERTIFICATE_TYPES)[number];

/**
 * The identifier to be checked, already normalised by `shared/net/target.ts`.
 *
 * - `domain`: `name` is lower-case A-labels without a final dot and without `*.`; `wildcard` tells that `*.` was there.
 * - `ip`: `address` is dotted decimal or RFC 5952 text.
 * - `reverse-name`: a name under in-addr.arpa or ip6.arpa, which only `reverse-address-lookup` takes; `address` is
 *   the address it stands for.
 */
export type Target =
  | { readonly kind: 'domain'; readonly name: string; readonly wildcard: boolean }
  | { readonly kind: 'ip'; readonly address: string; readonly family: 4 | 6 }
  | {
      readonly kind: 'reverse-name';
      readonly name: string;
      readonly address: string;
      readonly family: 4 | 6;
    };

/** What a CAA check needs to know (RFC 8659, RFC 8657, RFC 9495). */
export interface CaaParameters {
  readonly certificateType: CertificateType;
  /** Issuer domain names of the CA, lower-case. Empty: only a set that does not restrict permits. */
  readonly caaDomains: readonly string[];
  readonly allowLookupFailure: boolean;
  /** Account URIs that the CA recognises as the requesting account; null when the caller gave none. */
  readonly accountUris: readonly string[] | null;
  /**
   * RFC 8657 labels of the method in use, all that stand for it, for instance `dns-01` and `ca-tbr-7`; null when the
   * caller gave none.
   */
  readonly validationMethods: readonly string[] | null;
  /** The method that they were derived from; null or absent when the caller gave labels or nothing. */
  readonly validationMethod?: ValidationMethod | null | undefined;
  /** Whether labels compare without case, which a CA has to document; absent as in former versions: they do not. */
  readonly labelsIgnoreCase?: boolean | undefined;
  /** True when a property limited by RFC 8657 cannot be satisfied by a caller who gave no account or method. */
  readonly enforceRfc8657: boolean;
}

/** What a domain or IP validation needs to know, by method (TLS BR 3.2.2.4 [dcv] and 3.2.2.5 [ip]). */
export type DcvParameters = HttpDcvParameters | TlsAlpnParameters | DnsDcvParameters;

/** The methods that ask a web server. */
export type HttpDcvParameters =
  | {
      readonly method: 'website-change';
      readonly challengeValue: string;
      readonly httpTokenPath: string;
      readonly urlScheme: 'http' | 'https';
      readonly httpHeaders: Readonly<Record<string, string>> | null;
      readonly matchRegex: string | null;
      readonly requireExactCase: boolean;
    }
  | {
      readonly method: 'acme-http-01';
      readonly token: string;
      readonly keyAuthorization: string;
      readonly httpHeaders: Readonly<Record<string, string>> | null;
    };

export interface TlsAlpnParameters {
  readonly method: 'acme-tls-alpn-01';
  /** SHA-256 of the key authorization: 64 hexadecimal digits or 43 base64url characters. */
  readonly keyAuthorizationHash: string;
}

/** The methods that only ask the DNS. */
export type DnsDcvParameters =
  | { readonly method: 'acme-dns-01'; readonly keyAuthorizationHash: string }
  | {
      readonly method: 'dns-account-01';
      readonly keyAuthorizationHash: string;
      /** ACME account URL, from which the `_<label>` of the query name is derived. */
      readonly accountUri: string;
    }
  | {
      readonly method: 'dns-change';
      readonly challengeValue: string;
      readonly recordType: 'CNAME' | 'TXT' | 'CAA';
      /** One or more labels without a final dot; empty string: the name itself. */
      readonly namePrefix: string;
      readonly requireExactMatch: boolean;
      readonly requireExactCase: boolean;
    }
  | {
      readonly method: 'dns-persistent';
      readonly issuerDomainNames: readonly string[];
      readonly expectedAccountUri: string;
      /** Demand `policy=wildcard` for a wildcard target, as the ACME draft does and the BR do not. */
      readonly requireWildcardPolicy: boolean;
    }
  | { readonly method: 'contact-email-txt' | 'contact-phone-txt'; readonly challengeValue: string }
  | {
      readonly method: 'contact-email-caa' | 'contact-phone-caa';
      readonly challengeValue: string;
      readonly namePrefix: string;
    }
  | {
      readonly method: 'ip-address';
      readonly challengeValue: string;
      readonly recordType: 'A' | 'AAAA';
      readonly namePrefix: string;
    }
  | {
      readonly method: 'reverse-address-lookup';
      readonly challengeValue: string;
      readonly namePrefix: string;
    };

/** A record that has to stand in the DNS for a name to have been chosen as the caller says. */
export interface NameLookup {
  readonly type: 'CNAME' | 'PTR';
  /** Where the record stands: lower-case, without a final dot; of an address its name in the reverse zone. */
  readonly name: string;
  /** What it has to lead to, in the same form. */
  readonly expected: string;
}

/** How the target of a validation was chosen, as far as a perspective can look at it (TLS BR 3.2.2.4 [adn]). */
export interface AdnPath {
  /** What was applied for is a wildcard name. */
  readonly wildcard: boolean;
  /** In the order of the steps. */
  readonly lookups: readonly NameLookup[];
}

/** One check, as every perspective of a cohort makes it. */
export type Check =
  | { readonly checkType: 'caa'; readonly target: Target; readonly caa: CaaParameters }
  | {
      readonly checkType: 'dcv';
      readonly target: Target;
      readonly dcv: DcvParameters;
      /** Absent when the caller did not say what was applied for. */
      readonly adn?: AdnPath | undefined;
    };

/** One typed failure inside a result; `type` is from the catalogue in `shared/errors.ts`. */
export interface CheckError {
  readonly type: string;
  readonly message: string;
}

/**
 * How far DNSSEC vouches for the data a verdict rests on (RFC 4035 section 4.3).
 *
 * - `secure`: signed, and verified up to the trust anchor; a denial too.
 * - `insecure`: a signed proof shows that the chain of trust ends above the data.
 * - `bogus`: what should verify does not.
 * - `indeterminate`: neither could be shown, because servers were silent or a proof was missing.
 * - `not validated`: the perspective asks a resolver that it does not run, so whatever that one did, nobody here can
 *   vouch for it. It is good enough for a remote perspective (TLS BR 4.2.2.2 [dnssec]) and never for a designated
 *   primary one.
 */
export const DNSSEC_STATUSES = ['secure', 'insecure', 'bogus', 'indeterminate', 'not validated'] as const;
export type DnssecStatus = (typeof DNSSEC_STATUSES)[number];

/**
 * How a signed proof shows that the chain of trust ends at a name (RFC 4035 section 4.3, RFC 5155 section 8.6):
 *
 * - `no-ds`: the parent zone delegates the name and denies that it has a DS record;
 * - `opt-out`: the name lies in a gap of the parent zone's NSEC3 chain that may hold unsigned delegations;
 * - `unusable-ds`: all its DS records are of algorithms or digests that validators do not support (RFC 6840 section 5.2).
 */
export const INSECURITY_PROOFS = ['no-ds', 'opt-out', 'unusable-ds'] as const;
export type InsecurityProof = (typeof INSECURITY_PROOFS)[number];

/** Where the chain of trust ends, a name with a final dot, and what shows it. */
export interface ProvenInsecure {
  readonly at: string;
  readonly by: InsecurityProof;
}

/** What every check that asked the DNS can say about its asking; null members: no answer was had. */
export interface DnsEvidence {
  /** Which resolver answered, for instance `system 192.0.2.53:53`. */
  readonly resolver: string;
  readonly dnssec: DnssecStatus | null;
  readonly rcode: number | null;
  /** Smallest TTL in seconds on the deciding path. */
  readonly ttl: number | null;
  /** Number of queries sent for the deciding name, retries included. */
  readonly tries: number;
  /** Aliases followed, in order, each with a final dot. */
  readonly cnameChain: readonly string[];
  /** Extended DNS errors as `code text` (RFC 8914). */
  readonly extendedErrors: readonly string[];
  /** Of the first `insecure` name on the deciding path; only where the status is `insecure`. */
  readonly insecurity?: ProvenInsecure | undefined;
}

/**
 * What was shown about a failed CAA lookup that the caller asked to forgive. It may permit issuance only when it was
 * retried, the fault lies outside, and the name is proven insecure (TLS BR 4.2.2.1 [caa]).
 */
export interface FailureEvidence {
  /** The name whose lookup failed. */
  readonly name: string;
  readonly retried: boolean;
  /** Shown by resolving {@link controlName} at the same time. */
  readonly faultOutside: boolean;
  readonly controlName: string | null;
  readonly security: 'insecure' | 'signed' | 'indeterminate' | 'bogus' | 'unknown';
  readonly insecurity?: ProvenInsecure | undefined;
}

export interface CaaDetails {
  readonly kind: 'caa';
  /** Null when the lookup failed. */
  readonly recordPresent: boolean | null;
  readonly foundAt: string | null;
  /** Presentation format, for instance `0 issue "ca.example"`. */
  readonly recordsSeen: readonly string[] | null;
  /** True when records were left out of `recordsSeen` to keep the evidence bounded. */
  readonly recordsTruncated: boolean;
  /** Why the set permits or forbids, for the audit (TLS BR 4.2.2.1 [caa]: refusals must be documented). */
  readonly reason: CaaReason;
  /** Account URIs and labels that would have been accepted, when only RFC 8657 limits blocked. */
  readonly permissibleAccountUris: readonly string[] | null;
  readonly permissibleValidationMethods: readonly string[] | null;
  /** True when RFC 8657 parameters were present and not enforced. */
  readonly rfc8657Ignored: boolean;
  /** Only when the caller asked to forgive failures and there were any. */
  readonly lookupFailures?: readonly FailureEvidence[] | undefined;
  readonly dns: DnsEvidence;
}

export const CAA_REASONS = [
  'no-records',
  'not-restricted',
  'authorised',
  'issuer-not-authorised',
  'unknown-critical-property',
  'account-not-authorised',
  'method-not-authorised',
  'no-such-tld',
  'lookup-failed',
  'lookup-failure-allowed',
] as const;
export type CaaReason = (typeof CAA_REASONS)[number];

export interface DnsDcvDetails {
  readonly kind: 'dns';
  readonly method: ValidationMethod;
  readonly recordsSeen: readonly string[] | null;
  readonly recordsTruncated: boolean;
  readonly adFlag: boolean | null;
  readonly foundAt: string | null;
  /** Of `dns-persistent` alone, where records prove control: the last Unix second of use; null when they do not end. */
  readonly persistUntil?: number | null | undefined;
  readonly dns: DnsEvidence;
}

/** What is known of a TLS connection that a check made. Nobody's certificate has to be valid for it. */
export interface TlsEvidence {
  /** For instance `TLSv1.3`. */
  readonly protocol: string;
  /** Whether chain, dates and name would satisfy a browser. */
  readonly verified: boolean;
  /** Why not, for instance `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly verificationError: string | null;
  /** SHA-256 of the leaf certificate, lower-case hexadecimal. */
  readonly certificateSha256: string | null;
}

/** One request that an HTTP method made, and what came of it. */
export interface HttpHop {
  /** The URL that was asked for. */
  readonly url: string;
  /** The address that was connected to, or tried last; null when there was none. */
  readonly address: string | null;
  /** Null when no response came. */
  readonly statusCode: number | null;
  /** `Location` of a redirect as the server wrote it, bounded; null for any other response. */
  readonly location: string | null;
  readonly tls: TlsEvidence | null;
}

export interface HttpDcvDetails {
  readonly kind: 'http';
  readonly method: ValidationMethod;
  /** In order; the last one is the final response or the failure. Empty when nothing was asked. */
  readonly hops: readonly HttpHop[];
  /** The first octets of the final body, base64; also of one that did not satisfy the check or broke off. */
  readonly page: string | null;
  /** Of all names resolved on the way; null when no name was. */
  readonly dns: DnsEvidence | null;
}

export interface TlsAlpnDetails {
  readonly kind: 'tls';
  readonly method: ValidationMethod;
  /** The address that was connected to, or tried last. */
  readonly address: string | null;
  readonly protocol: string | null;
  /** What the server selected by ALPN. */
  readonly alpnProtocol: string | null;
  /** Of the subject; only of a certificate whose names and acmeIdentifier are in order. */
  readonly commonName: string | null;
  readonly subjectAltNames: readonly string[] | null;
  /** Octets of the acmeIdentifier that was seen, lower-case hexadecimal, bounded. */
  readonly acmeIdentifier: string | null;
  readonly certificateSha256: string | null;
  /** Null when no name was resolved. */
  readonly dns: DnsEvidence | null;
}

/** What is left to say when a perspective gave no result of its own. */
export interface NoDetails {
  readonly kind: 'none';
}

export type CheckDetails = CaaDetails | DnsDcvDetails | HttpDcvDetails | TlsAlpnDetails | NoDetails;

/** What a perspective saw of a {@link NameLookup}. */
export interface NameObservation extends NameLookup {
  /** Names that the records lead to, with a final dot, bounded. Null: the lookup failed. */
  readonly seen: readonly string[] | null;
  readonly rcode: number | null;
  readonly dnssec: DnssecStatus;
}

/**
 * What a checker concludes. A failed check is a result, not an exception.
 *
 * - `completed`: the observation could be made. False after timeouts, SERVFAIL, bogus data and the like.
 * - `passed`: what the Open MPIC API reports.
 * - `corroborates`: `passed`, and by an observation that the Baseline Requirements accept. A CAA lookup failure that the
 *   caller chose to forgive passes without corroborating.
 */
export interface CheckOutcome {
  readonly completed: boolean;
  readonly passed: boolean;
  readonly corroborates: boolean;
  readonly errors: readonly CheckError[];
  readonly details: CheckDetails;
  /** What was seen of the records by which the target was chosen; absent when the check has none. */
  readonly adnLookups?: readonly NameObservation[] | undefined;
}

/** One perspective's result of one attempt of one request. Times are Unix milliseconds of that perspective's clock. */
export interface CheckResult extends CheckOutcome {
  readonly requestId: string;
  readonly attempt: number;
  readonly perspective: PerspectiveCode;
  readonly checkType: CheckType;
  readonly startedAt: number;
  readonly completedAt: number;
  /** Name and version of the software that made the observation. */
  readonly recorder: string;
  /** Networks that the perspective could connect to although no check may, for a lab; empty in production. */
  readonly allowedNetworks: readonly string[];
}
