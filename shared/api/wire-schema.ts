import * as z from 'zod';
import { VALIDATION_METHODS } from '../mpic/check.ts';

/** Bounds on what a request may hold. The body is at most 64 KiB; these keep single members sane within it. */
const MAX_TARGET_CHARACTERS = 1000;
const MAX_TEXT_CHARACTERS = 2000;
const MAX_TRACE_CHARACTERS = 256;
const MAX_LIST_ITEMS = 100;

/** Control and format characters, lone surrogates and line separators: they forge log lines or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** RFC 3986 section 3.1: a scheme and its colon. White space and control characters are no part of a URI. */
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\p{Cc}]*$/u;

export const text = z
  .string()
  .max(MAX_TEXT_CHARACTERS, `should have at most ${MAX_TEXT_CHARACTERS} characters`);

export const nonEmptyText = text.min(1, 'should not be empty');

/** The texts on account URIs and RFC 8657 section 3 speak of URIs; a relative one names no account. */
export const absoluteUri = text.regex(
  ABSOLUTE_URI,
  'should be an absolute URI with a scheme, for instance https://ca.example/acct/9',
);

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item).max(MAX_LIST_ITEMS, `should have at most ${MAX_LIST_ITEMS} items`);
}

const optionalInteger = z.int('should be an integer that fits 53 bits').nullable().default(null);

const orchestrationParameters = z.strictObject({
  perspective_count: optionalInteger,
  quorum_count: optionalInteger,
  max_attempts: optionalInteger,
  cohort_for_single_attempt: optionalInteger,
});

/** `orchestration_parameters` with every member filled in, as the response echoes it. */
export type OrchestrationWire = z.infer<typeof orchestrationParameters>;

const validationMethodLabel = z
  .string()
  .max(MAX_TEXT_CHARACTERS)
  .regex(
    /^[A-Za-z0-9-]+$/,
    'should be a label of RFC 8657 section 4: letters, digits and hyphens, for instance dns-01',
  );

const accountUris = listOf(absoluteUri).nullable().optional();
const methodLabels = listOf(validationMethodLabel).nullable().optional();

/** The names that the reference has from 6.6 on, and those of before, which stay. */
const RFC8657_NAMES = [
  ['expected_account_uris', 'accounturi_values'],
  ['expected_validation_methods', 'validation_methods'],
] as const;

const caaCheckParameters = z
  .strictObject({
    certificate_type: z.enum(['tls-server', 's-mime']).default('tls-server'),
    caa_domains: listOf(nonEmptyText).nullable().default(null),
    allow_lookup_failure: z.boolean().default(false),
    expected_account_uris: accountUris,
    expected_validation_methods: methodLabels,
    accounturi_values: accountUris,
    validation_methods: methodLabels,
    validation_method: z.enum(VALIDATION_METHODS).nullable().optional(),
  })
  .superRefine((parameters, context) => {
    for (const [name, former] of RFC8657_NAMES) {
      const [one, other] = [parameters[name], parameters[former]];
      if (one === undefined || other === undefined) continue;
      if (JSON.stringify(one) !== JSON.stringify(other))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `${name} and ${former} are two names of one thing and differ; send one of them`,
          input: one,
        });
    }
  });

/** `caa_check_parameters` with defaults filled in; the limits of RFC 8657 only when the caller sent them. */
export type CaaWire = z.infer<typeof caaCheckParameters>;

const commonMembers = {
  domain_or_ip_target: z
    .string()
    .max(MAX_TARGET_CHARACTERS, `should have at most ${MAX_TARGET_CHARACTERS} characters`),
  orchestration_parameters: orchestrationParameters.nullable().default(null),
  trace_identifier: z
    .string()
    .max(MAX_TRACE_CHARACTERS, `should have at most ${MAX_TRACE_CHARACTERS} characters`)
    .refine((value) => !UNPRINTABLE.test(value), 'should hold printable characters only')
    .nullable()
    .default(null),
};

/** A CAA request. Parameters of the other check have no place in it; `parseMpicRequest` says so. */
export const caaRequestSchema = z.strictObject({
  ...commonMembers,
  check_type: z.literal('caa').optional(),
  caa_check_parameters: caaCheckParameters.nullable().default(null),
  dcv_check_parameters: z.unknown().optional(),
});

/** A DCV request without `dcv_check_parameters`, whose schema depends on the method. */
export const dcvRequestSchema = z.strictObject({
  ...commonMembers,
  check_type: z.literal('dcv').optional(),
  caa_check_parameters: z.unknown().optional(),
  dcv_check_parameters: z.unknown().optional(),
});

export const ORCHESTRATION_MEMBERS = Object.keys(orchestrationParameters.shape);
export const CAA_MEMBERS = Object.keys(caaCheckParameters.shape);
