import type { JsonSchema } from '../../../shared/contract/api/json-schema.ts';
import { CONTACTS_EXAMPLES, REQUEST_EXAMPLES } from '../../../shared/contract/api/request-examples.ts';
import type { ProblemBody } from '../../../shared/contract/api/response-schema.ts';
import { API_ERRORS, type ApiErrorCode } from '../../../shared/domain/errors.ts';
import { statusOf } from '../problems.ts';
import { ROUTES, type RouteName } from '../routes.ts';
import { createComponents } from './components.ts';
import { type Answer, HEADERS, OPERATIONS, type Operation, type Parameter } from './operations.ts';

/** An answer of the service, for readers; `summary` says what it shows. */
export interface AnswerExample {
  readonly summary: string;
  readonly value: unknown;
}

/** Examples of the answers of each route, by status and name. Those of problems come from the catalogue. */
export type AnswerExamples = Readonly<
  Record<RouteName, Readonly<Record<number, Readonly<Record<string, AnswerExample>>>>>
>;

type Node = Readonly<Record<string, unknown>>;

const API_KEY = 'ApiKey';
const AWS_SIGNATURE = 'AwsSignature';

const DESCRIPTION = `Multi-Perspective Issuance Corroboration for certificate authorities. Bodies are those of the Open MPIC API; members of \
this service come after them. Readers ignore members that they do not know: members are added within a version.

Repeated slashes in a path count as one, and one at its end does not count. A path that is not here is answered with 404 and the problem not-found, another method on one \
that is here with 405, the problem method-not-allowed and the header Allow. A message that is not HTTP, or has two Host headers, gets a 400 without a body.`;

/**
 * The OpenAPI 3.1 document of the HTTP interface, made of the table of routes and of the schemas that the service itself
 * reads and writes with.
 *
 * @param version of the service.
 * @param examples real answers; each is held against its schema by a test.
 */
export function createDocument(version: string, examples: AnswerExamples): Node {
  return {
    openapi: '3.1.0',
    info: {
      title: 'MPIC service',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to where the document is served: below the stage of a gateway, if there is one.
    servers: [{ url: '.' }],
    paths: createPaths(examples),
    components: {
      schemas: createComponents(),
      headers: HEADERS,
      securitySchemes: {
        [API_KEY]: {
          type: 'apiKey',
          in: 'header',
          name: 'x-api-key',
          description: 'The key of the caller, where keys are configured.',
        },
        [AWS_SIGNATURE]: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'AWS Signature Version 4, for deployments whose api.authorisation is iam.',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
    },
  };
}

function createPaths(examples: AnswerExamples): Node {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, { method, path, needsKey }] of Object.entries(ROUTES)) {
    const route = name as RouteName;
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: createOperation(route, needsKey, OPERATIONS[route], examples[route]),
    };
  }
  return paths;
}

function createOperation(
  operationId: RouteName,
  needsKey: boolean,
  operation: Operation,
  examples: AnswerExamples[RouteName],
): Node {
  const { summary, description, parameters, body, answers, problems } = operation;
  const statuses = new Set([...Object.keys(answers).map(Number), ...problems.map(statusOf)]);
  return {
    operationId,
    summary,
    ...(description === '' ? {} : { description }),
    // A service on loopback may be configured without keys.
    security: needsKey ? [{ [API_KEY]: [] }, { [AWS_SIGNATURE]: [] }, {}] : [],
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(toParameter) }),
    ...(body === undefined ? {} : { requestBody: toRequestBody(body, operationId) }),
    responses: Object.fromEntries(
      [...statuses]
        .sort((one, other) => one - other)
        .map((status) => [
          status,
          toResponse(
            answers[status],
            problems.filter((code) => statusOf(code) === status),
            examples[status],
          ),
        ]),
    ),
  };
}

function toParameter({ schema, ...parameter }: Parameter): Node {
  return { ...parameter, ...(parameter.in === 'path' ? { required: true } : {}), schema };
}

function toRequestBody(schemas: readonly string[], route: RouteName): Node {
  const examples = route === 'contacts' ? CONTACTS_EXAMPLES : REQUEST_EXAMPLES;
  return { required: true, content: { 'application/json': { schema: oneOf(schemas), examples } } };
}

/** Of one status: an answer, problems of the catalogue, or both. */
function toResponse(
  answer: Answer | undefined,
  problems: readonly ApiErrorCode[],
  examples: Readonly<Record<string, AnswerExample>> = {},
): Node {
  const [problem] = problems;
  const isWait = problem !== undefined && [429, 503].includes(statusOf(problem));
  const headers = new Set([...(answer?.headers ?? ['cache-control']), ...(isWait ? ['retry-after'] : [])]);
  const schemas = new Set([
    ...(answer === undefined || answer.schema === null ? [] : [answer.schema]),
    ...problems.map((code) => (code === 'request-validation-failed' ? 'ValidationFailure' : 'Problem')),
  ]);
  return {
    description: [...(answer === undefined ? [] : [answer.description]), ...problems.map(describe)].join(' '),
    headers: Object.fromEntries([...headers].map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    content:
      answer?.schema === null
        ? { 'text/html': { schema: { type: 'string' } } }
        : {
            'application/json': {
              schema: oneOf([...schemas]),
              examples: { ...examples, ...Object.fromEntries(problems.flatMap(toProblemExamples)) },
            },
          },
  };
}

function describe(code: ApiErrorCode): string {
  return `${code}: ${API_ERRORS[code].message}`;
}

/** Bodies that list issues have examples of their own. */
function toProblemExamples(code: ApiErrorCode): readonly (readonly [string, AnswerExample])[] {
  if (code === 'request-validation-failed') return [];
  const { message } = API_ERRORS[code];
  const value: ProblemBody = { error: code, message, request_id: '01a1fdfa-4600-764a-9d5e-5a44ef5175c7' };
  return [[code, { summary: code, value }]];
}

function oneOf(schemas: readonly string[]): JsonSchema {
  const references = schemas.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  const [only] = references;
  return references.length === 1 && only !== undefined ? only : { anyOf: references };
}
