import * as z from 'zod';
import type { CheckErrorType } from '../errors.ts';
import {
  CAA_REASONS,
  CHECK_TYPES,
  DNSSEC_STATUSES,
  type DnssecStatus,
  INSECURITY_PROOFS,
  NAME_LOOKUP_TYPES,
  VALIDATION_METHODS,
} from './check.ts';
import { MAX_TIME_MS } from './time.ts';

/**
 * What a perspective may say. A perspective's role can put anything under its own keys, so every member has a bound: what
 * lies outside is not a result. The bounds are those that the checkers keep, with room for later ones; they may be
 * widened and never narrowed, or a result that counted could not be read again.
 */

/** Longest text of a result as it is stored, UTF-8. Above the sum of what any checker of ours can produce. */
export const MAX_RESULT_BYTES = 256 * 1024;

/** Bound on the text of all records in one result, in characters; all of them are ASCII. */
export const MAX_RECORDS_TEXT = 64 * 1024;

const MAX_ERRORS = 16;
const MAX_ERROR_MESSAGE = 2_000;
const MAX_RECORDER = 600;
/** Records in one DNS message: each takes eleven octets at the least. */
const MAX_RECORDS = 6_000;
/** 255 octets, each as `\DDD`, with the dots between labels. */
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

/** Where the chain of trust ends, a name with a final dot, and what shows it. */
const insecurity = z.object({ at: name, by: z.enum(INSECURITY_PROOFS) });

/** What every check that asked the DNS can say about its asking; null members: no answer was had. */
export const dnsEvidenceSchema = z.object({
  /** Which resolver answered, for instance `system 192.0.2.53:53`. */
  resolver: text(300),
  dnssec: z
    .union([
      z.enum(DNSSEC_STATUSES),
      // So it was called before perspectives validated.
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
 * What was shown about a failed CAA lookup that the caller asked to forgive. It may permit issuance only when it was
 * retried, the fault lies outside, and the name is proven insecure (TLS BR 4.2.2.1 [caa]).
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
  /** Account URIs and labels that would have been accepted, when only RFC 8657 limits blocked. */
  permissibleAccountUris: list(text(512), 64).nullable(),
  permissibleValidationMethods: list(text(512), 64).nullable(),
  /** True when RFC 8657 parameters were present and not enforced. */
  rfc8657Ignored: z.boolean(),
  /** Only when the caller asked to forgive failures and there were any. */
  lookupFailures: list(failureEvidenceSchema, 16).optional(),
  dns: dnsEvidenceSchema,
});

export const dnsDcvDetailsSchema = z.object({
  kind: z.literal('dns'),
  method: z.enum(VALIDATION_METHODS),
  recordsSeen: records,
  recordsTruncated: z.boolean(),
  adFlag: z.boolean().nullable(),
  foundAt: name.nullable(),
  /** Of `dns-persistent` alone, where records prove control: the last Unix second of use; null when they do not end. */
  persistUntil: count(8_640_000_000_000).nullable().optional(),
  dns: dnsEvidenceSchema,
});

/** What is known of a TLS connection that a check made. No certificate has to be valid for it. */
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

/** One request that an HTTP method made, and what came of it. */
export const httpHopSchema = z.object({
  /** The URL that was asked for. */
  url: text(4_000),
  /** The address that was connected to, or tried last; null when there was none. */
  address,
  /** Null when no response came. */
  statusCode: count(999).nullable(),
  /** `Location` of a redirect as the server wrote it, bounded; null for any other response. */
  location: text(2_000).nullable(),
  tls: tlsEvidenceSchema.nullable(),
});

export const httpDcvDetailsSchema = z.object({
  kind: z.literal('http'),
  method: z.enum(VALIDATION_METHODS),
  /** In order; the last one is the final response or the failure. Empty when nothing was asked. */
  hops: list(httpHopSchema, 32),
  /** The first octets of the final body, base64; also of one that did not satisfy the check or broke off. */
  page: z
    .string()
    .max(1_400)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
    .nullable(),
  /** Of all names resolved on the way; null when no name was. */
  dns: dnsEvidenceSchema.nullable(),
});

export const tlsAlpnDetailsSchema = z.object({
  kind: z.literal('tls'),
  method: z.enum(VALIDATION_METHODS),
  /** The address that was connected to, or tried last. */
  address,
  protocol: text(32).nullable(),
  /** What the server selected by ALPN. */
  alpnProtocol: text(MAX_NAME).nullable(),
  /** Of the subject; only of a certificate whose names and acmeIdentifier are in order. */
  commonName: text(MAX_NAME).nullable(),
  subjectAltNames: list(text(MAX_NAME), 16).nullable(),
  /** Octets of the acmeIdentifier that was seen, lower-case hexadecimal, bounded. */
  acmeIdentifier: text(128).nullable(),
  certificateSha256: sha256.nullable(),
  /** Null when no name was resolved. */
  dns: dnsEvidenceSchema.nullable(),
});

/** What is left to say when a perspective gave no result of its own. */
const noDetails = z.object({ kind: z.literal('none') });

export const checkDetailsSchema = z.discriminatedUnion('kind', [
  caaDetailsSchema,
  dnsDcvDetailsSchema,
  httpDcvDetailsSchema,
  tlsAlpnDetailsSchema,
  noDetails,
]);

/** What a perspective saw of a record by which the target was chosen. */
export const nameObservationSchema = z.object({
  type: z.enum(NAME_LOOKUP_TYPES),
  name,
  expected: name,
  /** Names that the records lead to, with a final dot, bounded. Null: the lookup failed. */
  seen: list(name, 16).nullable(),
  rcode: count(65_535).nullable(),
  dnssec: z.enum(DNSSEC_STATUSES),
});

/** One typed failure inside a result: honest ones are a {@link CheckError}, and a perspective may write others. */
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
  /** What was seen of the records by which the target was chosen; absent when the check has none. */
  adnLookups: list(nameObservationSchema, 16).optional(),
  /**
   * Networks that the perspective could connect to although no check may, for a lab; empty in production, and in results of
   * a version before this member.
   */
  allowedNetworks: list(z.string().regex(/^[0-9a-f.:/]{1,49}$/), 256).default([]),
  /** As the job had them; null in results of a version before these members. */
  attemptToken: text(64).nullable().default(null),
  requestDigest: text(64).nullable().default(null),
});

export interface ProvenInsecure extends Readonly<z.infer<typeof insecurity>> {}
export interface DnsEvidence extends Readonly<z.infer<typeof dnsEvidenceSchema>> {}
export interface FailureEvidence extends Readonly<z.infer<typeof failureEvidenceSchema>> {}
export interface CaaDetails extends Readonly<z.infer<typeof caaDetailsSchema>> {}
export interface DnsDcvDetails extends Readonly<z.infer<typeof dnsDcvDetailsSchema>> {}
export interface TlsEvidence extends Readonly<z.infer<typeof tlsEvidenceSchema>> {}
export interface HttpHop extends Readonly<z.infer<typeof httpHopSchema>> {}
export interface HttpDcvDetails extends Readonly<z.infer<typeof httpDcvDetailsSchema>> {}
export interface TlsAlpnDetails extends Readonly<z.infer<typeof tlsAlpnDetailsSchema>> {}
export type CheckDetails = Readonly<z.infer<typeof checkDetailsSchema>>;
export interface NameObservation extends Readonly<z.infer<typeof nameObservationSchema>> {}
export interface ReportedError extends Readonly<z.infer<typeof checkErrorSchema>> {}

/** A failure that this service tells of. */
export interface CheckError extends ReportedError {
  readonly type: CheckErrorType;
}

/** One perspective's result of one attempt of one request. Times are Unix milliseconds of that perspective's clock. */
export interface CheckResult extends Readonly<z.infer<typeof checkResultSchema>> {}

/** The result in an untrusted value, or which of its members are wrong; never what they hold. */
export function parseCheckResult(
  value: unknown,
): { readonly ok: true; readonly result: CheckResult } | { readonly ok: false; readonly problem: string } {
  const parsed = checkResultSchema.safeParse(value);
  if (parsed.success) return { ok: true, result: parsed.data };
  const wrong = parsed.error.issues.slice(0, 5).map(({ path, code }) => `${path.join('.')} (${code})`);
  return { ok: false, problem: wrong.join(', ') };
}

/**
 * A result of our own, brought within the bounds that readers keep. Checkers bound what they quote from strangers; only
 * messages can grow with what they are put together from.
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

/** At most `max` UTF-16 units, and no half of a pair at the end or anywhere else. */
function clip(value: string, max: number): string {
  if (value.length <= max && !LONE_SURROGATE.test(value)) return value;
  return value.slice(0, max).replace(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * What a checker concludes. A failed check is a result, not an exception.
 *
 * - `completed`: the observation could be made. False after timeouts, SERVFAIL, bogus data and the like.
 * - `passed`: what the Open MPIC API reports.
 * - `corroborates`: `passed`, and by an observation that the Baseline Requirements accept. A CAA lookup failure that the
 *   caller chose to forgive passes without corroborating.
 */
export interface CheckOutcome
  extends Pick<CheckResult, 'completed' | 'passed' | 'corroborates' | 'details' | 'adnLookups'> {
  readonly errors: readonly CheckError[];
}
