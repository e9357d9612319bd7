import * as z from 'zod';
import type { Check } from './check.ts';
import { CERTIFICATE_TYPES, POLICIES, VALIDATION_METHODS } from './check.ts';

const family = z.union([z.literal(4), z.literal(6)]);
const target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('domain'), name: z.string().max(253), wildcard: z.boolean() }),
  z.object({ kind: z.literal('ip'), address: z.string().max(45), family }),
  z.object({
    kind: z.literal('reverse-name'),
    name: z.string().max(253),
    address: z.string().max(45),
    family,
  }),
]);

const headers = z.record(z.string(), z.string()).nullable();
const dcv = z.discriminatedUnion('method', [
  z.object({
    method: z.literal('website-change'),
    challengeValue: z.string(),
    httpTokenPath: z.string(),
    urlScheme: z.enum(['http', 'https']),
    httpHeaders: headers,
    matchRegex: z.string().nullable(),
    requireExactCase: z.boolean(),
  }),
  z.object({
    method: z.literal('acme-http-01'),
    token: z.string(),
    keyAuthorization: z.string(),
    httpHeaders: headers,
  }),
  z.object({ method: z.literal('acme-tls-alpn-01'), keyAuthorizationHash: z.string() }),
  z.object({ method: z.literal('acme-dns-01'), keyAuthorizationHash: z.string() }),
  z.object({ method: z.literal('dns-account-01'), keyAuthorizationHash: z.string(), accountUri: z.string() }),
  z.object({
    method: z.literal('dns-change'),
    challengeValue: z.string(),
    recordType: z.enum(['CNAME', 'TXT', 'CAA']),
    namePrefix: z.string(),
    requireExactMatch: z.boolean(),
    requireExactCase: z.boolean(),
  }),
  z.object({
    method: z.literal('dns-persistent'),
    issuerDomainNames: z.array(z.string()),
    expectedAccountUri: z.string(),
    requireWildcardPolicy: z.boolean(),
  }),
  z.object({ method: z.enum(['contact-email-txt', 'contact-phone-txt']), challengeValue: z.string() }),
  z.object({
    method: z.enum(['contact-email-caa', 'contact-phone-caa']),
    challengeValue: z.string(),
    namePrefix: z.string(),
  }),
  z.object({
    method: z.literal('ip-address'),
    challengeValue: z.string(),
    recordType: z.enum(['A', 'AAAA']),
    namePrefix: z.string(),
  }),
  z.object({
    method: z.literal('reverse-address-lookup'),
    challengeValue: z.string(),
    namePrefix: z.string(),
  }),
]);

const caa = z.object({
  certificateType: z.enum(CERTIFICATE_TYPES),
  caaDomains: z.array(z.string()),
  allowLookupFailure: z.boolean(),
  accountUris: z.array(z.string()).nullable(),
  validationMethods: z.array(z.string()).nullable(),
  validationMethod: z.enum(VALIDATION_METHODS).nullable().optional(),
  labelsIgnoreCase: z.boolean().optional(),
  enforceRfc8657: z.boolean(),
});

const adn = z.object({
  wildcard: z.boolean(),
  lookups: z
    .array(
      z.object({ type: z.enum(['CNAME', 'PTR']), name: z.string().max(253), expected: z.string().max(253) }),
    )
    .max(16),
});

/** A {@link Check} as it travels to a perspective and as it is stored. */
export const checkSchema: z.ZodType<Check> = z.discriminatedUnion('checkType', [
  z.object({ checkType: z.literal('caa'), target, caa }),
  z.object({ checkType: z.literal('dcv'), target, dcv, adn: adn.optional() }),
]);

export const policySchema = z.enum(POLICIES);
