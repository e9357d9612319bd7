import * as z from 'zod';
import {
  CERTIFICATE_TYPES,
  CHECK_TYPES,
  DNSSEC_STATUSES,
  policySchema,
  VALIDATION_METHODS,
} from '../../domain/check/check.ts';
import { type PerspectiveCode, RIRS } from '../../domain/check/perspective.ts';
import { adnStepSchema } from '../../domain/dcv/adn.ts';
import { BASELINE_REASONS } from '../../domain/mpic/decision.ts';
import { contactCodec, primaryCodec, rulebookCodec } from '../evidence/baseline.ts';
import { checkErrorCodec, detailsCodec, nameObservationCodec } from '../evidence/details.ts';
import { caaParametersCodec, contactsParametersCodec, dcvParametersCodec } from '../evidence/parameters.ts';

/**
 * Version of the records. A change that old readers cannot take raises the first number; new members do not. Records of the
 * first version do not have the member: `read-record.ts`.
 */
export const AUDIT_VERSION = '2.0';

const text = z.string().min(1);
const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime({ precision: 3 });
const code: z.ZodType<PerspectiveCode> = text;
const codes = z.array(code).readonly();
const texts = z.array(text).readonly();
const role = z.enum(['remote', 'primary']);

/** Who wrote a record (TLS BR 5.4.1 [records]: identity of the entity making the journal entry). */
const recorderSchema = z.object({ service: text, version: text, instance: text });
export interface Recorder extends Readonly<z.infer<typeof recorderSchema>> {}

const common = {
  schema_version: z.literal(AUDIT_VERSION),
  /** Names the fact: two records with one id say the same. */
  record_id: text,
  /** Time of the event, UTC, milliseconds. */
  time,
  description: text,
  recorder: recorderSchema,
  /** By which rules: of the verdict where the record is about one, else those of the recorder. */
  rulebook: rulebookCodec.schema.nullable(),
};

const request = {
  mpic_id: z.uuid(),
  attempt: z.int().min(1),
  caller: text,
  trace_identifier: z.string().nullable(),
  request_digest: sha256,
  /** The domain name or IP address as the caller sent it, and as it was checked. */
  domain_or_ip_target: text,
  checked_identifier: text,
  check_type: z.enum(CHECK_TYPES),
  validation_method: z.enum(VALIDATION_METHODS).nullable(),
  /** The citation of the section that the check implements. */
  rule: text,
  /** The caller's name for the order, by which its checks are put together; null when there was none. */
  order_reference: text.nullable(),
  certificate_type: z.enum(CERTIFICATE_TYPES),
  /** What was applied for (TLS BR 5.4.1 (2)(2) [records-validation]); null when the caller did not say. */
  applied_for: text.nullable(),
  /** The steps from there to the name checked, as told and found to be allowed. */
  adn_steps: z.array(adnStepSchema).readonly().nullable(),
  /**
   * Whether the choice of the Authorization Domain Name was checked (TLS BR 3.2.2.4 [adn]). `not-told`: it is the CA's
   * alone. `not-applicable`: CAA and addresses have none.
   */
  adn_check: z.enum(['checked', 'not-told', 'not-applicable']),
};

/** SHA-256 and length of what a perspective had stored when it was read; null for silence, or when nothing lies there. */
const stored = { stored_sha256: sha256.nullable(), stored_bytes: count.nullable() };

/** TLS BR 5.4.1 (2)(7) [records-perspective]: one per perspective and attempt. */
export const perspectiveRecordSchema = z.object({
  event: z.enum(['perspective-check', 'late-result']),
  ...common,
  ...request,
  perspective: code,
  role,
  result: z.enum([
    'dcv-pass',
    'dcv-fail',
    'caa-permission',
    'caa-prohibition',
    'contacts-found',
    'contacts-not-found',
  ]),
  /** RIR service region of a remote perspective; null for the primary one, whose region does not count. */
  rir: z.enum(RIRS).nullable(),
  /** False for timeouts, lookup failures, silence and unreadable results: the result is then a failure for lack of one. */
  check_completed: z.boolean(),
  /** Whether the observation may corroborate: false where it passed only by the leniency of the `open-mpic` policy. */
  corroborates: z.boolean(),
  observed_by: text.nullable(),
  /** Networks that this perspective could connect to although no check may; only in labs is there any. */
  allowed_networks: texts,
  errors: z.array(checkErrorCodec.schema).readonly(),
  details: detailsCodec.schema.nullable(),
  /** What was seen of the records by which the name checked was chosen. */
  adn_lookups: z.array(nameObservationCodec.schema).readonly(),
  ...stored,
  /** Why what it had stored is not a result; null for a result and for silence. */
  unreadable: text.nullable(),
  /** Whether the result took part in the quorum. */
  counted: z.boolean(),
});

/**
 * Something else lies where a counted result lay: the perspective has put it there after the verdict, or it was taken away.
 * One per perspective and attempt. The verdict rests on what was counted.
 */
const resultChangedRecordSchema = z.object({
  event: z.literal('result-changed'),
  ...common,
  ...request,
  perspective: code,
  role,
  /** SHA-256 and length of what was counted. */
  counted_sha256: sha256,
  counted_bytes: count,
  ...stored,
});

/** TLS BR 5.4.1 (2)(8) [records-quorum]: the quorum result, one per attempt. */
export const quorumRecordSchema = z.object({
  event: z.literal('quorum-decision'),
  ...common,
  ...request,
  policy: policySchema,
  mode: z.enum(['strict', 'monitoring']),
  /** By the clock of the home region, as `time`, which is that of the decision: a minute after its deadline it is too late. */
  attempt_started_at: time,
  attempt_deadline: time,
  quorum: z.string().regex(/^\d+\/\d+$/),
  is_valid: z.boolean(),
  baseline_satisfied: z.boolean(),
  reasons: z.array(z.enum(BASELINE_REASONS)).readonly(),
  required: count,
  quorum_count: count,
  allowed_non_corroborations: count.nullable(),
  minimum_perspectives: count,
  rirs: z.array(z.enum(RIRS)).readonly(),
  rules_as_of: z.iso.date(),
  /** The last second at which a certificate may be issued on it (TLS BR 4.2.1 [reuse], 4.2.2.1 [caa]); null: none may. */
  usable_until: z.iso.datetime().nullable(),
  /** True when every perspective looked from one machine: evidence of a test, not of corroboration. */
  shared_host: z.boolean(),
  /** What every perspective was told to look for: issuer names, accounts and methods, or the expected value. */
  parameters: z.union([dcvParametersCodec.schema, caaParametersCodec.schema, contactsParametersCodec.schema]),
  perspectives: codes,
  corroborating: codes,
  /** The corroborated contacts, each with the perspectives that saw it; only of a contacts check. */
  contacts: z.array(contactCodec.schema).readonly().optional(),
  primary: primaryCodec.schema.nullable(),
  /** DNSSEC status of what each perspective rests on that asked the DNS and answered in time (TLS BR 4.2.2.2 [dnssec]). */
  dnssec_statuses: z.record(code, z.enum(DNSSEC_STATUSES)).readonly(),
});

/** What the service was set up to do, at start and after a change (TLS BR 5.4.1 (3) [records-security]). */
const configurationRecordSchema = z.object({
  event: z.enum(['service-started', 'service-stopped']),
  ...common,
  policy: policySchema,
  backend: text,
  perspectives: z
    .array(
      z.object({ code, name: z.string(), rir: z.enum(RIRS), latitude: z.number(), longitude: z.number() }),
    )
    .readonly(),
  primary: text.nullable(),
  resolvers: z.record(code, text).readonly(),
  /** What the perspectives of this process validate with; null when none of them does. */
  validation: z
    .object({
      /** DS records of the root keys: key tag, algorithm, digest type, digest. */
      trust_anchors: texts,
      /** `IANA` for the files shipped with the service, else their paths. */
      trust_anchor_source: text,
      root_hints_source: text,
      control_name: text,
      /** The signatures over the keys of the root, as last seen by a perspective of this process; null: not seen yet. */
      root_signed_by: z
        .array(
          z.object({
            key_tag: z.int().min(0).max(65_535),
            algorithm: z.int(),
            inception: time,
            expiration: time,
          }),
        )
        .readonly()
        .nullable(),
    })
    .nullable(),
  caa_domains: texts,
  /** Whether labels of CAA `validationmethods` compare without case (TLS BR 4.2.2.1.2 [caa-parameters]). */
  caa_method_labels_ignore_case: z.boolean(),
  allowed_networks: texts,
});

/** Every record that may be in the audit trail, `docs/audit.md`. */
export const auditRecordSchema = z.discriminatedUnion('event', [
  perspectiveRecordSchema,
  resultChangedRecordSchema,
  quorumRecordSchema,
  configurationRecordSchema,
]);

export interface PerspectiveAuditRecord extends Readonly<z.infer<typeof perspectiveRecordSchema>> {}
export interface ResultChangedAuditRecord extends Readonly<z.infer<typeof resultChangedRecordSchema>> {}
export interface QuorumAuditRecord extends Readonly<z.infer<typeof quorumRecordSchema>> {}
export interface ConfigurationAuditRecord extends Readonly<z.infer<typeof configurationRecordSchema>> {}
export type AuditRecord = Readonly<z.infer<typeof auditRecordSchema>>;

/** Members that every record has, and those of every record about a request. */
export type AuditFields = Pick<PerspectiveAuditRecord, keyof typeof common>;
export type RequestFields = Pick<PerspectiveAuditRecord, keyof typeof request>;
