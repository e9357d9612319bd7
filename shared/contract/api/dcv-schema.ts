import * as z from 'zod';
import {
  type DcvParameters,
  dcvParametersSchema,
  MAX_NAME_LENGTH,
  type ValidationMethod,
} from '../../domain/check/check.ts';
import { CHALLENGE_TYPES } from '../../domain/dcv/challenge-age.ts';
import { type DcvParametersWire, dcvParametersCodec } from '../evidence/parameters.ts';
import { absoluteUri, listOf, nonEmptyText, text } from './wire-schema.ts';

/** Labels of letters, digits, hyphens and underscores without a final dot: what may stand before a name in a query. */
const NAME_PREFIX = /^$|^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/;

/** RFC 9110 section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** RFC 9110 section 5.5: no control characters but the tab, so that no value can end its line. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const namePrefix = text
  .max(MAX_NAME_LENGTH, `should have at most ${MAX_NAME_LENGTH} characters`)
  .regex(NAME_PREFIX, 'should be labels of letters, digits, hyphens and underscores, without a final dot')
  .nullable()
  .default(null);

/** RFC 8555 sections 8.1 and 8.4: base64url without padding. */
const base64UrlDigest = nonEmptyText.regex(
  /^[A-Za-z0-9_-]*$/,
  'should be the base64url form of the SHA-256 of the key authorization: letters, digits, - and _ without padding',
);

/** RFC 8737 section 3 puts 32 octets into the certificate; the reference wants them as hexadecimal digits. */
const tlsAlpnDigest = text.regex(
  /^(?:[0-9A-Fa-f]{64}|[A-Za-z0-9_-]{43})$/,
  'should be the SHA-256 of the key authorization as 64 hexadecimal digits or 43 base64url characters',
);

/** RFC 8555 section 8.3: the token becomes a path segment, and only base64url characters are allowed in it. */
const acmeToken = nonEmptyText.regex(
  /^[A-Za-z0-9_-]*$/,
  'should hold base64url characters only: letters, digits, - and _ without padding',
);

const httpHeaders = z
  .record(
    text.regex(HEADER_NAME, 'header name should be a token as in RFC 9110 section 5.6.2'),
    text.regex(HEADER_VALUE, 'header value should hold no control characters and nothing beyond latin1'),
  )
  .refine((headers) => Object.keys(headers).length <= 50, 'should have at most 50 headers')
  .nullable()
  .default(null);

/** Ours, and optional: when the challenge was made, so that one which is too old can be refused. */
const challengeCreatedAt = z.iso
  .datetime({ offset: true, error: 'should be a time as in RFC 3339, for instance 2026-11-27T10:00:00Z' })
  .optional();

/** Ours, and optional: a Request Token has rules of its own (TLS BR 1.6.1 [definitions]). */
const challengeType = z.enum(CHALLENGE_TYPES).optional();

const exactCase = z.literal(true).default(true);
const anyCase = z.literal(false).default(false);
const txtRecord = z.literal('TXT').default('TXT');

/** Member order of every schema is the order of the echo in the response. */
const websiteChange = z.strictObject({
  validation_method: z.literal('website-change'),
  require_exact_case: z.boolean().default(true),
  challenge_value: text,
  http_token_path: text,
  url_scheme: z.enum(['http', 'https']).default('http'),
  http_headers: httpHeaders,
  match_regex: text.nullable().default(null),
  challenge_type: challengeType,
  challenge_created_at: challengeCreatedAt,
});

const acmeHttp01 = z.strictObject({
  validation_method: z.literal('acme-http-01'),
  require_exact_case: exactCase,
  token: acmeToken,
  key_authorization: nonEmptyText,
  http_headers: httpHeaders,
  challenge_created_at: challengeCreatedAt,
});

const acmeDns01 = z.strictObject({
  validation_method: z.literal('acme-dns-01'),
  require_exact_case: exactCase,
  key_authorization_hash: base64UrlDigest,
  dns_record_type: txtRecord,
  dns_name_prefix: z.literal('_acme-challenge').default('_acme-challenge'),
  challenge_created_at: challengeCreatedAt,
});

/** `acme_account_url` is the name of the reference from 6.6 on, `account_uri` the one of before; either, or both alike. */
const dnsAccount01 = z
  .strictObject({
    validation_method: z.literal('dns-account-01'),
    require_exact_case: exactCase,
    key_authorization_hash: base64UrlDigest,
    acme_account_url: absoluteUri.optional(),
    account_uri: absoluteUri.optional(),
    dns_record_type: txtRecord,
    challenge_created_at: challengeCreatedAt,
  })
  .superRefine(({ acme_account_url: url, account_uri: uri }, context) => {
    if (url === undefined && uri === undefined)
      context.addIssue({
        code: 'invalid_type',
        expected: 'string',
        path: ['acme_account_url'],
        input: undefined,
      });
    if (url !== undefined && uri !== undefined && url !== uri)
      context.addIssue({
        code: 'custom',
        path: ['acme_account_url'],
        message: 'acme_account_url and account_uri are two names of one thing and differ; send one of them',
        input: url,
      });
  });

const acmeTlsAlpn01 = z.strictObject({
  validation_method: z.literal('acme-tls-alpn-01'),
  require_exact_case: anyCase,
  key_authorization_hash: tlsAlpnDigest,
  challenge_created_at: challengeCreatedAt,
});

const dnsChange = z.strictObject({
  validation_method: z.literal('dns-change'),
  require_exact_case: z.boolean().default(true),
  challenge_value: text,
  dns_name_prefix: namePrefix,
  dns_record_type: z.enum(['CNAME', 'TXT', 'CAA']),
  require_exact_match: z.boolean().default(false),
  challenge_type: challengeType,
  challenge_created_at: challengeCreatedAt,
});

const dnsPersistent = z.strictObject({
  validation_method: z.literal('dns-persistent'),
  require_exact_case: anyCase,
  issuer_domain_names: listOf(nonEmptyText).min(1, 'should name at least one issuer'),
  expected_account_uri: absoluteUri,
  dns_record_type: txtRecord,
  dns_name_prefix: z.literal('_validation-persist').default('_validation-persist'),
  require_wildcard_policy: z.boolean().optional(),
});

const contactEmailTxt = z.strictObject({
  validation_method: z.literal('contact-email-txt'),
  require_exact_case: anyCase,
  challenge_value: text,
  dns_record_type: txtRecord,
  dns_name_prefix: z.literal('_validation-contactemail').default('_validation-contactemail'),
  challenge_created_at: challengeCreatedAt,
});

const contactPhoneTxt = contactEmailTxt.extend({
  validation_method: z.literal('contact-phone-txt'),
  dns_name_prefix: z.literal('_validation-contactphone').default('_validation-contactphone'),
});

const contactEmailCaa = z.strictObject({
  validation_method: z.literal('contact-email-caa'),
  require_exact_case: anyCase,
  challenge_value: text,
  dns_name_prefix: namePrefix,
  dns_record_type: z.literal('CAA').default('CAA'),
  challenge_created_at: challengeCreatedAt,
});

const contactPhoneCaa = contactEmailCaa.extend({ validation_method: z.literal('contact-phone-caa') });

const ipAddress = z.strictObject({
  validation_method: z.literal('ip-address'),
  require_exact_case: anyCase,
  challenge_value: text,
  dns_name_prefix: namePrefix,
  dns_record_type: z.enum(['A', 'AAAA']),
});

const reverseAddressLookup = z.strictObject({
  validation_method: z.literal('reverse-address-lookup'),
  require_exact_case: anyCase,
  challenge_value: text,
  dns_name_prefix: namePrefix,
  dns_record_type: z.literal('PTR').default('PTR'),
});

/** `dcv_check_parameters`, by `validation_method`. A method without a schema does not compile. */
export const DCV_SCHEMAS = {
  'website-change': websiteChange,
  'acme-http-01': acmeHttp01,
  'acme-dns-01': acmeDns01,
  'acme-tls-alpn-01': acmeTlsAlpn01,
  'dns-change': dnsChange,
  'dns-account-01': dnsAccount01,
  'dns-persistent': dnsPersistent,
  'contact-email-txt': contactEmailTxt,
  'contact-phone-txt': contactPhoneTxt,
  'contact-email-caa': contactEmailCaa,
  'contact-phone-caa': contactPhoneCaa,
  'ip-address': ipAddress,
  'reverse-address-lookup': reverseAddressLookup,
} satisfies Record<ValidationMethod, z.ZodType>;

const { 'website-change': first, ...others } = DCV_SCHEMAS;
export const dcvCheckParameters = z.discriminatedUnion('validation_method', [
  first,
  ...Object.values(others),
]);

/** `dcv_check_parameters` with defaults and fixed members filled in, as the response echoes it. */
export type DcvWire = z.infer<typeof dcvCheckParameters>;

/** `wire` as the response echoes it: only a TXT record is compared with case, whatever was asked for. */
export function settleExactCase(wire: DcvWire): DcvWire {
  if (wire.validation_method !== 'dns-change' || wire.dns_record_type === 'TXT') return wire;
  return { ...wire, require_exact_case: false };
}

/** The parameters of a DCV check in domain terms. Fixed members go without saying there. */
export function toDcvParameters(wire: DcvWire): DcvParameters {
  const settled = { ...settleExactCase(wire), ...settleGaps(wire) };
  return dcvParametersSchema.parse(dcvParametersCodec.decode(settled as DcvParametersWire));
}

/** What is meant where the API lets a member be absent or null, or have a second name. */
function settleGaps(wire: DcvWire): Readonly<Record<string, unknown>> {
  switch (wire.validation_method) {
    case 'website-change':
      return { match_regex: wire.match_regex === '' ? null : wire.match_regex };
    case 'dns-account-01':
      return { account_uri: wire.acme_account_url ?? wire.account_uri };
    case 'dns-persistent':
      return { require_wildcard_policy: wire.require_wildcard_policy ?? false };
    default:
      return 'dns_name_prefix' in wire ? { dns_name_prefix: wire.dns_name_prefix ?? '' } : {};
  }
}
