import * as z from 'zod';

/** The two policies of the service; one applies to each request. */
export const POLICIES = ['baseline-requirements', 'open-mpic'] as const;
export const policySchema = z.enum(POLICIES);
export type Policy = z.infer<typeof policySchema>;

export const CHECK_TYPES = ['caa', 'dcv', 'contacts'] as const;
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

/** The methods that begin with a contact published in the DNS, which a contacts check retrieves. */
export const CONTACT_METHODS = [
  'contact-email-txt',
  'contact-phone-txt',
  'contact-email-caa',
  'contact-phone-caa',
] as const satisfies readonly ValidationMethod[];
export type ContactMethod = (typeof CONTACT_METHODS)[number];

export const CERTIFICATE_TYPES = ['tls-server', 's-mime'] as const;
export type CertificateType = (typeof CERTIFICATE_TYPES)[number];

/** Longest name of the DNS, a final dot aside. RFC 1035 section 3.1: 255 octets on the wire leave 253 characters of text. */
export const MAX_NAME_LENGTH = 253;

const texts = z.array(z.string()).readonly();
const name = z.string().max(MAX_NAME_LENGTH);
const address = z.string().max(45);
const family = z.union([z.literal(4), z.literal(6)]);

/**
 * The identifier to be checked, already normalised by `shared/domain/net/target.ts`.
 *
 * - `domain`: `name` is lower-case A-labels without a final dot and without `*.`; `wildcard` is true if the identifier
 *   started with `*.`.
 * - `ip`: `address` is dotted decimal or RFC 5952 text.
 * - `reverse-name`: a name under in-addr.arpa or ip6.arpa, which only `reverse-address-lookup` accepts; `address` is
 *   the address that the name represents.
 */
const targetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('domain'), name, wildcard: z.boolean() }),
  z.object({ kind: z.literal('ip'), address, family }),
  z.object({ kind: z.literal('reverse-name'), name, address, family }),
]);
export type Target = Readonly<z.infer<typeof targetSchema>>;

/** Parameters of a CAA check (RFC 8659, RFC 8657, RFC 9495). */
export const caaParametersSchema = z.object({
  certificateType: z.enum(CERTIFICATE_TYPES),
  /** Issuer domain names of the CA, lower-case. If empty, only a set that does not restrict permits. */
  caaDomains: texts,
  allowLookupFailure: z.boolean(),
  /** Account URIs that the CA recognises as the requesting account; null when the caller gave none. */
  accountUris: texts.nullable(),
  /** All RFC 8657 labels of the method in use, for instance `dns-01` and `ca-tbr-7`; null when the caller gave none. */
  validationMethods: texts.nullable(),
  /** The method from which the labels were derived; null or absent when the caller gave labels or nothing. */
  validationMethod: z.enum(VALIDATION_METHODS).nullable().optional(),
  /** Whether labels compare without case, which a CA has to document. False if absent, as in earlier versions. */
  labelsIgnoreCase: z.boolean().optional(),
  /** If true, a caller who gave no account or method cannot satisfy a property limited by RFC 8657. */
  enforceRfc8657: z.boolean(),
});
export interface CaaParameters extends Readonly<z.infer<typeof caaParametersSchema>> {}

const httpHeaders = z.record(z.string(), z.string()).readonly().nullable();
const challengeValue = z.string();
/** SHA-256 of the key authorization: 43 base64url characters, or for TLS-ALPN 64 hexadecimal digits. */
const keyAuthorizationHash = z.string();
/** One or more labels without a final dot; empty for the name itself. */
const namePrefix = z.string();

/** Parameters of a domain or IP validation, by method (TLS BR 3.2.2.4 [dcv] and 3.2.2.5 [ip]). */
export const dcvParametersSchema = z.discriminatedUnion('method', [
  z.object({
    method: z.literal('website-change'),
    challengeValue,
    httpTokenPath: z.string(),
    urlScheme: z.enum(['http', 'https']),
    httpHeaders,
    matchRegex: z.string().nullable(),
    requireExactCase: z.boolean(),
  }),
  z.object({
    method: z.literal('acme-http-01'),
    token: z.string(),
    keyAuthorization: z.string(),
    httpHeaders,
  }),
  z.object({ method: z.literal('acme-tls-alpn-01'), keyAuthorizationHash }),
  z.object({ method: z.literal('acme-dns-01'), keyAuthorizationHash }),
  /** `accountUri`: the ACME account URL, from which the `_<label>` of the query name is derived. */
  z.object({ method: z.literal('dns-account-01'), keyAuthorizationHash, accountUri: z.string() }),
  z.object({
    method: z.literal('dns-change'),
    challengeValue,
    recordType: z.enum(['CNAME', 'TXT', 'CAA']),
    namePrefix,
    requireExactMatch: z.boolean(),
    requireExactCase: z.boolean(),
  }),
  z.object({
    method: z.literal('dns-persistent'),
    issuerDomainNames: texts,
    expectedAccountUri: z.string(),
    /** Require `policy=wildcard` for a wildcard target, as the ACME draft does and the BRs do not. */
    requireWildcardPolicy: z.boolean(),
  }),
  z.object({ method: z.enum(['contact-email-txt', 'contact-phone-txt']), challengeValue }),
  z.object({ method: z.enum(['contact-email-caa', 'contact-phone-caa']), challengeValue, namePrefix }),
  z.object({
    method: z.literal('ip-address'),
    challengeValue,
    recordType: z.enum(['A', 'AAAA']),
    namePrefix,
  }),
  z.object({ method: z.literal('reverse-address-lookup'), challengeValue, namePrefix }),
]);
export type DcvParameters = Readonly<z.infer<typeof dcvParametersSchema>>;

/** The methods that query a web server. */
export type HttpDcvParameters = Extract<
  DcvParameters,
  { readonly method: 'website-change' | 'acme-http-01' }
>;
export type TlsAlpnParameters = Extract<DcvParameters, { readonly method: 'acme-tls-alpn-01' }>;
/** The methods that query only the DNS. */
export type DnsDcvParameters = Exclude<DcvParameters, HttpDcvParameters | TlsAlpnParameters>;

/** Parameters of a contacts check: which kind of contact, and where it is published. */
export const contactsParametersSchema = z.object({ method: z.enum(CONTACT_METHODS) });
export interface ContactsParameters extends Readonly<z.infer<typeof contactsParametersSchema>> {}

export const NAME_LOOKUP_TYPES = ['CNAME', 'PTR'] as const;

/** A record that must exist in the DNS if the caller's description of how the target was chosen is true. */
const nameLookupSchema = z.object({
  type: z.enum(NAME_LOOKUP_TYPES),
  /** Owner name of the record: lower-case, without a final dot; for an address its name in the reverse zone. */
  name,
  /** The name that the record must point to, in the same form. */
  expected: name,
});
export interface NameLookup extends Readonly<z.infer<typeof nameLookupSchema>> {}

/** How the target of a validation was chosen, as far as a perspective can check it (TLS BR 3.2.2.4 [adn]). */
const adnPathSchema = z.object({
  /** The applicant applied for a wildcard name. */
  wildcard: z.boolean(),
  /** In the order of the steps. */
  lookups: z.array(nameLookupSchema).max(16).readonly(),
});
export interface AdnPath extends Readonly<z.infer<typeof adnPathSchema>> {}

/** One check, the same for every perspective of a cohort, as sent in jobs and as stored. */
export const checkSchema = z.discriminatedUnion('checkType', [
  z.object({ checkType: z.literal('caa'), target: targetSchema, caa: caaParametersSchema }),
  z.object({
    checkType: z.literal('dcv'),
    target: targetSchema,
    dcv: dcvParametersSchema,
    /** Absent if the request has no `applied_for`. */
    adn: adnPathSchema.optional(),
  }),
  z.object({
    checkType: z.literal('contacts'),
    target: targetSchema,
    contacts: contactsParametersSchema,
    adn: adnPathSchema.optional(),
  }),
]);
export type Check = Readonly<z.infer<typeof checkSchema>>;

/** The validation method of a check; null for a CAA check. */
export function methodOf(check: Check): ValidationMethod | null {
  switch (check.checkType) {
    case 'caa':
      return null;
    case 'dcv':
      return check.dcv.method;
    case 'contacts':
      return check.contacts.method;
  }
}

/** The lookups that show how the target of a check was chosen, in order; empty if there are none. */
export function adnLookupsOf(check: Check): readonly NameLookup[] {
  return check.checkType === 'caa' ? [] : (check.adn?.lookups ?? []);
}

/**
 * DNSSEC status of the data that a result is based on (RFC 4035 section 4.3).
 *
 * - `secure`: signed and verified up to the trust anchor; denials too.
 * - `insecure`: a signed proof shows that the chain of trust ends above the data.
 * - `bogus`: the data should verify and does not.
 * - `indeterminate`: none of these could be shown, because servers did not respond or a proof was missing.
 * - `not validated`: the perspective queries a resolver that it does not run, so it cannot verify whether that resolver
 *   validated. This is enough for a remote perspective (TLS BR 4.2.2.2 [dnssec]), never for a designated primary
 *   perspective.
 */
export const DNSSEC_STATUSES = ['secure', 'insecure', 'bogus', 'indeterminate', 'not validated'] as const;
export type DnssecStatus = (typeof DNSSEC_STATUSES)[number];

/**
 * How a signed proof shows that the chain of trust ends at a name (RFC 4035 section 4.3, RFC 5155 section 8.6):
 *
 * - `no-ds`: the parent zone delegates the name and denies that it has a DS record;
 * - `opt-out`: the name is covered by an Opt-Out gap of the parent zone's NSEC3 chain, which may hide unsigned
 *   delegations;
 * - `unusable-ds`: all its DS records use algorithms or digests that validators do not support (RFC 6840 section 5.2).
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
  // Stands for a reason from a perspective of a later version that this version does not know.
  'of-a-later-version',
] as const;
export type CaaReason = (typeof CAA_REASONS)[number];
