import type * as z from 'zod';
import { dcvCheckParameters } from './dcv-schema.ts';
import { caaRequestSchema, type contactsRequestSchema, dcvRequestSchema } from './wire-schema.ts';

/** Body of `POST /mpic` for a CAA check, as a caller writes it. */
export const caaBodySchema = caaRequestSchema.omit({ dcv_check_parameters: true });

/** Body of `POST /mpic` for a validation, as a caller writes it. */
export const dcvBodySchema = dcvRequestSchema
  .omit({ caa_check_parameters: true })
  .extend({ dcv_check_parameters: dcvCheckParameters });

/** Body of `POST /mpic/contacts`, as a caller writes it. */
export type ContactsRequest = Readonly<z.input<typeof contactsRequestSchema>>;

/** What a caller can ask for. Members with a default may be left out. */
export type MpicRequest = Readonly<z.input<typeof caaBodySchema> | z.input<typeof dcvBodySchema>>;
