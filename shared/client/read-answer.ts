import * as z from 'zod';
import { problemSchema } from '../contract/api/response-schema.ts';
import { validationFailureSchema } from '../contract/api/validation-issue.ts';
import { MpicClientError } from './client-error.ts';
import { type Door, type Exchanged, showText } from './exchange.ts';

const errorSchema = z.union([problemSchema, validationFailureSchema]);

/** More than anybody waits, so that a date or a number without measure is no long calculation. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * The body of an answer that has one of `statuses`, read by its schema. Members that the schema does not know are left out.
 *
 * @throws MpicClientError with the place where an answer is of another form.
 */
export function readAnswer<Schema extends z.ZodType>(
  door: Pick<Door, 'secret'>,
  answer: Exchanged,
  statuses: readonly number[],
  schema: Schema,
): z.output<Schema> {
  const { status, text } = answer;
  const body = parseJson(text);
  if (!statuses.includes(status)) throw refusalOf(door, answer);
  if (body === undefined)
    throw new MpicClientError('unreadable', `status ${status} without JSON: ${showText(door, text)}`, {
      status,
    });
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const where = placeOf(parsed.error.issues);
  throw new MpicClientError(
    'unreadable',
    `status ${status} with JSON of another form, at ${where}: ${showText(door, text)}`,
    { status },
  );
}

/** What an answer is to a call that expects another status. */
export function refusalOf(door: Pick<Door, 'secret'>, { status, headers, text }: Exchanged): MpicClientError {
  const problem = errorSchema.safeParse(parseJson(text));
  return new MpicClientError('refused', describeStatus(door, { status, headers, text }), {
    status,
    retryAfterMs: retryAfter(headers),
    ...(problem.success ? { problem: problem.data } : {}),
  });
}

function describeStatus(door: Pick<Door, 'secret'>, { status, headers, text }: Exchanged): string {
  // A browser does not tell the status of a redirect that is not followed.
  if (status === 0) return 'a redirect';
  if (status >= 300 && status <= 399)
    return `a redirect, status ${status}, to ${showText(door, headers.get('location') ?? '')}`;
  return text === '' ? `status ${status}` : `status ${status}: ${showText(door, text)}`;
}

/** RFC 9110 section 10.2.3: seconds or a date; 0 for none, and for what is neither. */
export function retryAfter(headers: Headers): number {
  const text = headers.get('retry-after')?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** The first place that is wrong; inside a union that of the variant that has come furthest. */
function placeOf(issues: readonly z.core.$ZodIssue[]): string {
  const [issue] = issues;
  const path = issue === undefined ? [] : deepestPath(issue);
  return path.length === 0 ? 'the body' : path.join('.').slice(0, 200);
}

function deepestPath(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  if (issue.code !== 'invalid_union') return issue.path;
  const below = issue.errors
    .flatMap(([first]) => (first === undefined ? [] : [deepestPath(first)]))
    .reduce((deepest, path) => (path.length > deepest.length ? path : deepest), []);
  return [...issue.path, ...below];
}

/** Undefined when it is not JSON, which no JSON can be. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
