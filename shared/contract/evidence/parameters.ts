import {
  caaParametersSchema,
  contactsParametersSchema,
  dcvParametersSchema,
} from '../../domain/check/check.ts';
import { snakeCase } from './snake-case.ts';

/** What a check is told to look for, in the words of the Open MPIC API. */
export const caaParametersCodec = snakeCase(caaParametersSchema, {
  accountUris: 'expected_account_uris',
  validationMethods: 'expected_validation_methods',
});

export const dcvParametersCodec = snakeCase(dcvParametersSchema, {
  method: 'validation_method',
  namePrefix: 'dns_name_prefix',
  recordType: 'dns_record_type',
});

export const contactsParametersCodec = snakeCase(contactsParametersSchema, { method: 'validation_method' });

export type DcvParametersWire = Parameters<typeof dcvParametersCodec.decode>[0];
