import * as z from 'zod';
import { DCV_SCHEMAS } from '../../../shared/contract/api/dcv-schema.ts';
import { caaBodySchema, dcvBodySchema, type MpicRequest } from '../../../shared/contract/api/request-body.ts';
import { REQUEST_EXAMPLES } from '../../../shared/contract/api/request-examples.ts';
import { findNearest } from '../../../shared/contract/api/strict-members.ts';
import { caaCheckParameters } from '../../../shared/contract/api/wire-schema.ts';
import { VALIDATION_METHODS, type ValidationMethod } from '../../../shared/domain/check/check.ts';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { flagOf, type OptionSpec, option, UsageError } from '../shell/command.ts';
import { toggle } from '../shell/values.ts';

/** What the parameters are of: a CAA check, or one of the methods of validation. */
type Kind = 'caa' | ValidationMethod;

/** A member of the check parameters that a caller can set, with its schema but for default and absence. */
interface Member {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly isNeeded: boolean;
}

/** Of each kind of check, the members that can be set, as the schemas of the API have them. */
const MEMBERS: ReadonlyMap<Kind, readonly Member[]> = new Map<Kind, readonly Member[]>([
  ['caa', settableMembers(caaCheckParameters)],
  ...VALIDATION_METHODS.map((method) => [method, settableMembers(DCV_SCHEMAS[method])] as const),
]);

/** A member with one value in the API goes without saying. */
function settableMembers({ shape }: z.ZodObject): readonly Member[] {
  return Object.entries(shape)
    .map(([name, schema]) => ({
      name,
      schema: withoutWrappers(schema as z.ZodType),
      isNeeded: !(schema as z.ZodType).safeParse(undefined).success,
    }))
    .filter(({ schema }) => !(schema instanceof z.ZodLiteral));
}

function withoutWrappers(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  return isWrapper ? withoutWrappers(schema.unwrap() as z.ZodType) : schema;
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('is not JSON');
    return z.NEVER;
  }
});

/** How a value of the API is written on a command line, by the type that its schema has. */
function readerOf(schema: z.ZodType): readonly [value: string, reader: z.ZodType] {
  if (schema instanceof z.ZodBoolean)
    return [
      '<true|false>',
      z.enum(['true', 'false'], 'is neither true nor false').transform((text) => text === 'true'),
    ];
  if (schema instanceof z.ZodArray)
    return ['<list>', z.string().transform((text) => text.split(',').map((one) => one.trim()))];
  if (schema instanceof z.ZodRecord) return ['<json>', json];
  return ['<text>', z.string()];
}

/** `dns_record_type` as `dnsRecordType`, the name that {@link flagOf} makes `--dns-record-type` of. */
function optionName(member: string): string {
  return member.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const flagOfMember = (member: string) => `--${flagOf(optionName(member))}`;

/** The options of one name in all kinds of check are one option. */
function parameterOptions(): Readonly<Record<string, OptionSpec>> {
  const members = [...MEMBERS].flatMap(([kind, own]) => own.map((member) => ({ kind, ...member })));
  const names = [...new Set(members.map(({ name }) => name))];
  return Object.fromEntries(
    names.map((name) => {
      const users = members.filter((member) => member.name === name);
      const [value, reader] = readerOf(users[0]?.schema ?? z.string());
      return [optionName(name), option(value, describeUsers(users), reader.optional())] as const;
    }),
  );
}

type Use = Member & { readonly kind: Kind };

/** `needed by dns-change (CNAME, TXT, CAA), ip-address (A, AAAA)`. */
function describeUsers(uses: readonly Use[]): string {
  const list = (words: string, some: readonly Use[]) =>
    some.length === 0 ? [] : [`${words} ${some.map(describeUse).join(', ')}`];
  const needed = uses.filter(({ isNeeded }) => isNeeded);
  const others = uses.filter(({ isNeeded }) => !isNeeded);
  return [...list('needed by', needed), ...list('for', others)].join('; ');
}

/** With the values that there are, unless they are the methods, which `--method` lists. */
function describeUse({ kind, schema }: Use): string {
  const choices = schema instanceof z.ZodEnum ? schema.options : [];
  const isShort = choices.length > 0 && choices.length < VALIDATION_METHODS.length;
  return isShort ? `${kind} (${choices.join(', ')})` : kind;
}

const count = z
  .string()
  .regex(/^\d{1,3}$/, 'is not a whole number')
  .transform(Number)
  .optional();

/** The options that say what is asked of a service. */
export const REQUEST_OPTIONS = {
  method: option(
    '<validation-method>',
    `validate by this method in place of the CAA check: ${VALIDATION_METHODS.join(', ')}`,
    z.enum(VALIDATION_METHODS, { error: ({ input }) => describeUnknownMethod(String(input)) }).optional(),
  ),
  count: option('<n>', 'ask so many remote perspectives', count),
  quorum: option('<n>', 'so many of them have to corroborate', count),
  attempts: option('<n>', 'try with at most so many sets of perspectives', count),
  trace: option('<id>', 'trace_identifier, echoed in the answer and logged', z.string().optional()),
  json: option('', 'print the answer of the service as it is', toggle),
};

/** The options of the check parameters, from the schemas of the API. */
export const PARAMETER_OPTIONS = parameterOptions();

function describeUnknownMethod(text: string): string {
  const nearest = findNearest(text, VALIDATION_METHODS);
  const advice = nearest === null ? `there are ${VALIDATION_METHODS.join(', ')}` : `did you mean ${nearest}?`;
  return `${quoteInput(text)} is not a validation method; ${advice}`;
}

export interface RequestValues {
  readonly method?: ValidationMethod | undefined;
  readonly count?: number | undefined;
  readonly quorum?: number | undefined;
  readonly attempts?: number | undefined;
  readonly trace?: string | undefined;
}

/**
 * The request that the command line asks for.
 *
 * @param parameters what was given of {@link PARAMETER_OPTIONS}
 * @throws UsageError that names the option that is missing, wrong, or of another method; never holds its value.
 */
export function buildRequest(
  target: string,
  values: RequestValues,
  parameters: Readonly<Record<string, unknown>>,
): MpicRequest {
  const kind = values.method ?? 'caa';
  const checkParameters = selectParameters(kind, parameters);
  const body = {
    check_type: values.method === undefined ? ('caa' as const) : ('dcv' as const),
    ...commonMembers(target, values),
    ...(values.method === undefined
      ? Object.keys(checkParameters).length === 0
        ? {}
        : { caa_check_parameters: checkParameters }
      : { dcv_check_parameters: { validation_method: values.method, ...checkParameters } }),
  };
  const schema = values.method === undefined ? caaBodySchema : dcvBodySchema;
  const read = schema.safeParse(body);
  if (!read.success) throw new UsageError(describeIssues(kind, checkParameters, read.error.issues));
  // What was sent, without the defaults that the schema fills in: those are for the service to say.
  return body as MpicRequest;
}

/** Members of every request: the target, how many perspectives to ask, and the trace identifier. */
export function commonMembers(target: string, values: Omit<RequestValues, 'method'>) {
  const orchestration = withoutAbsent({
    perspective_count: values.count,
    quorum_count: values.quorum,
    max_attempts: values.attempts,
  });
  return {
    domain_or_ip_target: target,
    ...withoutAbsent({ trace_identifier: values.trace }),
    ...(Object.keys(orchestration).length === 0 ? {} : { orchestration_parameters: orchestration }),
  };
}

function withoutAbsent<Value>(members: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}

/** By the names of the API. */
function selectParameters(kind: Kind, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const members = MEMBERS.get(kind) ?? [];
  const known = new Map(members.map(({ name }) => [optionName(name), name]));
  const entries = Object.entries(withoutAbsent(given)).map(([name, value]) => {
    const member = known.get(name);
    if (member !== undefined) return [member, value] as const;
    const what = kind === 'caa' ? 'a CAA check, without --method,' : kind;
    const flags = members.map((one) => flagOfMember(one.name)).join(', ');
    throw new UsageError(`--${flagOf(name)} is not for ${what} which takes ${flags}`);
  });
  return Object.fromEntries(entries);
}

/** All that is missing at once, with an example; of what is wrong the first. */
function describeIssues(
  kind: Kind,
  given: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): string {
  const members = (MEMBERS.get(kind) ?? []).map(({ name }) => name);
  const missing = issues.flatMap(({ path }) => {
    const name = String(path[1] ?? '');
    return path[0] === 'dcv_check_parameters' && members.includes(name) && !(name in given) ? [name] : [];
  });
  if (missing.length > 0) return describeMissing(kind, missing);
  const [issue] = issues;
  return `${placeOf(issue?.path ?? [])}: ${issue?.message ?? 'is not as it should be'}`;
}

function describeMissing(kind: Kind, missing: readonly string[]): string {
  const needs = `${kind} needs ${missing.map(flagOfMember).join(' and ')}`;
  const example = exampleOf(kind);
  const shown = missing.flatMap((name) =>
    example[name] === undefined ? [] : [`${flagOfMember(name)} ${shellQuote(String(example[name]))}`],
  );
  if (shown.length > 0) return `${needs}, for example ${shown.join(' ')}`;
  const choices = (MEMBERS.get(kind) ?? []).flatMap(({ name, schema }) =>
    missing.includes(name) && schema instanceof z.ZodEnum
      ? [`${flagOfMember(name)} ${schema.options[0]}`]
      : [],
  );
  return choices.length === 0 ? needs : `${needs}, for example ${choices.join(' ')}`;
}

/** The parameters in the example of the API for this kind of check; empty where it has none. */
function exampleOf(kind: Kind): Readonly<Record<string, unknown>> {
  const examples: Readonly<Record<string, { readonly value: MpicRequest }>> = REQUEST_EXAMPLES;
  const value = examples[kind]?.value;
  return value !== undefined && 'dcv_check_parameters' in value
    ? (value.dcv_check_parameters as Record<string, unknown>)
    : {};
}

function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const PLACES: Readonly<Record<string, string>> = {
  domain_or_ip_target: 'the target',
  trace_identifier: '--trace',
};

function placeOf([first, second]: readonly PropertyKey[]): string {
  if (second !== undefined) return flagOfMember(String(second));
  return PLACES[String(first)] ?? String(first);
}
