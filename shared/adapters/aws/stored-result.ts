import * as z from 'zod';
import {
  CAA_REASONS,
  CHECK_TYPES,
  type CheckDetails,
  type CheckResult,
  DNSSEC_STATUSES,
  type DnsEvidence,
  type DnssecStatus,
  type FailureEvidence,
  type HttpHop,
  INSECURITY_PROOFS,
  type NameObservation,
  type ProvenInsecure,
  type TlsEvidence,
  VALIDATION_METHODS,
} from '../../mpic/check.ts';
import type { ResultKey } from '../../ports/request-store.ts';
import { RESULT_ATTRIBUTE } from './result-item.ts';
import type { Item } from './store-call.ts';
import { assertKnownVersion, parseJson, UnreadableItemError } from './stored-version.ts';

const insecurity: z.ZodType<ProvenInsecure> = z.object({ at: z.string(), by: z.enum(INSECURITY_PROOFS) });

const dnsEvidence: z.ZodType<DnsEvidence> = z.object({
  resolver: z.string(),
  dnssec: z
    .union([
      z.enum(DNSSEC_STATUSES),
      // So it was called before perspectives validated.
      z.literal('unvalidated').transform((): DnssecStatus => 'not validated'),
    ])
    .nullable(),
  rcode: z.number().nullable(),
  ttl: z.number().nullable(),
  tries: z.number(),
  cnameChain: z.array(z.string()),
  extendedErrors: z.array(z.string()),
  insecurity: insecurity.optional(),
});

const failureEvidence: z.ZodType<FailureEvidence> = z.object({
  name: z.string(),
  retried: z.boolean(),
  faultOutside: z.boolean(),
  controlName: z.string().nullable(),
  security: z.enum(['insecure', 'signed', 'indeterminate', 'bogus', 'unknown']),
  insecurity: insecurity.optional(),
});

const text = z.string().nullable();
const texts = z.array(z.string()).nullable();

const tlsEvidence: z.ZodType<TlsEvidence> = z.object({
  protocol: z.string(),
  verified: z.boolean(),
  verificationError: text,
  certificateSha256: text,
});

const httpHop: z.ZodType<HttpHop> = z.object({
  url: z.string(),
  address: text,
  statusCode: z.number().nullable(),
  location: text,
  tls: tlsEvidence.nullable(),
});

const nameObservation: z.ZodType<NameObservation> = z.object({
  type: z.enum(['CNAME', 'PTR']),
  name: z.string(),
  expected: z.string(),
  seen: texts,
  rcode: z.number().nullable(),
  dnssec: z.enum(DNSSEC_STATUSES),
});

/** One schema per kind of details: a new kind does not compile until the table can be read with it. */
const detailsSchemas: {
  readonly [Kind in CheckDetails['kind']]: z.ZodType<Extract<CheckDetails, { kind: Kind }>>;
} = {
  caa: z.object({
    kind: z.literal('caa'),
    recordPresent: z.boolean().nullable(),
    foundAt: z.string().nullable(),
    recordsSeen: texts,
    recordsTruncated: z.boolean(),
    reason: z.enum(CAA_REASONS),
    permissibleAccountUris: texts,
    permissibleValidationMethods: texts,
    rfc8657Ignored: z.boolean(),
    lookupFailures: z.array(failureEvidence).optional(),
    dns: dnsEvidence,
  }),
  dns: z.object({
    kind: z.literal('dns'),
    method: z.enum(VALIDATION_METHODS),
    recordsSeen: texts,
    recordsTruncated: z.boolean(),
    adFlag: z.boolean().nullable(),
    foundAt: z.string().nullable(),
    persistUntil: z.int().min(0).max(8_640_000_000_000).nullable().optional(),
    dns: dnsEvidence,
  }),
  http: z.object({
    kind: z.literal('http'),
    method: z.enum(VALIDATION_METHODS),
    hops: z.array(httpHop),
    page: text,
    dns: dnsEvidence.nullable(),
  }),
  tls: z.object({
    kind: z.literal('tls'),
    method: z.enum(VALIDATION_METHODS),
    address: text,
    protocol: text,
    alpnProtocol: text,
    commonName: text,
    subjectAltNames: texts,
    acmeIdentifier: text,
    certificateSha256: text,
    dns: dnsEvidence.nullable(),
  }),
  none: z.object({ kind: z.literal('none') }),
};

const resultSchema: z.ZodType<CheckResult> = z.object({
  requestId: z.string(),
  attempt: z.int().min(1),
  perspective: z.string(),
  checkType: z.enum(CHECK_TYPES),
  startedAt: z.number(),
  completedAt: z.number(),
  recorder: z.string(),
  completed: z.boolean(),
  passed: z.boolean(),
  corroborates: z.boolean(),
  errors: z.array(z.object({ type: z.string(), message: z.string() })),
  details: z.union(Object.values(detailsSchemas)),
  adnLookups: z.array(nameObservation).max(16).optional(),
  // Results of a version before this member are of perspectives that had no such exemption.
  allowedNetworks: z.array(z.string()).default([]),
});

/**
 * The result in an item that lies at `key`.
 *
 * Throws {@link UnreadableItemError} when it cannot be read, or when it claims to be another perspective's, request's or
 * attempt's: the key is what the writer's permissions are bound to, the content is only its word.
 */
export function resultFromItem(item: Item, requestId: string, key: ResultKey): CheckResult {
  const what = `result of ${key.perspective} for attempt ${key.attempt} of ${requestId}`;
  assertKnownVersion(item, what);
  const parsed = resultSchema.safeParse(parseJson(item[RESULT_ATTRIBUTE]?.S, what));
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.code})`);
    throw new UnreadableItemError(`${what} is not readable: ${wrong.join(', ')}`);
  }
  const result = parsed.data;
  if (
    result.requestId !== requestId ||
    result.perspective !== key.perspective ||
    result.attempt !== key.attempt
  ) {
    throw new UnreadableItemError(`${what} claims to be another one`);
  }
  return result;
}
