import { advisorySchema } from '../../../shared/contract/api/advisories.ts';
import { contactsReportSchema } from '../../../shared/contract/api/contacts-wire.ts';
import { DCV_SCHEMAS, dcvCheckParameters } from '../../../shared/contract/api/dcv-schema.ts';
import { detailsSchema } from '../../../shared/contract/api/details-wire.ts';
import { explanationCodec } from '../../../shared/contract/api/explanation.ts';
import {
  componentSchemas,
  type JsonSchema,
  type NamedSchemas,
} from '../../../shared/contract/api/json-schema.ts';
import { perspectiveItemSchema } from '../../../shared/contract/api/perspective-item.ts';
import { caaBodySchema, dcvBodySchema } from '../../../shared/contract/api/request-body.ts';
import {
  acceptedSchema,
  contactsResponseSchema,
  healthSchema,
  jobViewSchema,
  mpicResponseSchema,
  perspectivesSchema,
  problemSchema,
  readinessSchema,
} from '../../../shared/contract/api/response-schema.ts';
import { validationFailureSchema } from '../../../shared/contract/api/validation-issue.ts';
import {
  caaCheckParameters,
  contactsCheckParameters,
  contactsRequestSchema,
  orchestrationParameters,
} from '../../../shared/contract/api/wire-schema.ts';
import { baselineCodec } from '../../../shared/contract/evidence/baseline.ts';
import {
  caaCodec,
  evidenceCodec,
  hopCodec,
  nameObservationCodec,
} from '../../../shared/contract/evidence/details.ts';

/** `acme-dns-01` is `AcmeDns01`. */
function pascalCase(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Each validation method by the name of its component. */
function methodSchemas(suffix: string): NamedSchemas {
  return Object.fromEntries(
    Object.entries(DCV_SCHEMAS).map(([method, schema]) => [`${pascalCase(method)}${suffix}`, schema]),
  );
}

const REQUESTS: NamedSchemas = {
  CaaRequest: caaBodySchema,
  DcvRequest: dcvBodySchema,
  ContactsRequest: contactsRequestSchema,
  OrchestrationParameters: orchestrationParameters,
  CaaCheckParameters: caaCheckParameters,
  ContactsCheckParameters: contactsCheckParameters,
  DcvCheckParameters: dcvCheckParameters,
  ...methodSchemas('Parameters'),
};

/** An echo has every member, defaults filled in. */
const ANSWERS: NamedSchemas = {
  MpicResponse: mpicResponseSchema,
  ContactsResponse: contactsResponseSchema,
  Contacts: contactsReportSchema,
  Accepted: acceptedSchema,
  JobView: jobViewSchema,
  Explanation: explanationCodec.schema,
  Perspectives: perspectivesSchema,
  Health: healthSchema,
  Readiness: readinessSchema,
  Problem: problemSchema,
  ValidationFailure: validationFailureSchema,
  Advisory: advisorySchema,
  BaselineRequirements: baselineCodec.schema,
  PerspectiveItem: perspectiveItemSchema,
  Details: detailsSchema,
  DnssecInsecurity: evidenceCodec.schema.shape.dnssec_insecurity,
  CaaLookupFailures: caaCodec.schema.shape.lookup_failures,
  TlsSession: hopCodec.schema.shape.tls,
  AdnLookup: nameObservationCodec.schema,
  OrchestrationEcho: orchestrationParameters,
  CaaCheckEcho: caaCheckParameters,
  DcvCheckEcho: dcvCheckParameters,
  ...methodSchemas('Echo'),
};

/** Every schema that an operation of the API speaks of. */
export function createComponents(): Readonly<Record<string, JsonSchema>> {
  return {
    ...componentSchemas('read', REQUESTS),
    ...componentSchemas('written', ANSWERS),
    OpenApiDocument: { type: 'object', required: ['openapi', 'info', 'paths'] },
  };
}
