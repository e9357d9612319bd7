import * as z from 'zod';
import type { CheckErrorType } from '../errors.ts';
import {
  CAA_REASONS,
  CHECK_TYPES,
  CONTACT_METHODS,
  DNSSEC_STATUSES,
  type DnssecStatus,
  INSECURITY_PROOFS,
  NAME_LOOKUP_TYPES,
  VALIDATION_METHODS,
} from './check.ts';
import { MAX_TIME_MS } from './time.ts';

/**
 * Schema of a perspective's result. A perspective's role can write anything under its own keys, so every member has a
 * bound, and a value outside the bounds is not a result. The bounds are those that the checkers keep, with room for
 * later ones. They may be widened, never narrowed: a result that counted must stay readable.
 */

/** Longest stored result, UTF-8 bytes. More than any checker of this service can produce. */
export const MAX_RESULT_BYTES = 256 * 1024;

/** Bound on the text of all records in one result, in characters, all ASCII. */
export const MAX_RECORDS_TEXT = 64 * 1024;

const MAX_ERRORS = 16;
const MAX_ERROR_MESSAGE = 2_000;
const MAX_RECORDER = 600;
/** Records in one DNS message: each takes at least eleven octets. */
const MAX_RECORDS = 6_000;
/** 255 octets, each written as `\DDD`, and the dots between labels. */
const MAX_NAME = 1_100;

const LONE_SURROGATE = /\p{Surrogate}/u;

const text = (max: number) => z.string().max(max);
const list = <Item extends z.ZodType>(item: Item, max: number) => z.array(item).max(max).readonly();
const time = z.int().min(0).max(MAX_TIME_MS);
const name = text(MAX_NAME);
const address = text(64).nullable();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = (max: number) => z.int().min(0).max(max);

const records = list(text(MAX_RECORDS_TEXT), MAX_RECORDS)
  .refine(
    (texts) => texts.reduce((sum, { length }) => sum + length, 0) <= MAX_RECORDS_TEXT,
    'is more text than any checker keeps',
  )
  .nullable();

/** `at`: the name where the chain of trust ends, with a final dot. `by`: the proof. */
const insecurity = z.object({ at: name, by: z.enum(INSECURITY_PROOFS) });

/** DNS evidence of every check that queried the DNS. Members are null if no answer arrived. */
export const dnsEvidenceSchema = z.object({
  /** The resolver that answered, for instance `system 192.0.2.53:53`. */
  resolver: text(300),
  dnssec: z
    .union([
      z.enum(DNSSEC_STATUSES),
      // The name in results from before perspectives validated.
      z.literal('unvalidated').transform((): DnssecStatus => 'not validated'),
    ])
    .nullable(),
  rcode: count(65_535).nullable(),
  /** Smallest TTL in seconds on the deciding path. */
  ttl: count(2 ** 32 - 1).nullable(),
  /** Number of queries sent for the deciding name, retries included. */
  tries: count(10_000),
  /** Aliases followed, in order, each with a final dot. */
  cnameChain: list(name, 64),
  /** Extended DNS errors as `code text` (RFC 8914). */
  extendedErrors: list(text(300), 16),
  /** Of the first `insecure` name on the deciding path; only where the status is `insecure`. */
  insecurity: insecurity.optional(),
});

/**
 * Evidence about a failed CAA lookup that the caller asked to treat as permission. The failure permits issuance only if
 * the lookup was retried, the fault is outside, and the name is proven insecure (TLS BR 4.2.2.1 [caa]).
 */
const failureEvidenceSchema = z.object({
  /** The name whose lookup failed. */
  name,
  retried: z.boolean(),
  /** Shown by resolving {@link controlName} at the same time. */
  faultOutside: z.boolean(),
  controlName: name.nullable(),
  security: z.enum(['insecure', 'signed', 'indeterminate', 'bogus', 'unknown']),
  insecurity: insecurity.optional(),
});

export const caaDetailsSchema = z.object({
  kind: z.literal('caa'),
  /** Null when the lookup failed. */
  recordPresent: z.boolean().nullable(),
  foundAt: name.nullable(),
  /** Presentation format, for instance `0 issue "ca.example"`. */
  recordsSeen: records,
  /** True when records were left out of `recordsSeen` to keep the evidence bounded. */
  recordsTruncated: z.boolean(),
  /** Why the set permits or forbids, for the audit (TLS BR 4.2.2.1 [caa]: refusals must be documented). */
  reason: z.enum(CAA_REASONS),
  /** Account URIs and labels that would have been accepted, if only RFC 8657 limits blocked. */
  permissibleAccountUris: list(text(512), 64).nullable(),
  permissibleValidationMethods: list(text(512), 64).nullable(),
  /** True when RFC 8657 parameters were present and not enforced. */
  rfc8657Ignored: z.boolean(),
  /** Present if the caller asked to treat lookup failures as permission and lookups failed. */
  lookupFailures: list(failureEvidenceSchema, 16).optional(),
  dns: dnsEvidenceSchema,
});

/**
 * A name near the one that lacks the record, looked up for the explanation of the failure. It never counts: a value at
 * another name proves nothing.
 */
const nearbyNameSchema = z.object({
  name,
  /** Null if the lookup failed. */
  rcode: count(65_535).nullable(),
  /** Number of records of the type that was looked for. */
  records: count(MAX_RECORDS),
  /** Whether one of them would satisfy the check at the right name. */
  matches: z.boolean(),
});

/**
 * What the host responded at an IPv4 address, after it did not prove control at its IPv6 address; for the explanation
 * of the failure. It never counts.
 */
const overIpv4Schema = z.object({
  address: text(64),
  /** Null if no HTTP response came. */
  statusCode: count(999).nullable(),
  /** Whether the response would have satisfied the check. */
  proves: z.boolean(),
});

export const dnsDcvDetailsSchema = z.object({
  kind: z.literal('dns'),
  method: z.enum(VALIDATION_METHODS),
  recordsSeen: records,
  recordsTruncated: z.boolean(),
  adFlag: z.boolean().nullable(),
  foundAt: name.nullable(),
  /** Only for `dns-persistent` when records prove control: the last Unix second of use; null if they do not expire. */
  persistUntil: count(8_640_000_000_000).nullable().optional(),
  /** Only if the record is missing, and in results of versions with this member. */
  nearbyNames: list(nearbyNameSchema, 8).optional(),
  dns: dnsEvidenceSchema,
});

/** The TLS connection that a check made. The check does not require a valid certificate. */
const tlsEvidenceSchema = z.object({
  /** For instance `TLSv1.3`. */
  protocol: text(32),
  /** Whether chain, dates and name would satisfy a browser. */
  verified: z.boolean(),
  /** Why not, for instance `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  verificationError: text(128).nullable(),
  /** SHA-256 of the leaf certificate, lower-case hexadecimal. */
  certificateSha256: sha256.nullable(),
});

/** One request that an HTTP method made, and its response. */
export const httpHopSchema = z.object({
  /** The requested URL. */
  url: text(4_000),
  /** The address that was connected to, or tried last; null when there was none. */
  address,
  /** Null when no response came. */
  statusCode: count(999).nullable(),
  /** `Location` of a redirect as the server sent it, bounded; null for any other response. */
  location: text(2_000).nullable(),
  tls: tlsEvidenceSchema.nullable(),
});

export const httpDcvDetailsSchema = z.object({
  kind: z.literal('http'),
  method: z.enum(VALIDATION_METHODS),
  /** In order; the last hop is the final response or the failure. Empty if no request was sent. */
  hops: list(httpHopSchema, 32),
  /** The first octets of the final body, base64, also if the body was incomplete or did not satisfy the check. */
  page: z
    .string()
    .max(1_400)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
    .nullable(),
  /** Only if the check failed at an IPv6 address and the host has an IPv4 address. */
  overIpv4: overIpv4Schema.optional(),
  /** Covers all names resolved during the check; null if no name was resolved. */
  dns: dnsEvidenceSchema.nullable(),
});

export const tlsAlpnDetailsSchema = z.object({
  kind: z.literal('tls'),
  method: z.enum(VALIDATION_METHODS),
  /** The address that was connected to, or tried last. */
  address,
  protocol: text(32).nullable(),
  /** The protocol that the server selected by ALPN. */
  alpnProtocol: text(MAX_NAME).nullable(),
  /** commonName of the subject; only if the certificate's names and acmeIdentifier are correct. */
  commonName: text(MAX_NAME).nullable(),
  subjectAltNames: list(text(MAX_NAME), 16).nullable(),
  /** Octets of the certificate's acmeIdentifier, lower-case hexadecimal, bounded. */
  acmeIdentifier: text(128).nullable(),
  certificateSha256: sha256.nullable(),
  /** Only if the check failed at an IPv6 address and the host has an IPv4 address. */
  overIpv4: overIpv4Schema.optional(),
  /** Null when no name was resolved. */
  dns: dnsEvidenceSchema.nullable(),
});

/** Most contacts that one perspective reports, and the longest one (RFC 5321 section 4.5.3.1.3: 256 octets with brackets). */
export const MAX_CONTACTS = 32;
export const MAX_CONTACT_OCTETS = 254;

/** Most malformed values that one perspective reports, and how much of each, characters. */
export const MAX_MALFORMED = 16;
export const MAX_MALFORMED_TEXT = 300;

/** Why a published value is not a contact. */
export const CONTACT_PROBLEMS = [
  'not-utf-8',
  'hidden-characters',
  'too-long',
  'not-an-email-address',
  'not-a-phone-number',
] as const;
export type ContactProblem = (typeof CONTACT_PROBLEMS)[number];

const malformedContactSchema = z.object({
  /** As published, cut, with U+FFFD for octets that are not UTF-8. */
  value: text(MAX_MALFORMED_TEXT),
  problem: z.enum(CONTACT_PROBLEMS),
});

export const contactsDetailsSchema = z.object({
  kind: z.literal('contacts'),
  method: z.enum(CONTACT_METHODS),
  /** The valid contacts in canonical form, each once, in the order of their UTF-8 octets. Null when the lookup failed. */
  contacts: list(text(MAX_CONTACT_OCTETS).min(1), MAX_CONTACTS).nullable(),
  malformed: list(malformedContactSchema, MAX_MALFORMED),
  /** True when there were more contacts or malformed values than are listed. */
  valuesTruncated: z.boolean(),
  adFlag: z.boolean().nullable(),
  foundAt: name.nullable(),
  dns: dnsEvidenceSchema,
});

/** For a check that ended before it observed the target. */
const noDetails = z.object({ kind: z.literal('none') });

export const checkDetailsSchema = z.discriminatedUnion('kind', [
  caaDetailsSchema,
  dnsDcvDetailsSchema,
  httpDcvDetailsSchema,
  tlsAlpnDetailsSchema,
  contactsDetailsSchema,
  noDetails,
]);

/** What a perspective saw of a record that led to the choice of the target. */
export const nameObservationSchema = z.object({
  type: z.enum(NAME_LOOKUP_TYPES),
  name,
  expected: name,
  /** Names that the records point to, with a final dot, bounded. Null if the lookup failed. */
  seen: list(name, 16).nullable(),
  rcode: count(65_535).nullable(),
  dnssec: z.enum(DNSSEC_STATUSES),
});

/**
 * One typed failure inside a result. Our checkers write a {@link CheckError}; a compromised perspective may write any
 * type.
 */
export const checkErrorSchema = z.object({
  type: z.string().regex(/^[A-Za-z0-9_:.-]{1,200}$/),
  message: text(MAX_ERROR_MESSAGE).min(1),
});

export const checkResultSchema = z.object({
  requestId: text(64),
  attempt: z.int().min(1).max(1_000),
  perspective: text(63),
  checkType: z.enum(CHECK_TYPES),
  startedAt: time,
  completedAt: time,
  /** Name and version of the software that made the observation. */
  recorder: text(MAX_RECORDER).min(1),
  completed: z.boolean(),
  passed: z.boolean(),
  corroborates: z.boolean(),
  errors: list(checkErrorSchema, MAX_ERRORS),
  details: checkDetailsSchema,
  /** The records that led to the choice of the target, as seen; absent if the check has none. */
  adnLookups: list(nameObservationSchema, 16).optional(),
  /**
   * Reserved networks that the perspective may connect to, for a lab. Empty in production and in results of versions
   * before this member.
   */
  allowedNetworks: list(z.string().regex(/^[0-9a-f.:/]{1,49}$/), 256).default([]),
  /** Copied from the job; null in results of versions before these members. */
  attemptToken: text(64).nullable().default(null),
  requestDigest: text(64).nullable().default(null),
});

export interface ProvenInsecure extends Readonly<z.infer<typeof insecurity>> {}
export interface DnsEvidence extends Readonly<z.infer<typeof dnsEvidenceSchema>> {}
export interface FailureEvidence extends Readonly<z.infer<typeof failureEvidenceSchema>> {}
export interface CaaDetails extends Readonly<z.infer<typeof caaDetailsSchema>> {}
export interface NearbyName extends Readonly<z.infer<typeof nearbyNameSchema>> {}
export interface OverIpv4 extends Readonly<z.infer<typeof overIpv4Schema>> {}
export interface DnsDcvDetails extends Readonly<z.infer<typeof dnsDcvDetailsSchema>> {}
export interface TlsEvidence extends Readonly<z.infer<typeof tlsEvidenceSchema>> {}
export interface HttpHop extends Readonly<z.infer<typeof httpHopSchema>> {}
export interface HttpDcvDetails extends Readonly<z.infer<typeof httpDcvDetailsSchema>> {}
export interface TlsAlpnDetails extends Readonly<z.infer<typeof tlsAlpnDetailsSchema>> {}
export interface MalformedContact extends Readonly<z.infer<typeof malformedContactSchema>> {}
export interface ContactsDetails extends Readonly<z.infer<typeof contactsDetailsSchema>> {}
export type CheckDetails = Readonly<z.infer<typeof checkDetailsSchema>>;
export interface NameObservation extends Readonly<z.infer<typeof nameObservationSchema>> {}
export interface ReportedError extends Readonly<z.infer<typeof checkErrorSchema>> {}

/** A failure that this service reports. */
export interface CheckError extends ReportedError {
  readonly type: CheckErrorType;
}

/** One perspective's result of one attempt of one request. Times are Unix milliseconds of that perspective's clock. */
export interface CheckResult extends Readonly<z.infer<typeof checkResultSchema>> {}

/** Parses an untrusted value. `problem` names the invalid members and never quotes their values. */
export function parseCheckResult(
  value: unknown,
): { readonly ok: true; readonly result: CheckResult } | { readonly ok: false; readonly problem: string } {
  const parsed = checkResultSchema.safeParse(value);
  if (parsed.success) return { ok: true, result: parsed.data };
  const wrong = parsed.error.issues.slice(0, 5).map(({ path, code }) => `${path.join('.')} (${code})`);
  return { ok: false, problem: wrong.join(', ') };
}

/**
 * Cuts a result of our own checkers to the bounds of the schema. Checkers already bound the untrusted data that they
 * quote; only messages and the recorder can still be too long.
 */
export function fitCheckResult(result: CheckResult): CheckResult {
  return {
    ...result,
    recorder: clip(result.recorder, MAX_RECORDER),
    errors: result.errors.slice(0, MAX_ERRORS).map(({ type, message }) => ({
      type,
      message: clip(message, MAX_ERROR_MESSAGE),
    })),
  };
}

/** At most `max` UTF-16 units, without lone surrogates. */
function clip(value: string, max: number): string {
  if (value.length <= max && !LONE_SURROGATE.test(value)) return value;
  return value.slice(0, max).replace(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * The outcome of a checker. A failed check is a result, not an exception.
 *
 * - `completed`: the observation was made. False after time-outs, SERVFAIL, bogus data and similar failures.
 * - `passed`: what the Open MPIC API reports.
 * - `corroborates`: `passed`, with an observation that the Baseline Requirements accept. A CAA lookup failure that the
 *   caller treats as permission passes without corroborating unless it meets TLS BR 4.2.2.1 [caa].
 */
export interface CheckOutcome
  extends Pick<CheckResult, 'completed' | 'passed' | 'corroborates' | 'details' | 'adnLookups'> {
  readonly errors: readonly CheckError[];
}
