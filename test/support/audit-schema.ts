import * as z from 'zod';
import {
  CERTIFICATE_TYPES,
  CHECK_TYPES,
  DNSSEC_STATUSES,
  POLICIES,
  VALIDATION_METHODS,
} from '../../shared/domain/check/check.ts';
import { RIRS } from '../../shared/domain/check/perspective.ts';
import { BASELINE_REASONS } from '../../shared/domain/mpic/decision.ts';

const text = z.string().min(1);
const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** TLS BR 5.4.1 [records]: date and time, identity of the recorder, description; on every record. */
const common = {
  record_id: text,
  time: z.iso.datetime({ precision: 3 }),
  description: text,
  recorder: z.strictObject({ service: text, version: text, instance: text }),
  rulebook: z.strictObject({
    tls_br: text,
    smime_br: text,
    digest: sha256,
  }),
};

const aboutRequest = {
  mpic_id: z.uuid(),
  attempt: z.int().min(1),
  caller: text,
  trace_identifier: z.string().nullable(),
  request_digest: sha256,
  domain_or_ip_target: text,
  checked_identifier: text,
  check_type: z.enum(CHECK_TYPES),
  validation_method: z.enum(VALIDATION_METHODS).nullable(),
  rule: z
    .string()
    .regex(
      /^(?:(?:TLS|S\/MIME) BR 4\.2\.2\.1|(?:S\/MIME BR 3\.2\.2\.1 \+ )?TLS BR 3\.2\.2\.[45]\.\d+(?: \+ TLS BR 3\.2\.2\.4\.\d+)?)$/,
    ),
  order_reference: text.nullable(),
  certificate_type: z.enum(CERTIFICATE_TYPES),
  applied_for: text.nullable(),
  adn_steps: z.array(z.looseObject({ step: text })).nullable(),
  adn_check: z.enum(['checked', 'not-told', 'not-applicable']),
};

/** TLS BR 5.4.1 (2)(7) [records-perspective]: perspective, identifier and result, one per perspective and attempt. */
const perspectiveRecord = z.strictObject({
  event: z.enum(['perspective-check', 'late-result']),
  ...common,
  ...aboutRequest,
  perspective: text,
  role: z.enum(['remote', 'primary']),
  rir: z.enum(RIRS).nullable(),
  result: z.enum(['dcv-pass', 'dcv-fail', 'caa-permission', 'caa-prohibition']),
  check_completed: z.boolean(),
  corroborates: z.boolean(),
  counted: z.boolean(),
  observed_by: text.nullable(),
  allowed_networks: z.array(text),
  errors: z.array(z.strictObject({ type: text, message: text })),
  details: z.looseObject({ kind: text }).nullable(),
  adn_lookups: z.array(
    z.strictObject({
      type: text,
      name: text,
      expected: text,
      seen: z.array(text).nullable(),
      rcode: z.int().nullable(),
      dnssec: z.enum(DNSSEC_STATUSES),
    }),
  ),
  stored_sha256: sha256.nullable(),
  stored_bytes: count.nullable(),
  unreadable: text.nullable(),
});

/** TLS BR 5.4.1 (2)(8) [records-quorum]: the quorum result as n/N, one per attempt. */
const quorumRecord = z.strictObject({
  event: z.literal('quorum-decision'),
  ...common,
  ...aboutRequest,
  policy: z.enum(POLICIES),
  mode: z.enum(['strict', 'monitoring']),
  attempt_started_at: z.iso.datetime({ precision: 3 }),
  attempt_deadline: z.iso.datetime({ precision: 3 }),
  quorum: z.string().regex(/^\d+\/\d+$/),
  is_valid: z.boolean(),
  baseline_satisfied: z.boolean(),
  reasons: z.array(z.enum(BASELINE_REASONS)),
  required: count,
  quorum_count: count,
  allowed_non_corroborations: count.nullable(),
  minimum_perspectives: count,
  rirs: z.array(z.enum(RIRS)),
  rules_as_of: z.iso.date(),
  usable_until: z.iso.datetime().nullable(),
  shared_host: z.boolean(),
  parameters: z.union([
    z.looseObject({ certificateType: text, caaDomains: z.array(text) }),
    z.looseObject({ method: z.enum(VALIDATION_METHODS) }),
  ]),
  perspectives: z.array(text),
  corroborating: z.array(text),
  primary: z
    .strictObject({ status: text, name: text.optional(), perspective_code: text.optional() })
    .nullable(),
  dnssec_statuses: z.record(text, z.enum(DNSSEC_STATUSES)),
});

/** What a perspective had stored is not what its vote was counted from; once for each perspective and attempt. */
const changedRecord = z.strictObject({
  event: z.literal('result-changed'),
  ...common,
  ...aboutRequest,
  perspective: text,
  role: z.enum(['remote', 'primary']),
  counted_sha256: sha256,
  counted_bytes: count,
  stored_sha256: sha256.nullable(),
  stored_bytes: count.nullable(),
});

const configurationRecord = z.strictObject({
  event: z.enum(['service-started', 'service-stopped']),
  ...common,
  policy: z.enum(POLICIES),
  backend: text,
  perspectives: z.array(z.looseObject({ code: text })),
  primary: text.nullable(),
  resolvers: z.record(text, text),
  validation: z
    .strictObject({
      trust_anchors: z.array(text),
      trust_anchor_source: text,
      root_hints_source: text,
      control_name: text,
      root_signed_by: z
        .array(
          z.strictObject({
            key_tag: z.number().int().min(0).max(65_535),
            algorithm: z.number().int(),
            inception: z.iso.datetime({ precision: 3 }),
            expiration: z.iso.datetime({ precision: 3 }),
          }),
        )
        .nullable(),
    })
    .nullable(),
  caa_domains: z.array(text),
  caa_method_labels_ignore_case: z.boolean(),
  allowed_networks: z.array(text),
});

/** Every record that may stand in the audit trail, with nothing missing and nothing nobody knows. */
export const auditRecordSchema = z.discriminatedUnion('event', [
  perspectiveRecord,
  changedRecord,
  quorumRecord,
  configurationRecord,
]);
