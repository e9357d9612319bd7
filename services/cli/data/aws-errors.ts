import { describeError } from '../../../shared/adapters/aws/describe-error.ts';
import { CREDENTIAL_SENTENCES } from '../shell/aws-credentials.ts';

/** What an error may be about. */
export interface ErrorContext {
  readonly verb: string;
  readonly region: string;
}

type Sentence = string | ((error: Error, context: ErrorContext) => string);

const CHANGING = 'the table is being changed by somebody else at this moment; try again';
const THROTTLED =
  'DynamoDB goes on refusing because too much is asked at once; try later, ask for less with --max-read-units, or give it longer with --timeout-minutes';

/** A sentence for each error that an operator can do something about, by its name or its system code. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  ResourceNotFoundException: missingTable,
  TableNotFoundException: missingTable,
  BackupNotFoundException: (_, { region }) => `the backup is not there, or not in ${region}`,
  BackupInUseException: 'the table is being backed up or restored by somebody else at this moment; try again',
  TableAlreadyExistsException: 'the new table exists already; choose another name for it',
  TableInUseException: CHANGING,
  ResourceInUseException: CHANGING,
  ContinuousBackupsUnavailableException:
    'backups are not yet possible for this table; try again in a few minutes',
  PointInTimeRecoveryUnavailableException:
    'point-in-time recovery is not on for this table; only a backup can be restored',
  InvalidRestoreTimeException:
    'the time is not one that can be restored: it lies before point-in-time recovery was turned on, is more than 35 days ago, or within the last 5 minutes',
  LimitExceededException: 'the account does as many such things at once as it may; try again later',
  AccessDeniedException: missingPermission,
  ...CREDENTIAL_SENTENCES,
  ProvisionedThroughputExceededException: THROTTLED,
  ThrottlingException: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  TimeoutError: (_, { region }) => `DynamoDB in ${region} does not answer`,
  ECONNREFUSED: 'DynamoDB cannot be reached: the connection is refused',
  ECONNRESET: 'DynamoDB cannot be reached: the connection breaks',
  ENOTFOUND:
    'DynamoDB cannot be reached: its name is not known; is the region right, and is there a network?',
  ENOSPC: 'the disk is full',
  EACCES: 'a file or folder may not be read or written by this user',
  EEXIST: 'a file of that name is there already',
  ENOENT: 'the file or folder is not there',
  ENOTDIR: 'what is named as a folder is none',
};

/** One sentence about why a command could not do its work. */
export function describeFailure(error: unknown, context: ErrorContext): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  const sentence = SENTENCES[error.name] ?? SENTENCES[String(code)];
  return typeof sentence === 'function' ? sentence(error, context) : (sentence ?? describeError(error));
}

function missingTable(error: Error, { region }: ErrorContext): string {
  const name = /Table: (\S+) not found|table\/([\w.-]+)/.exec(error.message);
  return `the table${name === null ? '' : ` ${name[1] ?? name[2]}`} is not there, or not in ${region}`;
}

/** The message of AWS names who asked for what; listing backups is the one thing that AWS limits to no table. */
function missingPermission(error: Error, { verb }: ErrorContext): string {
  const remedy =
    verb === 'backups'
      ? 'backups needs dynamodb:ListBackups on "*"'
      : `mpic data policy --verb ${verb} prints what it takes`;
  return `permission is missing (${error.message}); ${remedy}`;
}
