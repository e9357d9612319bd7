import * as z from 'zod';
import { DCV_SCHEMAS } from '../../../shared/contract/api/dcv-schema.ts';
import type { MpicRequest } from '../../../shared/contract/api/request-body.ts';
import { REQUEST_EXAMPLES } from '../../../shared/contract/api/request-examples.ts';
import { caaCheckParameters } from '../../../shared/contract/api/wire-schema.ts';
import { VALIDATION_METHODS, type ValidationMethod } from '../../../shared/domain/check/check.ts';
import { flagOf, type OptionSpec, option, UsageError } from '../shell/command.ts';

/** What the parameters are of: a CAA check, or one of the methods of validation. */
export type Kind = 'caa' | ValidationMethod;

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

/** The options of the check parameters, from the schemas of the API. */
export const PARAMETER_OPTIONS = parameterOptions();

/**
 * What was given of {@link PARAMETER_OPTIONS}, by the names of the API.
 *
 * @throws UsageError for an option of another kind of check.
 */
export function selectParameters(
  kind: Kind,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const members = MEMBERS.get(kind) ?? [];
  const known = new Map(members.map(({ name }) => [optionName(name), name]));
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  const entries = present.map(([name, value]) => {
    const member = known.get(name);
    if (member !== undefined) return [member, value] as const;
    const what = kind === 'caa' ? 'a CAA check, without --method,' : kind;
    const flags = members.map((one) => flagOfMember(one.name)).join(', ');
    throw new UsageError(`--${flagOf(name)} is not for ${what} which takes ${flags}`);
  });
  return Object.fromEntries(entries);
}

/** All that is missing at once, with an example; of what is wrong the first. No text holds a value. */
export function describeIssues(
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
  applied_for: '--applied-for',
  order_reference: '--order-reference',
  adn_steps: '--adn-steps',
  certificate_type: '--certificate-type',
};

function placeOf([first, second]: readonly PropertyKey[]): string {
  const place = PLACES[String(first)];
  if (place === undefined) return second === undefined ? String(first) : flagOfMember(String(second));
  return typeof second === 'number' ? `${place}, step ${second + 1}` : place;
}
