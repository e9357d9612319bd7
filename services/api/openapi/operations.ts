import type { JsonSchema } from '../../../shared/contract/api/json-schema.ts';
import type { ApiErrorCode } from '../../../shared/domain/errors.ts';
import { MAX_WAIT_S } from '../read.ts';
import { NO, YES } from '../read-async.ts';
import { MAX_BODY_BYTES } from '../read-body.ts';
import type { RouteName } from '../routes.ts';
import { IDEMPOTENCY_KEY } from '../submit.ts';

/** A parameter of a request: in its query, its header or its path. */
export interface Parameter {
  readonly in: 'query' | 'header' | 'path';
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** A header of an answer. */
type HeaderName =
  | 'cache-control'
  | 'content-security-policy'
  | 'idempotency-replayed'
  | 'location'
  | 'mpic-id'
  | 'referrer-policy'
  | 'retry-after'
  | 'x-content-type-options';

/** An answer that is not an error of the catalogue. */
export interface Answer {
  readonly description: string;
  /** A component of the document; null for a page of HTML. */
  readonly schema: string | null;
  readonly headers: readonly HeaderName[];
}

export interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  /** Components of the document, of which the body is one; left out where there is no body. */
  readonly body?: readonly string[];
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly ApiErrorCode[];
}

export const HEADERS: Readonly<
  Record<HeaderName, { readonly description: string; readonly schema: JsonSchema }>
> = {
  'cache-control': {
    description: 'No cache keeps an answer.',
    schema: { type: 'string', const: 'no-store' },
  },
  'content-security-policy': {
    description: 'The page loads nothing and runs nothing.',
    schema: { type: 'string' },
  },
  'referrer-policy': {
    description: 'Nobody learns of the page.',
    schema: { type: 'string', const: 'no-referrer' },
  },
  'x-content-type-options': {
    description: 'The page is what it says it is.',
    schema: { type: 'string', const: 'nosniff' },
  },
  'idempotency-replayed': {
    description: 'The answer is that of an earlier request with this Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
  location: {
    description: 'Where the answer will be, relative to the server.',
    schema: { type: 'string', format: 'uri-reference' },
  },
  'mpic-id': { description: 'Id of the request.', schema: { type: 'string', format: 'uuid' } },
  'retry-after': {
    description: 'After how many seconds to ask again.',
    schema: { type: 'integer', minimum: 0 },
  },
};

/** What the host of the interface may answer in its place: a fault, a gateway, or a server that is open to this machine alone. */
const OF_EVERY_ROUTE: readonly ApiErrorCode[] = [
  'host-not-allowed',
  'too-many-requests',
  'internal-error',
  'service-unavailable',
];

const OF_CALLERS: readonly ApiErrorCode[] = ['api-key-missing', 'api-key-invalid', ...OF_EVERY_ROUTE];

const OF_SUBMISSIONS: readonly ApiErrorCode[] = [
  'request-validation-failed',
  'invalid-idempotency-key',
  'invalid-async',
  ...OF_CALLERS,
  'request-too-large',
  'unsupported-media-type',
  'idempotency-key-reused',
  'idempotency-key-expired',
  'overloaded',
  'store-failed',
  'storage-full',
  'evidence-behind',
];

const ASYNC: Parameter = {
  in: 'query',
  name: 'async',
  description: `Whether to answer with 202 as soon as the request is accepted. Letter case does not matter. Wins over Prefer.`,
  schema: { type: 'string', enum: [...YES, ...NO] },
};

const PREFER: Parameter = {
  in: 'header',
  name: 'Prefer',
  description: 'respond-async is the same as ?async=true (RFC 7240 section 4.1).',
  schema: { type: 'string' },
};

const IDEMPOTENCY: Parameter = {
  in: 'header',
  name: 'Idempotency-Key',
  description:
    'Of the caller: the same key with the same body bytes is the same request, for as long as its answer may be acted on.',
  schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
};

const ID: Parameter = {
  in: 'path',
  name: 'id',
  description: 'mpic_id of the request.',
  schema: { type: 'string', format: 'uuid' },
};

const WAIT: Parameter = {
  in: 'query',
  name: 'wait',
  description: `Answer when the request ends, or after so many seconds, at most ${MAX_WAIT_S}. What cannot be read counts as 0.`,
  schema: { type: 'number', minimum: 0, default: 0 },
};

const EXPLAIN: Parameter = {
  in: 'query',
  name: 'explain',
  description:
    'Whether to add explanation: why the check did not corroborate, in words. Letter case does not matter. What cannot be read counts as no.',
  schema: { type: 'string', enum: [...YES, ...NO] },
};

const plain = (description: string, schema: string): Answer => ({
  description,
  schema,
  headers: ['cache-control'],
});

/** What each route takes and answers. A route without an entry does not compile. */
export const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  submit: {
    summary: 'Check a name or an address from several network perspectives',
    description: `The body is that of the Open MPIC API, at most ${MAX_BODY_BYTES} bytes.`,
    parameters: [ASYNC, PREFER, IDEMPOTENCY],
    body: ['CaaRequest', 'DcvRequest'],
    answers: {
      200: {
        description: 'The verdict.',
        schema: 'MpicResponse',
        headers: ['cache-control', 'mpic-id', 'idempotency-replayed'],
      },
      202: {
        description: 'The request is accepted, and its verdict will be at Location.',
        schema: 'Accepted',
        headers: ['cache-control', 'location', 'idempotency-replayed'],
      },
    },
    problems: [...OF_SUBMISSIONS, 'request-token-used'],
  },
  contacts: {
    summary: 'Retrieve the contacts of a name that several network perspectives agree on',
    description: `The email addresses or telephone numbers that the name publishes in the DNS for a contact method of validation. The body has at most ${MAX_BODY_BYTES} bytes. Not part of the Open MPIC API.`,
    parameters: [ASYNC, PREFER, IDEMPOTENCY],
    body: ['ContactsRequest'],
    answers: {
      200: {
        description: 'The contacts. is_valid is true if at least one of them is corroborated.',
        schema: 'ContactsResponse',
        headers: ['cache-control', 'mpic-id', 'idempotency-replayed'],
      },
      202: {
        description: 'The request is accepted, and its contacts will be at Location.',
        schema: 'Accepted',
        headers: ['cache-control', 'location', 'idempotency-replayed'],
      },
    },
    problems: OF_SUBMISSIONS,
  },
  read: {
    summary: 'How far a request is, and its verdict',
    description: 'Only for the caller who sent the request.',
    parameters: [ID, WAIT, EXPLAIN],
    answers: {
      200: {
        description: 'The request as it is now. Retry-After is there while it runs.',
        schema: 'JobView',
        headers: ['cache-control', 'retry-after'],
      },
    },
    problems: [...OF_CALLERS, 'not-found'],
  },
  perspectives: {
    summary: 'The configured perspectives, and how they have been doing',
    description: '',
    parameters: [],
    answers: { 200: plain('The perspectives.', 'Perspectives') },
    problems: OF_CALLERS,
  },
  openapi: {
    summary: 'This document',
    description: '',
    parameters: [],
    answers: { 200: plain('An OpenAPI 3.1 document.', 'OpenApiDocument') },
    problems: OF_CALLERS,
  },
  docs: {
    summary: 'This document for people',
    description: '',
    parameters: [],
    answers: {
      200: {
        description: 'A page of HTML.',
        schema: null,
        headers: ['cache-control', 'content-security-policy', 'referrer-policy', 'x-content-type-options'],
      },
    },
    problems: OF_CALLERS,
  },
  health: {
    summary: 'Whether the process serves',
    description: '',
    parameters: [],
    answers: { 200: plain('It does.', 'Health') },
    problems: OF_EVERY_ROUTE,
  },
  readiness: {
    summary: 'Whether new requests are taken',
    description: '',
    parameters: [],
    answers: {
      200: plain('They are.', 'Readiness'),
      503: plain('They are not, and this is in the way.', 'Readiness'),
    },
    problems: OF_EVERY_ROUTE,
  },
};
