import type { ProblemBody } from '../../shared/contract/api/response-schema.ts';
import { type ValidationIssue, validationFailure } from '../../shared/contract/api/validation-issue.ts';
import { API_ERRORS, type ApiErrorCode } from '../../shared/domain/errors.ts';
import { jsonResponse } from './json-response.ts';
import { describeRefusal } from './request-log.ts';

/** Error code to HTTP status. A code without a status does not compile. */
const STATUS: Readonly<Record<ApiErrorCode, number>> = {
  'request-validation-failed': 400,
  'invalid-idempotency-key': 400,
  'invalid-async': 400,
  'api-key-missing': 401,
  'api-key-invalid': 403,
  'host-not-allowed': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-too-large': 413,
  'unsupported-media-type': 415,
  'idempotency-key-reused': 422,
  'idempotency-key-expired': 422,
  'request-token-used': 422,
  'internal-error': 500,
  'too-many-requests': 429,
  overloaded: 503,
  'service-unavailable': 503,
  'store-failed': 503,
  'storage-full': 503,
  'evidence-behind': 503,
};

/** How long a caller should wait after a 429 or 503, seconds. */
const RETRY_AFTER_S = 1;

/** The HTTP status under which an error is told. */
export function statusOf(code: ApiErrorCode): number {
  return STATUS[code];
}

/**
 * An error answer: `error` is the code, `message` what to do about it, `request_id` where to find it in the log.
 * Nothing of the exception behind it leaves the server.
 *
 * @param message in place of that of the catalogue, where one code has several causes
 */
export function problemResponse(
  code: ApiErrorCode,
  requestId: string,
  message: string = API_ERRORS[code].message,
): Response {
  const status = statusOf(code);
  const headers: Record<string, string> =
    status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER_S) } : {};
  const body: ProblemBody = { error: code, message, request_id: requestId };
  return describeRefusal(jsonResponse(status, body, headers), { code, requestId, issues: [] });
}

/** The 400 for a body that does not follow the API or the policy; `issues` say where. */
export function validationResponse(issues: readonly ValidationIssue[], requestId: string): Response {
  const code = 'request-validation-failed';
  const types = issues.map((issue) => ('issue_type' in issue ? issue.issue_type : issue.type));
  return describeRefusal(jsonResponse(statusOf(code), validationFailure(issues, requestId)), {
    code,
    requestId,
    issues: [...new Set(types)],
  });
}
