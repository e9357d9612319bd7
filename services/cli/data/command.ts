import { setMaxListeners } from 'node:events';
import type { Command } from 'commander';
import * as z from 'zod';
import { createDynamoDbClient, endpointsFromEnvironment } from '../../../shared/adapters/aws/clients.ts';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import {
  CommandError,
  define,
  type Environment,
  EXIT,
  type Io,
  type OptionSpecs,
  type OptionValues,
  option,
  readOptions,
  UsageError,
} from '../shell/command.ts';
import { listOf, region, toggle } from '../shell/values.ts';
import { describeFailure } from './aws-errors.ts';
import { backUp, listBackups } from './backup.ts';
import { exportRecords } from './export.ts';
import { importRecords } from './import.ts';
import { POLICY_VERBS, policyFor } from './policy.ts';
import { verifyExport } from './read-export.ts';
import { type RestoreSource, restore } from './restore.ts';
import { type Report, type Session, waitOutThrottling } from './session.ts';

const MS_PER_MINUTE = 60_000;

const matching = (pattern: RegExp, what: string) =>
  z.string().regex(pattern, { error: ({ input }) => `${quoteInput(String(input))} is not ${what}` });

/** By the rule of DynamoDB. */
const table = matching(
  /^[a-zA-Z0-9_.-]{3,255}$/,
  'the name of a table: 3 to 255 letters, digits, "_", "-" and "."',
);
const tables = listOf(z.string())
  .refine((names) => names.length === 2, 'takes the names of two tables: <requests>,<results>')
  .refine(([requests, results]) => requests !== results, 'names one table twice')
  .pipe(z.tuple([table, table]))
  .transform(([requests, results]) => ({ requests, results }));
const wholeNumber = matching(/^[1-9]\d{0,6}$/, 'a whole number of at least 1').transform(Number);
const folder = z.string().min(1, 'is empty');
const BACKUP_ARN =
  /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):\d{12}:table\/[a-zA-Z0-9_.-]{3,255}\/backup\/[\w-]+$/;
/** DynamoDB restores to a second. A time without a zone would be read differently on two machines. */
const time = z.iso.datetime({
  offset: true,
  precision: 0,
  error: ({ input }) =>
    `${quoteInput(String(input))} is not a time with seconds and zone, such as 2026-11-22T02:36:00Z`,
});

const TABLES = { tables: option('<requests>,<results>', 'names of the two tables', tables) };
const FROM = { from: option('<folder>', 'the export', folder) };
const JSON_ONLY = { json: option('', 'print the outcome as JSON', toggle) };
const REGION = {
  region: option(
    '<code>',
    'region of the tables; else AWS_REGION, else AWS_DEFAULT_REGION',
    region.optional(),
  ),
};
const remote = (minutes: number) => ({
  ...REGION,
  ...JSON_ONLY,
  timeoutMinutes: option('<n>', 'give up after so long', wholeNumber.default(minutes)),
});
const RESTORE = {
  backup: option('<ARN>', 'a backup', matching(BACKUP_ARN, 'the ARN of a backup').optional()),
  table: option('<name>', 'a table with point-in-time recovery, as it was', table.optional()),
  at: option('<time>', 'at a time of the last 35 days, such as 2026-11-22T02:36:00Z', time.optional()),
  to: option('<name>', 'the name of the new table', table),
};
const EXPORT = {
  to: option('<folder>', 'new or empty', folder),
  maxReadUnits: option(
    '<n>',
    'read units a second that it may use; 1000 are about 4 MB',
    wholeNumber.default(1000),
  ),
};
const POLICY = {
  verb: option(
    `<${POLICY_VERBS.join('|')}>`,
    'what the policy is for',
    z.enum(POLICY_VERBS, `has to be one of ${POLICY_VERBS.join(', ')}`),
  ),
  account: option('<id>', 'the AWS account', matching(/^\d{12}$/, 'the twelve digits of an AWS account')),
  to: option('<name>,...', 'for restore: the tables that it may make', listOf(table).optional()),
};

const DOES: Readonly<Record<string, string>> = {
  backup: 'make an on-demand backup of both tables, and wait until they can be restored',
  backups: 'list the on-demand backups of both tables',
  restore: 'make a new table from a backup, or as a table was at a time of the last 35 days',
  export: 'write all records into files',
  import: 'add the records of an export; nothing that is there is ever changed',
  'verify-export': 'check that an export is complete, unchanged and readable',
  policy: 'print the IAM policy with exactly what a verb needs',
};

const INTERRUPTED: Readonly<Record<string, string>> = {
  export: 'interrupted; what was written is removed',
  import: 'interrupted; what was added stays, and the same command adds the rest',
  backup: 'interrupted; what DynamoDB has begun goes on without this command',
  restore: 'interrupted; what DynamoDB has begun goes on without this command',
};

/** `mpic data`: records of a service on AWS. No verb changes or deletes a record, a table or a backup that is there. */
export function defineCommand(command: Command, io: Io): void {
  command.addHelpText(
    'after',
    '\nCredentials are those of the AWS SDK: environment, profile, role. AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL are honoured.',
  );
  /** `words` are the name of the verb and an example of its options. */
  const verb = <Specs extends OptionSpecs>(
    words: string,
    specs: Specs,
    run: (values: OptionValues<Specs>, signal: AbortSignal) => Promise<Report>,
  ) => {
    const [name = ''] = words.split(' ');
    define(command.command(name).description(DOES[name] ?? ''), specs, [`mpic data ${words}`], (values) =>
      runVerb(name, values, (signal) => run(values, signal), io),
    );
  };
  /** A verb over DynamoDB. */
  const remoteVerb = <Specs extends ReturnType<typeof remote>>(
    words: string,
    specs: Specs,
    work: (session: Session, values: OptionValues<Specs>) => Promise<Report>,
  ) =>
    verb(words, specs, (values, signal) => inSession(values, signal, io, (session) => work(session, values)));

  const pair = '--tables mpic-requests,mpic-results';
  const toBackUp = { ...TABLES, ...remote(30) };
  remoteVerb(`backup ${pair}`, toBackUp, (session, { tables }) => backUp(session, tables));
  remoteVerb(`backups ${pair}`, toBackUp, (session, { tables }) => listBackups(session, tables));
  const restored = '--table mpic-requests --at 2026-11-22T02:36:00Z --to mpic-requests-restored';
  remoteVerb(`restore ${restored}`, { ...RESTORE, ...remote(480) }, (session, values) =>
    restore(session, toSource(values, session), values.to),
  );
  remoteVerb(
    `export ${pair} --to records`,
    { ...TABLES, ...EXPORT, ...remote(1440) },
    (session, { to, ...order }) => exportRecords(session, { ...order, folder: to }),
  );
  remoteVerb(
    `import --from records ${pair}`,
    { ...FROM, ...TABLES, ...remote(1440) },
    (session, { from, tables }) => importRecords(session, tables, from),
  );
  verb('verify-export --from records', { ...FROM, ...JSON_ONLY }, ({ from }, signal) =>
    verifyExport(from, signal),
  );
  define(
    command.command('policy').description(DOES.policy ?? ''),
    { ...POLICY, ...TABLES, ...REGION, ...JSON_ONLY },
    [`mpic data policy --verb export --account 123456789012 ${pair}`],
    (values) => {
      io.out(`${JSON.stringify(toPolicy(values, io.environment), null, 2)}\n`);
      return EXIT.ok;
    },
  );
}

/** One verb, from its options to its exit status. */
async function runVerb(
  verb: string,
  values: { readonly json?: boolean; readonly region?: string | undefined },
  run: (signal: AbortSignal) => Promise<Report>,
  io: Io,
): Promise<number> {
  const signal = io.catchInterrupts();
  try {
    const { text, data, exitStatus } = await run(signal);
    io.out(values.json === true ? `${JSON.stringify({ verb, ...data })}\n` : `${text}\n`);
    return exitStatus;
  } catch (error) {
    if (signal.aborted) throw new CommandError(INTERRUPTED[verb] ?? 'interrupted');
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      describeFailure(error, { verb, region: namedRegion(values.region, io.environment) ?? '' }),
    );
  }
}

async function inSession<T>(
  { region, timeoutMinutes }: { readonly region: string | undefined; readonly timeoutMinutes: number },
  signal: AbortSignal,
  { clock, environment, error }: Io,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  // Every call under way listens to it.
  setMaxListeners(0, signal);
  const parts = {
    region: regionOf(region, environment),
    clock,
    until: clock.monotonic() + timeoutMinutes * MS_PER_MINUTE,
    timeoutMinutes,
    signal,
    note: (text: string) => error(`${text}\n`),
  };
  const client = createDynamoDbClient({
    region: parts.region,
    endpoints: endpointsFromEnvironment(environment),
  });
  client.config.retryStrategy = async () => waitOutThrottling(parts);
  try {
    return await work({ ...parts, client });
  } finally {
    client.destroy();
  }
}

/** The region that the option names; without one that of the environment, in the names that every AWS SDK understands. */
function namedRegion(given: string | undefined, environment: Environment): string | undefined {
  return given ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION || undefined);
}

function regionOf(given: string | undefined, environment: Environment): string {
  const named = namedRegion(given, environment);
  if (named === undefined)
    throw new UsageError('--region is missing, and so is AWS_REGION: the region of the tables');
  return readOptions(REGION, { region: named }).region ?? named;
}

function toSource(
  { backup, table, at }: Omit<OptionValues<typeof RESTORE>, 'to'>,
  { region, clock }: Session,
): RestoreSource {
  if (backup !== undefined && (table !== undefined || at !== undefined))
    throw new UsageError('restore takes either --backup, or --table with --at');
  if (backup !== undefined) {
    const found = BACKUP_ARN.exec(backup)?.[1];
    if (found !== region) throw new UsageError(`the backup is in ${found}, and --region is ${region}`);
    return { kind: 'backup', arn: backup };
  }
  if (table === undefined || at === undefined)
    throw new UsageError('restore takes --backup <ARN>, or --table <name> with --at <time>');
  if (Date.parse(at) > clock.now()) throw new UsageError(`--at ${at} has not come yet`);
  return { kind: 'point-in-time', table, at: new Date(at) };
}

function toPolicy(
  { verb, account, region, tables, to }: OptionValues<typeof POLICY & typeof TABLES & typeof REGION>,
  environment: Environment,
) {
  if (verb !== 'restore' && to !== undefined)
    throw new UsageError('--to is an option of policy only with --verb restore');
  if (verb === 'restore' && to === undefined)
    throw new UsageError('--to is missing: the tables that restore may make');
  return policyFor(verb, { account, region: regionOf(region, environment) }, tables, to ?? []);
}
