import {
  caaDetailsSchema,
  checkDetailsSchema,
  checkErrorSchema,
  contactsDetailsSchema,
  dnsDcvDetailsSchema,
  dnsEvidenceSchema,
  httpDcvDetailsSchema,
  httpHopSchema,
  nameObservationSchema,
  tlsAlpnDetailsSchema,
} from '../../domain/check/check-result.ts';
import { snakeCase } from './snake-case.ts';

/**
 * What a perspective saw, as answers and audit records have it: one name for each thing. The exceptions are names that the
 * Open MPIC API has, and those of ours that tell a unit or what the thing is of.
 */
const NAMES = {
  address: 'resolved_ip',
  dnssec: 'dnssec_status',
  extendedErrors: 'ede',
  insecurity: 'dnssec_insecurity',
  method: 'validation_method',
  page: 'response_page',
  permissibleAccountUris: 'permissible_under_account_uri',
  permissibleValidationMethods: 'permissible_under_validation_method',
  persistUntil: 'persist_until_seconds',
  rcode: 'response_code',
  recordPresent: 'caa_record_present',
  rfc8657Ignored: 'rfc8657_parameters_ignored',
  security: 'dnssec_security',
  tries: 'query_tries',
  ttl: 'ttl_seconds',
} as const;

export const detailsCodec = snakeCase(checkDetailsSchema, NAMES);
export const caaCodec = snakeCase(caaDetailsSchema, NAMES);
export const dnsCodec = snakeCase(dnsDcvDetailsSchema, NAMES);
export const httpCodec = snakeCase(httpDcvDetailsSchema, NAMES);
export const hopCodec = snakeCase(httpHopSchema, NAMES);
export const tlsAlpnCodec = snakeCase(tlsAlpnDetailsSchema, NAMES);
export const contactsCodec = snakeCase(contactsDetailsSchema, NAMES);
export const evidenceCodec = snakeCase(dnsEvidenceSchema, NAMES);

/** A record by which the target was chosen, and what it says. */
export const nameObservationCodec = snakeCase(nameObservationSchema, {
  ...NAMES,
  seen: 'records_seen',
  type: 'record_type',
});

export const checkErrorCodec = snakeCase(checkErrorSchema, { type: 'error_type', message: 'error_message' });
