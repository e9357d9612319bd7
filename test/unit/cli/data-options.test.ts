import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedService, startScriptedService } from '../../support/scripted-service.ts';
import { refuse } from './data-backups-service.ts';
import { runCommand } from './run-command.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const BACKUP = 'arn:aws:dynamodb:eu-west-1:123456789012:table/mpic-requests/backup/01795314998351-1a2b3c4d';
const PAIR = '--tables mpic-requests,mpic-results';

const clock = { now: () => NOW, monotonic: () => 0, schedule: () => () => {} };

function run(line: string, environment: Readonly<Record<string, string>> = { AWS_REGION: 'eu-west-1' }) {
  return runCommand(['data', ...line.split(' ').filter(Boolean)], { environment, clock });
}

describe('the options of mpic data', () => {
  let service: ScriptedService;
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID ??= 'local';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
    service = await startScriptedService(() => refuse('ResourceNotFoundException', 'none'));
  });
  afterAll(() => service.close());

  it.each([
    { verb: 'backup', says: 'give up after so long, default 30' },
    { verb: 'backups', says: 'give up after so long, default 30' },
    { verb: 'restore', says: 'give up after so long, default 480' },
    { verb: 'import', says: 'give up after so long, default 1440' },
    { verb: 'export', says: 'give up after so long, default 1440' },
    { verb: 'export', says: '1000 are about 4 MB, default 1000' },
  ])('$verb has a default: $says', async ({ verb, says }) => {
    const { status, out } = await run(`${verb} --help`, {});
    expect([status, out.replace(/\s+/g, ' ')]).toEqual([0, expect.stringContaining(says)]);
  });

  it.each<{ name: string; line: string; environment: Record<string, string>; region: string }>([
    {
      name: 'the region of the command line wins over that of the environment',
      line: `export ${PAIR} --to x --region sa-east-1`,
      environment: { AWS_REGION: 'eu-west-1' },
      region: 'sa-east-1',
    },
    {
      name: 'AWS_REGION wins over AWS_DEFAULT_REGION',
      line: `export ${PAIR} --to x`,
      environment: { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'ap-south-1' },
      region: 'eu-west-1',
    },
    {
      name: 'without AWS_REGION the region is AWS_DEFAULT_REGION',
      line: `export ${PAIR} --to x`,
      environment: { AWS_DEFAULT_REGION: 'ap-south-1' },
      region: 'ap-south-1',
    },
    {
      name: 'an empty AWS_REGION is none',
      line: `export ${PAIR} --to x`,
      environment: { AWS_REGION: '', AWS_DEFAULT_REGION: 'ap-south-1' },
      region: 'ap-south-1',
    },
  ])('$name', async ({ line, environment, region }) => {
    const ended = await run(line, { ...environment, AWS_ENDPOINT_URL: service.url });
    expect(ended).toEqual({
      status: 2,
      out: '',
      error: `mpic data export: the table is not there, or not in ${region}\n`,
    });
  });

  it('a time with an offset is the moment that it means', async () => {
    let asked: unknown;
    const restoring = await startScriptedService(({ operation, body }) => {
      if (operation === 'DescribeTable') return refuse('ResourceNotFoundException', 'none');
      asked = body.RestoreDateTime;
      return refuse('InvalidRestoreTimeException', 'no');
    });
    await run('restore --table old-table --at 2026-11-22T02:00:00+01:00 --to new-table', {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: restoring.url,
    });
    await restoring.close();
    expect(asked).toBe(Date.UTC(2026, 10, 22, 1) / 1000);
  });

  it('the policy of a restore names the tables that it may make', async () => {
    const { out } = await run(
      `policy --verb restore --account 123456789012 ${PAIR} --to new-a,new-b --region eu-west-1`,
      {},
    );
    expect(out).toContain('"arn:aws:dynamodb:eu-west-1:123456789012:table/new-b"');
  });

  it.each<{ name: string; line: string; says: string; environment?: Record<string, string> }>([
    { name: 'a verb that does not exist', line: 'delete', says: "unknown command 'delete'" },
    { name: 'two verbs', line: `backup backups ${PAIR}`, says: 'too many arguments' },
    { name: 'an option that does not exist', line: 'backup --all', says: "unknown option '--all'" },
    {
      name: 'an option of another verb',
      line: `backup ${PAIR} --to x`,
      says: "unknown option '--to'",
    },
    { name: 'a switch with a value', line: `backup ${PAIR} --json=yes`, says: "unknown option '--json'" },
    { name: 'an option without its value', line: 'backup --tables', says: 'argument missing' },
    { name: 'no region anywhere', line: `backup ${PAIR}`, says: '--region is missing', environment: {} },
    {
      name: 'a region that is none',
      line: `backup ${PAIR} --region Frankfurt`,
      says: 'is not the code of a region',
    },
    {
      name: 'a region of the environment that is none',
      line: `backup ${PAIR}`,
      says: '--region "Frankfurt" is not the code of a region',
      environment: { AWS_REGION: 'Frankfurt' },
    },
    { name: 'no tables', line: 'backup', says: '--tables is missing' },
    { name: 'one table', line: 'backup --tables mpic-requests', says: 'names of two tables' },
    { name: 'three tables', line: 'backup --tables abc,abd,abe', says: 'names of two tables' },
    { name: 'one table twice', line: 'backup --tables abc,abc', says: 'one table twice' },
    {
      name: 'a name that no table can have',
      line: 'backup --tables abc,a/b',
      says: 'is not the name of a table',
    },
    { name: 'a name that is too short', line: 'backup --tables abc,ab', says: 'is not the name of a table' },
    { name: 'no time at all', line: `backup ${PAIR} --timeout-minutes 0`, says: 'is not a whole number' },
    { name: 'a time in words', line: `backup ${PAIR} --timeout-minutes ten`, says: 'is not a whole number' },
    {
      name: 'half a read unit',
      line: `export ${PAIR} --to x --max-read-units 0.5`,
      says: 'is not a whole number',
    },
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
      says: 'is not the ARN of a backup',
    },
    {
      name: 'a backup of another region',
      line: `restore --backup ${BACKUP} --to new-table --region us-east-1`,
      says: 'the backup is in eu-west-1, and --region is us-east-1',
    },
    {
      name: 'a time without a zone',
      line: 'restore --table old-table --at 2026-11-22T02:36:00 --to new-table',
      says: 'is not a time with seconds and zone',
    },
    {
      name: 'a day that no calendar has',
      line: 'restore --table old-table --at 2026-02-30T02:36:00Z --to new-table',
      says: 'is not a time with seconds and zone',
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
      says: '--verb has to be one of export, import, backup, restore',
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
  ])('$name is wrong usage', async ({ line, says, environment }) => {
    const { status, out, error } = await run(line, environment);
    expect([status, out]).toEqual([64, '']);
    expect(error).toMatch(/^mpic data[^\n]*; mpic data[a-z -]* --help explains\n$/);
    expect(error).toContain(says);
  });
});
