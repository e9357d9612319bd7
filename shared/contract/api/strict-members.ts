import * as z from 'zod';
import type { Policy } from '../../domain/check/check.ts';
import { findNearest } from '../../domain/net/nearest-name.ts';
import { escapeUnseen } from '../../domain/net/quote.ts';
import {
  cutText,
  MAX_ISSUES,
  type StructuralIssue,
  structuralIssue,
  toStructuralIssues,
  valueAt,
} from './validation-issue.ts';

type Path = StructuralIssue['loc'];

export type StrictlyParsed<Value> =
  | { readonly ok: true; readonly value: Value; readonly ignored: readonly Path[] }
  | { readonly ok: false; readonly issues: readonly StructuralIssue[] };

interface Place {
  /** Where the value is in the request, for the issues. */
  readonly loc: Path;
  readonly policy: Policy;
  /** Where else a name may belong: `member` to the object that has it. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

/**
 * Parse `value` by a schema of strict objects.
 *
 * A member that no object of the schema knows is more often a slip than a wish of no consequence: a limit on accounts that is
 * spelled wrong would be no limit. Under `baseline-requirements` each one is an issue; under `open-mpic` they are left out, as
 * the reference leaves them out, and named in `ignored`.
 */
export function parseStrictly<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: Place,
): StrictlyParsed<z.output<Schema>> {
  const first = schema.safeParse(value, { reportInput: true });
  if (first.success) return { ok: true, value: first.data, ignored: [] };
  const unknown = first.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
  if (unknown.length === 0 || place.policy === 'baseline-requirements') {
    const others = first.error.issues.filter((issue) => issue.code !== 'unrecognized_keys');
    const issues = [
      ...toStructuralIssues(others, value, place.loc),
      ...unknown.flatMap((issue) => extraIssues(issue, schema, value, place)),
    ];
    return { ok: false, issues: issues.slice(0, MAX_ISSUES) };
  }

  const known = unknown.reduce((rest, { path, keys }) => without(rest, path, keys), value);
  const second = schema.safeParse(known, { reportInput: true });
  if (!second.success)
    return { ok: false, issues: toStructuralIssues(second.error.issues, known, place.loc) };
  const ignored = unknown.flatMap(({ path, keys }) => keys.map((key) => [...toPath(path), key]));
  return { ok: true, value: second.data, ignored };
}

type UnknownKeys = Extract<z.core.$ZodIssue, { readonly code: 'unrecognized_keys' }>;

function extraIssues(
  { path, keys }: UnknownKeys,
  schema: z.ZodType,
  root: unknown,
  { loc, elsewhere }: Place,
): readonly StructuralIssue[] {
  const at = toPath(path);
  const members = membersAt(schema, at);
  return keys.slice(0, MAX_ISSUES).map((key) => {
    const where = [...loc, ...at, cutText(key, MAX_NAME_CHARACTERS)];
    const message = `Extra inputs are not permitted; ${adviceOn(key, members, elsewhere)}`;
    return structuralIssue('extra_forbidden', where, message, valueAt(root, [...at, key]));
  });
}

/** Longest foreign name in an answer; the longest of ours has 27 characters. */
const MAX_NAME_CHARACTERS = 64;

function adviceOn(key: string, members: readonly string[], elsewhere: Place['elsewhere']): string {
  const nearest = findNearest(key, members);
  if (nearest !== null) return `did you mean '${nearest}'?`;
  const home = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined;
  if (home !== undefined) return `'${key}' is a member of ${home}`;
  return `the members here are ${members.map((member) => `'${member}'`).join(', ')}`;
}

/** Names of the members of the object at `path`; none where the schema has no object there. */
function membersAt(schema: unknown, path: Path): readonly string[] {
  const inner = unwrapped(schema);
  const [step, ...rest] = path;
  if (step === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  if (inner instanceof z.ZodArray) return membersAt(inner.element, rest);
  return inner instanceof z.ZodObject ? membersAt(inner.shape[step], rest) : [];
}

function unwrapped(schema: unknown): unknown {
  const isWrapper =
    schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}

/** `value` without the members `keys` of the object at `path`; copied along the path only. */
function without(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const [step, ...rest] = path;
  if (step === undefined) {
    const left = new Set(keys);
    return Object.fromEntries(Object.entries(value).filter(([key]) => !left.has(key)));
  }
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? without(item, rest, keys) : item));
  return { ...value, [step]: without(Reflect.get(value, step), rest, keys) };
}

function toPath(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

const MAX_NAMED_MEMBERS = 20;

/** Paths for a sentence: escaped, cut, and not more than 20 of them. */
export function describePaths(paths: readonly Path[]): readonly string[] {
  const shown = paths.slice(0, MAX_NAMED_MEMBERS).map((path) =>
    path
      .map((step) =>
        typeof step === 'number' ? `[${step}]` : escapeUnseen(cutText(step, MAX_NAME_CHARACTERS)),
      )
      .join('.')
      .replaceAll('.[', '['),
  );
  const more = paths.length - shown.length;
  return more > 0 ? [...shown, `${more} more`] : shown;
}
