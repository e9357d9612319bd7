import type * as z from 'zod';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import type { Reply } from './client.ts';
import { type Failure, fail } from './outcome.ts';

/** What an answer says, or why it cannot be taken for one. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** Where to look, by the status that came instead of the expected one; the first row that fits. */
const HINTS: readonly { readonly from: number; readonly to: number; readonly lookAt: string }[] = [
  { from: 200, to: 299, lookAt: 'which version of the service is deployed there' },
  { from: 300, to: 399, lookAt: 'the base URL: redirects are not followed, give the one it leads to' },
  { from: 401, to: 401, lookAt: 'the API key' },
  { from: 403, to: 403, lookAt: 'the API key, and the base URL: a gateway answers 403 for an unknown path' },
  { from: 404, to: 404, lookAt: 'the base URL: that of an API Gateway ends in its stage, for instance /v1' },
  { from: 429, to: 429, lookAt: 'the throttling of the usage plan' },
  { from: 400, to: 499, lookAt: 'what the answer says of the request' },
  { from: 502, to: 502, lookAt: 'the log of the API function: it crashed or answered no HTTP' },
  {
    from: 503,
    to: 503,
    lookAt: 'the store and the queues, and the concurrency that is left to the API function',
  },
  { from: 504, to: 504, lookAt: 'the duration of the API function, and its limit at the gateway' },
  { from: 500, to: 599, lookAt: 'the log of the API function' },
];

const OTHER_HINT = 'what it is that answers at this URL';

/** The body of an answer with one of `statuses`, if it is JSON as `schema` has it. */
export function readReply<Schema extends z.ZodType>(
  reply: Reply,
  statuses: readonly number[],
  schema: Schema,
): Reading<z.infer<Schema>> {
  if (reply.kind === 'none') return no(reply.problem, 'the base URL, and whether the service is deployed');
  if (reply.repeatsKey)
    return no(
      `an answer with status ${reply.status} that repeats the API key`,
      'who writes it; change the key',
    );
  if (!statuses.includes(reply.status)) return no(describeStatus(reply), hintFor(reply.status));

  const body = parseJson(reply.text);
  if (body === undefined)
    return no(`status ${reply.status} without JSON: ${quoteInput(reply.shown)}`, OTHER_HINT);
  const parsed = schema.safeParse(body);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  return no(
    `status ${reply.status} with JSON of another form, at ${place}: ${quoteInput(reply.shown)}`,
    'which version of the service is deployed there',
  );
}

function no(came: string, lookAt: string): Reading<never> {
  return { ok: false, failure: fail(came, lookAt) };
}

function describeStatus({ status, location, shown }: Extract<Reply, { kind: 'answer' }>): string {
  if (status >= 300 && status <= 399) return `a redirect, status ${status}, to ${quoteInput(location ?? '')}`;
  return shown === '' ? `status ${status}` : `status ${status}: ${quoteInput(shown)}`;
}

function hintFor(status: number): string {
  return HINTS.find(({ from, to }) => status >= from && status <= to)?.lookAt ?? OTHER_HINT;
}

/** Undefined when it is no JSON, which no JSON can be. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
