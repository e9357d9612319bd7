import * as z from 'zod';
import { findNearest } from '../../domain/net/nearest-name.ts';

/** Longest list of values or members in a sentence. */
const MAX_LISTED = 20;
/** Longest name of a foreign member in a sentence, characters. */
const MAX_NAME = 64;

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
};

/**
 * The texts of zod for people who write settings and files, without the value itself, which may be a secret. For `error` of
 * `safeParse`: a schema with a message of its own keeps it.
 */
export const issueText: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`;
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : 'is of another form than it must be';
    case 'too_small':
      return `must ${sizeOf(issue.origin, 'least', issue.minimum)}`;
    case 'too_big':
      return `must ${sizeOf(issue.origin, 'most', issue.maximum)}`;
    case 'invalid_format':
      return `is not a valid ${issue.format}`;
    case 'unrecognized_keys':
      return `has ${issue.keys.length === 1 ? 'a member' : 'members'} that it must not have: ${listed(issue.keys.map(quoted))}`;
    default:
      return undefined;
  }
};

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? `${values[0]}` : `one of ${listed(values)}`;
}

function listed(items: readonly string[]): string {
  const more = items.length - MAX_LISTED;
  return more > 0 ? `${items.slice(0, MAX_LISTED).join(', ')} and ${more} more` : items.join(', ');
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, MAX_NAME));
}

function sizeOf(origin: string, which: 'least' | 'most', bound: number | bigint): string {
  if (origin === 'string') return `have at ${which} ${bound} character${bound === 1 ? '' : 's'}`;
  if (origin === 'array' || origin === 'set')
    return `have at ${which} ${bound} item${bound === 1 ? '' : 's'}`;
  return `be at ${which} ${bound}`;
}

/**
 * What is wrong with a file, one sentence each: where, what, and for a member with an unknown name the one that was probably
 * meant.
 *
 * @param members of the whole file
 */
export function describeFileIssues(
  path: string,
  issues: readonly z.core.$ZodIssue[],
  members: readonly string[],
): readonly string[] {
  return issues.map((issue) => {
    const place = z.core.toDotPath(issue.path) || 'the file';
    return `${path}: ${place}: ${issue.message}${suggestion(issue, members)}`;
  });
}

function suggestion(issue: z.core.$ZodIssue, members: readonly string[]): string {
  if (issue.code !== 'unrecognized_keys' || issue.path.length > 0) return '';
  const meant = issue.keys.map((key) => findNearest(key, members)).find((name) => name !== null);
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

/**
 * Why a file of settings could not be read, in one sentence.
 *
 * @param remedy what to do if it is not there
 */
export function describeUnreadable(path: string, error: unknown, remedy: string): string {
  if (error instanceof SyntaxError) return `${path} is not JSON: ${error.message}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `${path} is not there: ${remedy}`;
    case 'EACCES':
      return `${path} cannot be read by this user`;
    case 'EISDIR':
      return `${path} is a folder, not a file`;
    default:
      return `${path} cannot be read (${code})`;
  }
}
