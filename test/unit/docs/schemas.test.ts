import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { dcvCheckParameters } from '../../../shared/contract/api/dcv-schema.ts';
import {
  acceptedSchema,
  jobViewSchema,
  mpicResponseSchema,
  perspectivesSchema,
  problemSchema,
} from '../../../shared/contract/api/response-schema.ts';
import { validationFailureSchema } from '../../../shared/contract/api/validation-issue.ts';
import { caaRequestSchema, dcvRequestSchema } from '../../../shared/contract/api/wire-schema.ts';
import { auditRecordSchema } from '../../../shared/contract/audit/audit-schema.ts';
import { checkJobSchema } from '../../../shared/contract/messages/check-job.ts';
import { deadlineSchema } from '../../../shared/contract/messages/deadline.ts';
import { requestCompletedSchema } from '../../../shared/contract/messages/request-completed.ts';
import { wakeUpSchema } from '../../../shared/contract/messages/wake-up.ts';
import { checkResultSchema } from '../../../shared/domain/check/check-result.ts';
import { ROOT } from './markdown.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** What is sent to us: defaults may be left out. */
const read = (schema: z.ZodType) =>
  z.toJSONSchema(schema, {
    io: 'input',
    reused: 'ref',
    override: ({ jsonSchema }) => void delete jsonSchema.readOnly,
  });

/** What we send: everything is there, and a later version may say more. */
const written = (schema: z.ZodType) =>
  z.toJSONSchema(schema, {
    io: 'output',
    reused: 'ref',
    override({ jsonSchema }) {
      delete jsonSchema.readOnly;
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });

/** The version lies beside the members of a message. */
function withContract({ properties, required = [], ...rest }: JsonSchema): JsonSchema {
  const contract: JsonSchema = { type: 'string', pattern: '^\\d+\\.\\d+$' };
  return { ...rest, properties: { contract, ...properties }, required: ['contract', ...required] };
}

const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  'accepted.json': written(acceptedSchema),
  'audit-record.json': written(auditRecordSchema),
  'check-job.json': withContract(read(checkJobSchema)),
  'check-result.json': withContract(read(checkResultSchema)),
  'deadline.json': withContract(read(deadlineSchema)),
  'job-view.json': written(jobViewSchema),
  'perspectives.json': written(perspectivesSchema),
  'problem.json': written(problemSchema),
  'request-caa.json': read(caaRequestSchema.omit({ dcv_check_parameters: true })),
  'request-completed.json': written(requestCompletedSchema),
  'request-dcv.json': read(
    dcvRequestSchema
      .omit({ caa_check_parameters: true })
      .extend({ dcv_check_parameters: dcvCheckParameters }),
  ),
  'response.json': written(mpicResponseSchema),
  'validation-failure.json': written(validationFailureSchema),
  'wake-up.json': withContract(read(wakeUpSchema)),
};

describe('docs/schemas', () => {
  it.each(Object.entries(SCHEMAS))(
    '%s is what `npm run schemas` makes of the source',
    async (name, schema) => {
      const text = `${JSON.stringify(schema, null, 2)}\n`;
      await expect(text).toMatchFileSnapshot(join(ROOT, 'docs/schemas', name));
    },
  );

  it('has no other file', () => {
    expect(readdirSync(join(ROOT, 'docs/schemas')).sort()).toEqual(Object.keys(SCHEMAS).sort());
  });
});
