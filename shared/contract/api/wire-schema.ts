import * as z from 'zod';
import {
  CERTIFICATE_TYPES,
  CONTACT_METHODS,
  MAX_NAME_LENGTH,
  VALIDATION_METHODS,
} from '../../domain/check/check.ts';

/** Bounds on what a request may hold. The body is at most 64 KiB; these keep single members sane within it. */
const MAX_TARGET_CHARACTERS = 1000;
const MAX_TEXT_CHARACTERS = 2000;
const MAX_TRACE_CHARACTERS = 256;
const MAX_LIST_ITEMS = 100;

/** Control and format characters, lone surrogates and line separators: they forge log lines or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The category Cc, written so that the readers of our JSON Schemas, whatever their language, know it. */
const CONTROL_CHARACTERS = '\\u0000-\\u001f\\u007f-\\u009f';

/** RFC 3986 section 3.1: a scheme and its colon. White space and control characters are no part of a URI. */
const ABSOLUTE_URI = new RegExp(`^[A-Za-z][A-Za-z0-9+.-]*:[^\\s${CONTROL_CHARACTERS}]*$`, 'u');

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

export const orchestrationParameters = z.strictObject({
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

const certificateType = z.enum(CERTIFICATE_TYPES);

/** The names that the reference has from 6.6 on, and those of before, which stay. */
const RFC8657_NAMES = [
  ['expected_account_uris', 'accounturi_values'],
  ['expected_validation_methods', 'validation_methods'],
] as const;

export const caaCheckParameters = z
  .strictObject({
    certificate_type: certificateType.default('tls-server'),
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

const identifier = z
  .string()
  .max(MAX_TARGET_CHARACTERS, `should have at most ${MAX_TARGET_CHARACTERS} characters`);

/** Text that goes into logs and records as it is. */
const printable = z
  .string()
  .max(MAX_TRACE_CHARACTERS, `should have at most ${MAX_TRACE_CHARACTERS} characters`)
  .refine((value) => !UNPRINTABLE.test(value), 'should hold printable characters only');

const commonMembers = {
  domain_or_ip_target: identifier,
  orchestration_parameters: orchestrationParameters.nullable().default(null),
  trace_identifier: printable.nullable().default(null),
  // Ours, of the order that the check is for: echoed only when the caller sent them.
  applied_for: identifier.nullable().optional(),
  order_reference: printable.min(1, 'should not be empty').nullable().optional(),
};

/** Names of the DNS, which may hold underscores: what an alias leads to is not always a host. */
const dnsName = z
  .string()
  .refine(
    (name) => name.replace(/\.$/, '').length <= MAX_NAME_LENGTH,
    `should have at most ${MAX_NAME_LENGTH} characters, a final dot aside`,
  )
  .regex(
    /^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?$/,
    'should be a domain name in A-labels, for instance host.example.net',
  );

/** More aliases in a row are not followed by resolvers, and each of them is looked up by every perspective. */
const MAX_ADN_STEPS = 16;

const adnStep = z
  .strictObject({
    step: z.enum(['strip', 'cname', 'prune', 'ptr']),
    from: dnsName.optional(),
    to: dnsName.optional(),
  })
  .refine(
    ({ step, from, to }) =>
      (step === 'strip') === (to === undefined) && (step === 'cname' || from === undefined),
    'should have "to" unless it is a strip, and "from" only if it is a cname',
  );

const adnSteps = z
  .array(adnStep)
  .max(MAX_ADN_STEPS, `should have at most ${MAX_ADN_STEPS} steps`)
  .nullable()
  .optional();

/** One step of `adn_steps` as the response echoes it. */
export type AdnStepWire = z.infer<typeof adnStep>;

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
  adn_steps: adnSteps,
  certificate_type: certificateType.nullable().optional(),
});

/** `contacts_check_parameters`: the method that the contacts are for, which says of what kind and where they are. */
export const contactsCheckParameters = z.strictObject({ validation_method: z.enum(CONTACT_METHODS) });

/** Body of `POST /mpic/contacts`, which the Open MPIC API does not have. */
export const contactsRequestSchema = z.strictObject({
  ...commonMembers,
  check_type: z.literal('contacts').optional(),
  contacts_check_parameters: contactsCheckParameters,
  adn_steps: adnSteps,
  certificate_type: certificateType.nullable().optional(),
});

/** Members of a request that say which order the check is for; none of them is in the Open MPIC API. */
export type OrderWire = Pick<
  z.infer<typeof dcvRequestSchema>,
  'applied_for' | 'adn_steps' | 'order_reference' | 'certificate_type'
>;

export const ORCHESTRATION_MEMBERS = Object.keys(orchestrationParameters.shape);
export const CAA_MEMBERS = Object.keys(caaCheckParameters.shape);
