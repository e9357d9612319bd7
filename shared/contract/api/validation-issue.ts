import * as z from 'zod';
import { TARGET_PROBLEMS } from '../../domain/net/target-problems.ts';

/** The request model that an issue belongs to, the first element of `loc`. The Open MPIC API has the first two. */
export type RequestModel = 'MpicCaaRequest' | 'MpicDcvRequest' | 'MpicContactsRequest';

export const STRUCTURAL_ISSUE_TYPES = [
  'missing',
  'string_type',
  'literal_error',
  'enum',
  'int_type',
  'int_from_float',
  'bool_type',
  'extra_forbidden',
  'list_type',
  'dict_type',
  'model_type',
  'union_tag_invalid',
  'union_tag_not_found',
  'value_error',
  'json_invalid',
] as const;
/** What a request of the right form can be rejected for, each documented in `docs/errors.md`. */
export const LOGICAL_ISSUE_TYPES = [
  'baseline-requirements',
  'challenge-expired',
  'empty-challenge-value',
  'invalid-adn-steps',
  'invalid-applied-for',
  'invalid-certificate-type',
  'invalid-cohort',
  'invalid-dcv-parameters',
  'invalid-perspective-count',
  'invalid-quorum-count',
  'invalid-validation-method-labels',
  'invalid-validation-method-target',
  ...TARGET_PROBLEMS,
] as const;
export type LogicalIssueType = (typeof LOGICAL_ISSUE_TYPES)[number];

export type StructuralIssueType = (typeof STRUCTURAL_ISSUE_TYPES)[number];

/** A member of the request that does not have the form it should have. Names as in the reference implementation. */
const structuralIssueSchema = z.object({
  type: z.enum(STRUCTURAL_ISSUE_TYPES),
  /** Path to the member; starts with the model, and names the validation method below `dcv_check_parameters`. */
  loc: z.array(z.union([z.string(), z.number()])).readonly(),
  msg: z.string(),
  /** The offending value, shortened when it is long. For a missing member: the object that lacks it. */
  input: z.unknown(),
  ctx: z.record(z.string(), z.string()).readonly().optional(),
});
export interface StructuralIssue extends Readonly<z.infer<typeof structuralIssueSchema>> {}

/** A request of the right form that asks for something that cannot be. `message`: a sentence with the bad value. */
const logicalIssueSchema = z.object({ issue_type: z.enum(LOGICAL_ISSUE_TYPES), message: z.string() });
export interface LogicalIssue extends Readonly<z.infer<typeof logicalIssueSchema>> {}

/** Body of a 400. */
export const validationFailureSchema = z.object({
  error: z.literal('request-validation-failed'),
  validation_issues: z.array(z.union([structuralIssueSchema, logicalIssueSchema])).readonly(),
  /** Where to find the request in the log. */
  request_id: z.string(),
});
export interface ValidationFailure extends Readonly<z.infer<typeof validationFailureSchema>> {}
export type ValidationIssue = ValidationFailure['validation_issues'][number];

/** Enough to mend a request by; a body full of mistakes must not be answered by a far longer one. */
export const MAX_ISSUES = 25;
const MAX_INPUT_CHARACTERS = 200;
const MAX_INPUT_OBJECT_CHARACTERS = 1024;

/** The body of the 400 that carries `issues`. */
export function validationFailure(issues: readonly ValidationIssue[], requestId: string): ValidationFailure {
  return { error: 'request-validation-failed', validation_issues: issues, request_id: requestId };
}

/** The issue for a body that is not JSON; `message` says what is wrong with it. */
export function jsonInvalidIssue(message: string): StructuralIssue {
  return {
    type: 'json_invalid',
    loc: [],
    msg: `Invalid JSON: ${message}`,
    input: null,
    ctx: { error: message },
  };
}

export function structuralIssue(
  type: StructuralIssueType,
  loc: StructuralIssue['loc'],
  msg: string,
  input: unknown,
  ctx?: StructuralIssue['ctx'],
): StructuralIssue {
  const issue = { type, loc, msg, input: shortenInput(input) };
  return ctx === undefined ? issue : { ...issue, ctx };
}

/** A rule on values that is broken, in the words of the reference. */
export function valueError(loc: StructuralIssue['loc'], message: string, input: unknown): StructuralIssue {
  return structuralIssue('value_error', loc, `Value error, ${message}`, input);
}

/** A value that should be one of `expected`: `literal_error` when there is one to choose from, else `enum`. */
export function choiceIssue(
  loc: StructuralIssue['loc'],
  expected: readonly unknown[],
  input: unknown,
): StructuralIssue {
  const words = expected.map(quoteChoice);
  const last = words.at(-1) ?? '';
  const list = words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${last}` : last;
  const type = words.length > 1 ? 'enum' : 'literal_error';
  return structuralIssue(type, loc, `Input should be ${list}`, input, { expected: list });
}

/**
 * What the schema library found, in the form of the reference; the first {@link MAX_ISSUES} of it. `root` is the value
 * that was parsed and `loc` the path to it. The library has to be told to report inputs.
 */
export function toStructuralIssues(
  issues: readonly z.core.$ZodIssue[],
  root: unknown,
  loc: StructuralIssue['loc'],
): readonly StructuralIssue[] {
  return issues.slice(0, MAX_ISSUES).map((issue) => toStructuralIssue(issue, root, loc));
}

function toStructuralIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  loc: StructuralIssue['loc'],
): StructuralIssue {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  const at = [
    ...loc,
    ...path.map((step) => (typeof step === 'string' ? cutText(step, MAX_INPUT_CHARACTERS) : step)),
  ];
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return input === undefined ? missing(at, path, root) : typeIssue(issue.expected, at, input);
    case 'invalid_value':
      if (input === undefined) return missing(at, path, root);
      return isOtherRecordType(path, issue.values, input)
        ? valueError(at, `dns_record_type should be ${issue.values.join(' or ')}`, input)
        : choiceIssue(at, issue.values, input);
    case 'invalid_key':
      return valueError(at, issue.issues[0]?.message ?? issue.message, input);
    default:
      return valueError(at, issue.message, input);
  }
}

function missing(at: StructuralIssue['loc'], path: StructuralIssue['loc'], root: unknown): StructuralIssue {
  return structuralIssue('missing', at, 'Field required', valueAt(root, path.slice(0, -1)));
}

function typeIssue(expected: string, at: StructuralIssue['loc'], input: unknown): StructuralIssue {
  switch (expected) {
    case 'string':
      return structuralIssue('string_type', at, 'Input should be a valid string', input);
    case 'boolean':
      return structuralIssue('bool_type', at, 'Input should be a valid boolean', input);
    case 'array':
      return structuralIssue('list_type', at, 'Input should be a valid list', input);
    case 'record':
      return structuralIssue('dict_type', at, 'Input should be a valid dictionary', input);
    case 'object':
      return structuralIssue('model_type', at, 'Input should be an object', input);
    case 'int':
    case 'number':
      return integerIssue(at, input);
    default:
      return valueError(at, `expected ${expected}`, input);
  }
}

function integerIssue(at: StructuralIssue['loc'], input: unknown): StructuralIssue {
  if (typeof input !== 'number')
    return structuralIssue('int_type', at, 'Input should be a valid integer', input);
  // A number such as 1e999 is JSON and becomes an infinity, which no JSON text can give back.
  if (!Number.isFinite(input)) return valueError(at, 'number is too large', null);
  return structuralIssue(
    'int_from_float',
    at,
    'Input should be a valid integer, got a number with a fractional part',
    input,
  );
}

const RECORD_TYPES: readonly unknown[] = ['A', 'AAAA', 'CAA', 'CNAME', 'PTR', 'TXT'];

/** The reference tells a record type that exists but does not fit from a word that is none. */
function isOtherRecordType(
  path: StructuralIssue['loc'],
  values: readonly unknown[],
  input: unknown,
): boolean {
  return path.at(-1) === 'dns_record_type' && values.length > 1 && RECORD_TYPES.includes(input);
}

function quoteChoice(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

export function valueAt(root: unknown, path: StructuralIssue['loc']): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? Reflect.get(value, step)
        : undefined,
    root,
  );
}

/** `input` itself when it is short; otherwise the beginning of a text, or a word on how large an object is. */
export function shortenInput(input: unknown): unknown {
  if (typeof input === 'string') return cutText(input, MAX_INPUT_CHARACTERS);
  if (typeof input !== 'object' || input === null) return input;
  if (spend(input, MAX_INPUT_OBJECT_CHARACTERS) >= 0) return input;
  return Array.isArray(input)
    ? `list of ${input.length} items`
    : `object with ${Object.keys(input).length} members`;
}

/** The first `length` UTF-16 units of `text`, less a surrogate whose other half would be cut off. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

/**
 * What is left of `budget` characters after writing `value` as JSON, roughly but with all escapes; negative when they do
 * not suffice.
 * Every level costs some, so that the deepest nesting ends the walk long before the stack does.
 */
function spend(value: unknown, budget: number): number {
  if (budget < 0) return budget;
  if (typeof value === 'string') return budget - jsonLength(value, budget) - 1;
  if (typeof value !== 'object' || value === null) return budget - String(value).length - 1;
  let left = budget - 2;
  for (const [key, member] of Object.entries(value)) {
    left = spend(member, left - (Array.isArray(value) ? 0 : jsonLength(key, left) + 1));
    if (left < 0) return left;
  }
  return left;
}

/** Length of a text as JSON, or of the text itself when that is beyond `budget` already: a huge one is never escaped. */
function jsonLength(text: string, budget: number): number {
  return text.length > budget ? text.length : JSON.stringify(text).length;
}
