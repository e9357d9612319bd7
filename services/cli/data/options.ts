import { parseArgs } from 'node:util';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { UsageError } from './errors.ts';
import {
  type Environment,
  parseAccount,
  parseBackup,
  parseNumber,
  parseRegion,
  parseTable,
  parseTime,
} from './option-values.ts';
import { POLICY_VERBS, type PolicyVerb } from './policy.ts';

/** Where a restored table comes from. */
export type RestoreSource =
  | { readonly kind: 'backup'; readonly arn: string }
  | { readonly kind: 'point-in-time'; readonly table: string; readonly at: Date };

/** Of the verbs that talk to DynamoDB. */
interface Remote {
  readonly region: string;
  readonly timeoutMinutes: number;
  readonly json: boolean;
}

export type RemoteCommand =
  | (Remote & { readonly verb: 'backup' | 'backups'; readonly tables: TableNames })
  | (Remote & { readonly verb: 'restore'; readonly source: RestoreSource; readonly to: string })
  | (Remote & {
      readonly verb: 'export';
      readonly tables: TableNames;
      readonly folder: string;
      readonly maxReadUnits: number;
    })
  | (Remote & { readonly verb: 'import'; readonly tables: TableNames; readonly folder: string });

export type Command =
  | { readonly verb: 'help' }
  | RemoteCommand
  | { readonly verb: 'verify-export'; readonly folder: string; readonly json: boolean }
  | {
      readonly verb: 'policy';
      readonly of: PolicyVerb;
      readonly account: string;
      readonly region: string;
      readonly tables: TableNames;
      readonly targets: readonly string[];
    };

const OPTIONS = {
  help: { type: 'boolean' },
  json: { type: 'boolean' },
  region: { type: 'string' },
  'timeout-minutes': { type: 'string' },
  tables: { type: 'string' },
  backup: { type: 'string' },
  table: { type: 'string' },
  at: { type: 'string' },
  to: { type: 'string' },
  from: { type: 'string' },
  'max-read-units': { type: 'string' },
  verb: { type: 'string' },
  account: { type: 'string' },
} as const;

type Values = ReturnType<typeof parseRaw>['values'];
type OptionName = keyof typeof OPTIONS;

const REMOTE: readonly OptionName[] = ['region', 'json', 'timeout-minutes'];

/** The options of each verb. */
const VERBS: Readonly<Record<Exclude<Command['verb'], 'help'>, readonly OptionName[]>> = {
  backup: ['tables', ...REMOTE],
  backups: ['tables', ...REMOTE],
  restore: ['backup', 'table', 'at', 'to', ...REMOTE],
  export: ['tables', 'to', 'max-read-units', ...REMOTE],
  import: ['from', 'tables', ...REMOTE],
  'verify-export': ['from', 'json'],
  policy: ['verb', 'account', 'region', 'tables', 'to', 'json'],
};

const DEFAULT_MAX_READ_UNITS = 1000;

/**
 * What the command line asks for; `now` is Unix milliseconds.
 *
 * @throws UsageError that says what is wrong.
 */
export function parseCommand(argv: readonly string[], environment: Environment, now: number): Command {
  const { values, positionals } = parseRaw(argv);
  if (values.help) return { verb: 'help' };
  const verb = parseVerb(positionals);
  for (const name of Object.keys(values) as OptionName[])
    if (!VERBS[verb].includes(name)) throw new UsageError(`--${name} is not an option of ${verb}`);

  const json = values.json ?? false;
  const remote = (defaultMinutes: number): Remote => ({
    region: parseRegion(values.region, environment),
    timeoutMinutes: parseNumber('timeout-minutes', values['timeout-minutes'], defaultMinutes),
    json,
  });
  switch (verb) {
    case 'backup':
    case 'backups':
      return { verb, ...remote(30), tables: parseTables(values) };
    case 'restore':
      return parseRestore(values, remote(480), now);
    case 'export':
      return {
        verb,
        ...remote(1440),
        tables: parseTables(values),
        folder: need(values, 'to', 'a folder'),
        maxReadUnits: parseNumber('max-read-units', values['max-read-units'], DEFAULT_MAX_READ_UNITS),
      };
    case 'import':
      return { verb, ...remote(1440), tables: parseTables(values), folder: need(values, 'from', 'a folder') };
    case 'verify-export':
      return { verb, folder: need(values, 'from', 'a folder'), json };
    case 'policy':
      return parsePolicy(values, parseRegion(values.region, environment));
  }
}

function parseRaw(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // The first sentence says what is wrong, the others are about double dashes.
    const [first = 'the options cannot be read'] =
      error instanceof Error ? error.message.split(/\.?\s*(?:\. |\n|$)/) : [];
    throw new UsageError(first);
  }
}

function parseVerb(positionals: readonly string[]): keyof typeof VERBS {
  const [name, ...more] = positionals;
  const verbs = Object.keys(VERBS) as (keyof typeof VERBS)[];
  if (name === undefined) throw new UsageError(`no verb is given; choose among ${verbs.join(', ')}`);
  const verb = verbs.find((one) => one === name);
  if (verb === undefined)
    throw new UsageError(`${quoteInput(name)} is no verb; choose among ${verbs.join(', ')}`);
  if (more.length > 0)
    throw new UsageError(`${quoteInput(more[0] ?? '')} stands after the verb without an option`);
  return verb;
}

function need(values: Values, name: 'to' | 'from' | 'tables' | 'account' | 'verb', what: string): string {
  const value = values[name];
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing: ${what}`);
  return value;
}

function parseTables(values: Values): TableNames {
  const names = need(values, 'tables', '<requests>,<results>').split(',');
  const [requests, results, ...more] = names;
  if (requests === undefined || results === undefined || more.length > 0)
    throw new UsageError('--tables takes the names of two tables: <requests>,<results>');
  if (requests === results) throw new UsageError('--tables names one table twice');
  return { requests: parseTable('tables', requests), results: parseTable('tables', results) };
}

function parseRestore(values: Values, remote: Remote, now: number): Command {
  const source = parseSource(values, remote.region, now);
  const to = parseTable('to', need(values, 'to', 'the name of the new table'));
  return { verb: 'restore', ...remote, source, to };
}

function parseSource({ backup, table, at }: Values, region: string, now: number): RestoreSource {
  if (backup !== undefined && (table !== undefined || at !== undefined))
    throw new UsageError('restore takes either --backup, or --table with --at');
  if (backup !== undefined) return { kind: 'backup', arn: parseBackup(backup, region) };
  if (table === undefined || at === undefined)
    throw new UsageError('restore takes --backup <ARN>, or --table <name> with --at <time>');
  return { kind: 'point-in-time', table: parseTable('table', table), at: parseTime(at, now) };
}

function parsePolicy(values: Values, region: string): Command {
  const name = need(values, 'verb', `one of ${POLICY_VERBS.join(', ')}`);
  const of = POLICY_VERBS.find((one) => one === name);
  if (of === undefined)
    throw new UsageError(`--verb ${quoteInput(name)}: choose among ${POLICY_VERBS.join(', ')}`);
  const account = parseAccount(need(values, 'account', 'the twelve digits of the AWS account'));
  if (of !== 'restore' && values.to !== undefined)
    throw new UsageError(`--to is an option of policy only with --verb restore`);
  const targets = of === 'restore' ? need(values, 'to', 'the tables that restore may make') : null;
  return {
    verb: 'policy',
    of,
    account,
    region,
    tables: parseTables(values),
    targets: targets === null ? [] : targets.split(',').map((one) => parseTable('to', one)),
  };
}
