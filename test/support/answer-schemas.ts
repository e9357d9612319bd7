import type * as z from 'zod';
import {
  acceptedSchema,
  contactsResponseSchema,
  healthSchema,
  jobViewSchema,
  mpicResponseSchema,
  perspectivesSchema,
  problemSchema,
  readinessSchema,
} from '../../shared/contract/api/response-schema.ts';
import { validationFailureSchema } from '../../shared/contract/api/validation-issue.ts';

/**
 * Throws unless a JSON response of the API matches its schema in `docs/schemas`, without additional members and with
 * its members in schema order.
 */
export function demandSchema(path: string, status: number, body: unknown): void {
  const said = JSON.stringify(body);
  const parsed = schemaOf(path, status, body).safeParse(body);
  if (!parsed.success) throw new Error(`${status} to ${path}: ${parsed.error.message} in ${said}`);
  const known = JSON.stringify(parsed.data);
  if (known !== said) throw new Error(`${status} to ${path}: ${said} has other members than ${known}`);
}

function schemaOf(path: string, status: number, body: unknown): z.ZodType {
  const name = path.replace(/[?#].*$/, '').replace(/\/+/g, '/');
  if (name === '/readyz') return readinessSchema;
  if (status >= 400)
    return typeof body === 'object' && body !== null && 'validation_issues' in body
      ? validationFailureSchema
      : problemSchema;
  if (name === '/healthz') return healthSchema;
  if (name === '/perspectives') return perspectivesSchema;
  if (name === '/mpic/contacts') return status === 202 ? acceptedSchema : contactsResponseSchema;
  if (name !== '/mpic') return jobViewSchema;
  return status === 202 ? acceptedSchema : mpicResponseSchema;
}
