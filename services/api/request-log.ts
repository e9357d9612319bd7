import type { ApiErrorCode } from '../../shared/domain/errors.ts';
import type { Log } from '../../shared/ports/log.ts';

/** An error answer as the log describes it. */
interface Refusal {
  readonly code: ApiErrorCode;
  readonly requestId: string;
  /** Types of the validation issues, each once; empty for other errors. */
  readonly issues: readonly string[];
}

/** The request as far as it has been read. Every text comes from the caller and is bounded here. */
export interface RequestFacts {
  caller?: string;
  checkType?: string;
  target?: string;
  traceIdentifier?: string;
}

/** Longest text of a request in a log line, characters: a domain name with a wildcard. */
const MAX_TEXT = 255;

const refusals = new WeakMap<Response, Refusal>();

/** Keeps with an error answer what the log says about it. */
export function describeRefusal(response: Response, refusal: Refusal): Response {
  refusals.set(response, refusal);
  return response;
}

/**
 * Adds to `facts` the members of a request body that identify the check, whether the body is valid or not. Challenge
 * values are never among them.
 */
export function noteBody(facts: RequestFacts, body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const { check_type, domain_or_ip_target, trace_identifier } = body as Readonly<Record<string, unknown>>;
  if (typeof check_type === 'string') facts.checkType = check_type.slice(0, MAX_TEXT);
  if (typeof domain_or_ip_target === 'string') facts.target = domain_or_ip_target.slice(0, MAX_TEXT);
  if (typeof trace_identifier === 'string') facts.traceIdentifier = trace_identifier.slice(0, MAX_TEXT);
}

/**
 * Logs an error answer: one line for each request that is refused, as `request_completed` is the line of one that has
 * its verdict. Does nothing for other answers.
 *
 * @param durationMs from the arrival of the request to its answer.
 */
export function logRefusal(
  log: Log,
  response: Response,
  request: { readonly method: string; readonly path: string },
  facts: RequestFacts,
  durationMs: number,
): void {
  const refusal = refusals.get(response);
  if (refusal === undefined) return;
  const { requestId, code, issues } = refusal;
  const level = response.status >= 500 ? 'warn' : 'info';
  log[level]('request_refused', {
    requestId,
    status: response.status,
    code,
    ...(issues.length === 0 ? {} : { issues }),
    method: request.method.slice(0, MAX_TEXT),
    path: request.path.slice(0, MAX_TEXT),
    ...facts,
    durationMs: Math.round(durationMs),
  });
}
