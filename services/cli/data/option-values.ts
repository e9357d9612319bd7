import * as z from 'zod';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { regionOfBackup } from './arns.ts';
import { UsageError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The name of a table, by the rule of DynamoDB. */
export function parseTable(option: string, name: string): string {
  if (/^[a-zA-Z0-9_.-]{3,255}$/.test(name)) return name;
  throw new UsageError(
    `--${option} ${quoteInput(name)} is no name of a table: 3 to 255 letters, digits, "_", "-" and "."`,
  );
}

/** The region that an option names; without one that of the environment, in the names that every AWS SDK understands. */
export function parseRegion(given: string | undefined, environment: Environment): string {
  const region = given ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  if (region === undefined || region === '')
    throw new UsageError('--region is missing, and so is AWS_REGION: the region of the tables');
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new UsageError(`--region ${quoteInput(region)} is no code of a region, such as eu-central-1`);
  return region;
}

export function parseNumber(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new UsageError(`--${option} ${quoteInput(text)} is no whole number of at least 1`);
}

/** The ARN of a backup in `region`. */
export function parseBackup(arn: string, region: string): string {
  const found = regionOfBackup(arn);
  if (found === null) throw new UsageError(`--backup ${quoteInput(arn)} is no ARN of a backup`);
  if (found !== region) throw new UsageError(`the backup is in ${found}, and --region is ${region}`);
  return arn;
}

/** DynamoDB restores to a second. A time without a zone would be read differently on two machines. */
const timeSchema = z.iso.datetime({ offset: true, precision: 0 });

/** `now` is Unix milliseconds. */
export function parseTime(text: string, now: number): Date {
  if (!timeSchema.safeParse(text).success)
    throw new UsageError(
      `--at ${quoteInput(text)} is no time with seconds and zone, such as 2026-11-22T02:36:00Z`,
    );
  const time = Date.parse(text);
  if (time > now) throw new UsageError(`--at ${text} has not come yet`);
  return new Date(time);
}

export function parseAccount(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new UsageError(`--account ${quoteInput(text)} is not the twelve digits of an AWS account`);
}
