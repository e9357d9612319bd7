import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../services/cli/data/errors.ts';
import { parseCommand } from '../../../services/cli/data/options.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const BACKUP = 'arn:aws:dynamodb:eu-west-1:123456789012:table/mpic-requests/backup/01795314998351-1a2b3c4d';
const TABLES = { requests: 'mpic-requests', results: 'mpic-results' };
const PAIR = '--tables mpic-requests,mpic-results';

function parse(line: string, environment: Record<string, string> = { AWS_REGION: 'eu-west-1' }) {
  return parseCommand(line.split(' ').filter(Boolean), environment, NOW);
}

describe('parseCommand', () => {
  it.each<{ name: string; line: string; expected: object }>([
    {
      name: 'a backup takes half an hour at most unless told otherwise',
      line: `backup ${PAIR}`,
      expected: { verb: 'backup', tables: TABLES, region: 'eu-west-1', timeoutMinutes: 30, json: false },
    },
    {
      name: 'the region of the command line wins over that of the environment',
      line: `backups ${PAIR} --region sa-east-1 --timeout-minutes 5 --json`,
      expected: { verb: 'backups', region: 'sa-east-1', timeoutMinutes: 5, json: true },
    },
    {
      name: 'a backup is restored by its ARN',
      line: `restore --backup ${BACKUP} --to new-table`,
      expected: {
        verb: 'restore',
        source: { kind: 'backup', arn: BACKUP },
        to: 'new-table',
        timeoutMinutes: 480,
      },
    },
    {
      name: 'a time with an offset is the moment that it means',
      line: 'restore --table old-table --at 2026-11-22T02:00:00+01:00 --to new-table',
      expected: {
        source: { kind: 'point-in-time', table: 'old-table', at: new Date('2026-11-22T01:00:00Z') },
      },
    },
    {
      name: 'an export uses 1000 read units a second at most unless told otherwise',
      line: `export ${PAIR} --to folder`,
      expected: {
        verb: 'export',
        tables: TABLES,
        folder: 'folder',
        maxReadUnits: 1000,
        timeoutMinutes: 1440,
      },
    },
    {
      name: 'an export may be told to take it slower',
      line: `export ${PAIR} --to folder --max-read-units 25`,
      expected: { maxReadUnits: 25 },
    },
    {
      name: 'an import names where from and where to',
      line: `import ${PAIR} --from folder`,
      expected: { verb: 'import', tables: TABLES, folder: 'folder' },
    },
    {
      name: 'to verify an export takes nothing but its folder',
      line: 'verify-export --from folder',
      expected: { verb: 'verify-export', folder: 'folder' },
    },
    {
      name: 'the policy of a restore names the tables that it may make',
      line: `policy --verb restore --account 123456789012 ${PAIR} --to new-a,new-b`,
      expected: { verb: 'policy', of: 'restore', account: '123456789012', targets: ['new-a', 'new-b'] },
    },
    { name: 'help is asked for without a verb', line: '--help', expected: { verb: 'help' } },
    { name: 'help on a verb needs none of its options', line: 'import --help', expected: { verb: 'help' } },
  ])('$name', ({ line, expected }) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it('without AWS_REGION the region is AWS_DEFAULT_REGION', () => {
    expect(parse(`backup ${PAIR}`, { AWS_DEFAULT_REGION: 'ap-south-1' })).toMatchObject({
      region: 'ap-south-1',
    });
  });

  it.each<{ name: string; line: string; says: string; environment?: Record<string, string> }>([
    { name: 'no verb', line: '', says: 'no verb is given' },
    { name: 'a verb that does not exist', line: 'delete', says: '"delete" is no verb' },
    { name: 'two verbs', line: `backup backups ${PAIR}`, says: '"backups" stands after the verb' },
    { name: 'an option that does not exist', line: 'backup --all', says: "Unknown option '--all'" },
    {
      name: 'an option of another verb',
      line: `backup ${PAIR} --to x`,
      says: '--to is not an option of backup',
    },
    { name: 'a switch with a value', line: `backup ${PAIR} --json=yes`, says: "'--json' does not take" },
    { name: 'an option without its value', line: 'backup --tables', says: 'argument missing' },
    { name: 'no region anywhere', line: `backup ${PAIR}`, says: '--region is missing', environment: {} },
    { name: 'a region that is none', line: `backup ${PAIR} --region Frankfurt`, says: 'no code of a region' },
    { name: 'no tables', line: 'backup', says: '--tables is missing' },
    { name: 'one table', line: 'backup --tables mpic-requests', says: 'names of two tables' },
    { name: 'three tables', line: 'backup --tables abc,abd,abe', says: 'names of two tables' },
    { name: 'one table twice', line: 'backup --tables abc,abc', says: 'one table twice' },
    { name: 'a name that no table can have', line: 'backup --tables abc,a/b', says: 'no name of a table' },
    { name: 'a name that is too short', line: 'backup --tables abc,ab', says: 'no name of a table' },
    { name: 'no time at all', line: `backup ${PAIR} --timeout-minutes 0`, says: 'no whole number' },
    { name: 'a time in words', line: `backup ${PAIR} --timeout-minutes ten`, says: 'no whole number' },
    { name: 'half a read unit', line: `export ${PAIR} --to x --max-read-units 0.5`, says: 'no whole number' },
    { name: 'an export without a folder', line: `export ${PAIR}`, says: '--to is missing' },
    { name: 'an import without a folder', line: `import ${PAIR}`, says: '--from is missing' },
    { name: 'a restore of nothing', line: 'restore --to new-table', says: 'restore takes --backup <ARN>' },
    { name: 'a restore to nowhere', line: `restore --backup ${BACKUP}`, says: '--to is missing' },
    {
      name: 'a restore of two things',
      line: `restore --backup ${BACKUP} --table old-table --to new-table`,
      says: 'either --backup, or --table with --at',
    },
    {
      name: 'a restore of a table at no time',
      line: 'restore --table old-table --to new-table',
      says: '--table <name> with --at <time>',
    },
    {
      name: 'a backup by its name',
      line: 'restore --backup mpic-requests-20261122T023600Z --to new-table',
      says: 'no ARN of a backup',
    },
    {
      name: 'a backup of another region',
      line: `restore --backup ${BACKUP} --to new-table --region us-east-1`,
      says: 'the backup is in eu-west-1, and --region is us-east-1',
    },
    {
      name: 'a time without a zone',
      line: 'restore --table old-table --at 2026-11-22T02:36:00 --to new-table',
      says: 'no time with seconds and zone',
    },
    {
      name: 'a day that no calendar has',
      line: 'restore --table old-table --at 2026-02-30T02:36:00Z --to new-table',
      says: 'no time with seconds and zone',
    },
    {
      name: 'a time to come',
      line: 'restore --table old-table --at 2026-11-22T12:00:01Z --to new-table',
      says: 'has not come yet',
    },
    {
      name: 'a policy for no verb',
      line: `policy --account 123456789012 ${PAIR}`,
      says: '--verb is missing',
    },
    {
      name: 'a policy for a verb that needs none',
      line: `policy --verb verify-export --account 123456789012 ${PAIR}`,
      says: 'choose among export, import, backup, restore',
    },
    { name: 'a policy for no account', line: `policy --verb export ${PAIR}`, says: '--account is missing' },
    {
      name: 'a policy for an account that is none',
      line: `policy --verb export --account 1234 ${PAIR}`,
      says: 'twelve digits',
    },
    {
      name: 'a policy of a restore without the tables that it may make',
      line: `policy --verb restore --account 123456789012 ${PAIR}`,
      says: '--to is missing',
    },
    {
      name: 'a policy of an export with tables to make',
      line: `policy --verb export --account 123456789012 ${PAIR} --to new-table`,
      says: 'only with --verb restore',
    },
  ])('refuses $name', ({ line, says, environment }) => {
    const attempt = () => parse(line, environment);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(says);
  });
});
