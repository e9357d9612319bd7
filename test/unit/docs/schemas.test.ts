import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JsonSchema, readSchema, writtenSchema } from '../../../shared/contract/api/json-schema.ts';
import { caaBodySchema, dcvBodySchema } from '../../../shared/contract/api/request-body.ts';
import {
  acceptedSchema,
  contactsResponseSchema,
  jobViewSchema,
  mpicResponseSchema,
  perspectivesSchema,
  problemSchema,
} from '../../../shared/contract/api/response-schema.ts';
import { validationFailureSchema } from '../../../shared/contract/api/validation-issue.ts';
import { contactsRequestSchema } from '../../../shared/contract/api/wire-schema.ts';
import { auditRecordSchema } from '../../../shared/contract/audit/audit-schema.ts';
import { deploymentFileSchema } from '../../../shared/contract/deployment/deployment-file.ts';
import { checkJobSchema } from '../../../shared/contract/messages/check-job.ts';
import { deadlineSchema } from '../../../shared/contract/messages/deadline.ts';
import { requestCompletedSchema } from '../../../shared/contract/messages/request-completed.ts';
import { wakeUpSchema } from '../../../shared/contract/messages/wake-up.ts';
import { perspectiveFileSchema } from '../../../shared/contract/settings/perspective-file.ts';
import { checkResultSchema } from '../../../shared/domain/check/check-result.ts';
import { API_DOCUMENT } from '../../support/api-document.ts';
import { ROOT } from './markdown.ts';

/** The version lies beside the members of a message. */
function withContract({ properties, required = [], ...rest }: JsonSchema): JsonSchema {
  const contract: JsonSchema = { type: 'string', pattern: '^\\d+\\.\\d+$' };
  return { ...rest, properties: { contract, ...properties }, required: ['contract', ...required] };
}

const SCHEMAS: Readonly<Record<string, object>> = {
  'accepted.json': writtenSchema(acceptedSchema),
  'audit-record.json': writtenSchema(auditRecordSchema),
  'contacts-response.json': writtenSchema(contactsResponseSchema),
  'check-job.json': withContract(readSchema(checkJobSchema)),
  'check-result.json': withContract(readSchema(checkResultSchema)),
  'deadline.json': withContract(readSchema(deadlineSchema)),
  'deployment-file.json': readSchema(deploymentFileSchema),
  'job-view.json': writtenSchema(jobViewSchema),
  'openapi.json': API_DOCUMENT,
  'perspective-file.json': readSchema(perspectiveFileSchema),
  'perspectives.json': writtenSchema(perspectivesSchema),
  'problem.json': writtenSchema(problemSchema),
  'request-caa.json': readSchema(caaBodySchema),
  'request-completed.json': writtenSchema(requestCompletedSchema),
  'request-contacts.json': readSchema(contactsRequestSchema),
  'request-dcv.json': readSchema(dcvBodySchema),
  'response.json': writtenSchema(mpicResponseSchema),
  'validation-failure.json': writtenSchema(validationFailureSchema),
  'wake-up.json': withContract(readSchema(wakeUpSchema)),
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
