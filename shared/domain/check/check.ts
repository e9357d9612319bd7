/** Which of the two policies of the service applies to a request. */
export const POLICIES = ['baseline-requirements', 'open-mpic'] as const;
export type Policy = (typeof POLICIES)[number];

export const CHECK_TYPES = ['caa', 'dcv'] as const;
export type CheckType = (typeof CHECK_TYPES)[number];

/** Validation methods in the words of the Open MPIC API. `shared/domain/dcv/methods.ts` ties each to its BR section. */
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
 * The identifier to be checked, already normalised by `shared/domain/net/target.ts`.
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

export const NAME_LOOKUP_TYPES = ['CNAME', 'PTR'] as const;

/** A record that has to stand in the DNS for a name to have been chosen as the caller says. */
export interface NameLookup {
  readonly type: (typeof NAME_LOOKUP_TYPES)[number];
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
  // What a perspective of a later version calls it has no name here yet.
  'of-a-later-version',
] as const;
export type CaaReason = (typeof CAA_REASONS)[number];
