import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupName } from '../../../services/cli/data/backup.ts';
import { type PolicyVerb, policyFor } from '../../../services/cli/data/policy.ts';
import { buildCheckResult, buildRequestRecord } from '../../support/builders.ts';
import { type Reaction, type ServiceCall, startScriptedService } from '../../support/scripted-service.ts';
import { refuse, startBackupsService } from './data-backups-service.ts';
import { createImpatientClock, pair, run, startDataLab, toItems } from './data-lab.ts';

const TABLES = { requests: 'mpic-requests', results: 'mpic-results' };
const PLACE = { account: '123456789012', region: 'eu-central-1' };
const BACKUP = ['backup', '--tables', pair(TABLES)];
const LIST = ['backups', '--tables', pair(TABLES)];

type Service = Awaited<ReturnType<typeof startBackupsService>>;

describe('backup and restore', () => {
  let service: Service;
  /** Answers a call in place of the service, when it does. */
  let script: (call: ServiceCall) => Reaction | null;
  beforeEach(async () => {
    script = () => null;
    service = await startBackupsService((call) => script(call));
    service.addTable(TABLES.requests, false);
    service.addTable(TABLES.results, true);
  });
  afterEach(() => service.close());

  async function makeBackups(): Promise<readonly string[]> {
    const { printed } = await run(service.url, [...BACKUP, '--json']);
    const { backups } = JSON.parse(printed) as { backups: { arn: string }[] };
    return backups.map(({ arn }) => arn);
  }

  describe('backup', () => {
    it('waits until both can be restored, and names them after table and time', async () => {
      const { exitStatus, printed } = await run(service.url, [...BACKUP, '--json']);
      expect(exitStatus).toBe(0);
      expect(JSON.parse(printed)).toMatchObject({
        verb: 'backup',
        backups: [
          { table: 'mpic-requests', name: 'mpic-requests-20260701T120000Z' },
          { table: 'mpic-results', name: 'mpic-results-20260701T120000Z' },
        ],
      });
      expect(service.backups.every(({ busy }) => busy === 0)).toBe(true);
    });

    it('requests are backed up before the results that they rest on', async () => {
      await makeBackups();
      expect(service.backups.map(({ table }) => table)).toEqual(['mpic-requests', 'mpic-results']);
    });

    it('prints the ARNs for people', async () => {
      const { printed } = await run(service.url, BACKUP);
      expect(printed.trim().split('\n')).toEqual(service.backups.map(({ arn }) => `${arn}  2.5 MB`));
    });

    it('one that does not get ready is given up when the time is over', async () => {
      service.setLooks(1_000_000);
      const clock = createImpatientClock();
      const argv = [...BACKUP, '--timeout-minutes', '2'];
      const { exitStatus, notes } = await run(service.url, argv, { clock });
      expect(exitStatus).toBe(2);
      expect(notes).toMatch(/after 2 minutes arn:\S+ is still being made, and goes on without this command/);
      expect(clock.elapsed()).toBeLessThanOrEqual(120_000);
    });

    it('one that somebody deletes meanwhile is told', async () => {
      script = ({ operation, count }) => {
        if (operation === 'DescribeBackup' && count === 1)
          for (const backup of service.backups) backup.deleted = true;
        return null;
      };
      const { exitStatus, notes } = await run(service.url, BACKUP);
      expect([exitStatus, notes]).toEqual([2, expect.stringContaining('was deleted meanwhile')]);
    });

    it('looks that are throttled are made again', async () => {
      script = ({ operation, count }) =>
        operation === 'DescribeBackup' && count <= 4 ? refuse('ThrottlingException', 'slow') : null;
      expect(await run(service.url, BACKUP)).toMatchObject({ exitStatus: 0 });
    });

    it('a table that is not there is named', async () => {
      service.tables.delete('mpic-results');
      const { exitStatus, notes } = await run(service.url, BACKUP);
      expect([exitStatus, notes]).toEqual([2, expect.stringContaining('not there, or not in eu-central-1')]);
    });

    it.each([
      { what: 'a table', table: 'mpic-requests', name: 'mpic-requests-20261122T023638Z' },
      {
        what: 'a table with the longest name there is, cut to what DynamoDB takes',
        table: 'x'.repeat(255),
        name: `${'x'.repeat(238)}-20261122T023638Z`,
      },
    ])('table and time name the backup of $what', ({ table, name }) => {
      expect(backupName(table, Date.UTC(2026, 10, 22, 2, 36, 38, 351))).toBe(name);
    });
  });

  describe('backups', () => {
    it('lists those of both tables over all pages, oldest first', async () => {
      await makeBackups();
      await makeBackups();
      await makeBackups();
      const { exitStatus, printed } = await run(service.url, LIST);
      const listed = printed
        .trim()
        .split('\n')
        .map((line) => line.split('  ').at(-1));
      expect([exitStatus, listed]).toEqual([0, service.backups.map(({ arn }) => arn)]);
    });

    it('says when there are none', async () => {
      const { exitStatus, printed } = await run(service.url, LIST);
      expect([exitStatus, printed]).toEqual([0, 'there are no on-demand backups of these tables\n']);
    });

    it('a permission that is missing is named, since no policy is printed for it', async () => {
      script = () => refuse('AccessDeniedException', 'not yours');
      const { notes } = await run(service.url, LIST);
      expect(notes).toContain('backups needs dynamodb:ListBackups on "*"');
    });
  });

  describe('restore', () => {
    it('a backup becomes a new table with recovery and deletion protection on', async () => {
      const [requests = ''] = await makeBackups();
      service.setUnready(2);
      const { exitStatus, printed } = await run(service.url, [
        'restore',
        '--backup',
        requests,
        '--to',
        'new-requests',
      ]);
      expect(exitStatus).toBe(0);
      expect(service.tables.get('new-requests')).toMatchObject({
        busy: 0,
        pointInTime: true,
        protectedFromDeletion: true,
        restoredFrom: { BackupArn: requests },
      });
      expect(printed).toContain('Still to be done:');
      expect(printed).toContain('MPIC_REQUESTS_TABLE=new-requests');
    });

    it('a table becomes a new one as it was at a time', async () => {
      const source = service.tables.get('mpic-results');
      if (source !== undefined) source.pointInTime = true;
      const at = ['--at', '2026-06-30T23:59:59Z'];
      const argv = ['restore', '--table', 'mpic-results', ...at, '--to', 'new-results', '--json'];
      const { exitStatus, printed } = await run(service.url, argv);
      expect(exitStatus).toBe(0);
      expect(service.tables.get('new-results')).toMatchObject({
        pointInTime: true,
        restoredFrom: { RestoreDateTime: Date.UTC(2026, 5, 30, 23, 59, 59) / 1000 },
      });
      const { still_to_do: steps } = JSON.parse(printed) as { still_to_do: string[] };
      expect(steps.some((step) => step.includes('MPIC_RESULTS_TABLE=new-results'))).toBe(true);
    });

    it('a table that exists is refused, and nothing is asked of it', async () => {
      const [requests = ''] = await makeBackups();
      const before = service.calls.length;
      const argv = ['restore', '--backup', requests, '--to', 'mpic-results'];
      const { exitStatus, notes } = await run(service.url, argv);
      expect([exitStatus, notes]).toEqual([
        2,
        'restore: table mpic-results exists already; restore makes a new table and never changes one\n',
      ]);
      expect(service.calls.slice(before).map(({ operation }) => operation)).toEqual(['DescribeTable']);
    });

    it('a table that somebody makes at the same moment is refused too', async () => {
      const [requests = ''] = await makeBackups();
      script = ({ operation }) =>
        operation === 'RestoreTableFromBackup' ? refuse('TableAlreadyExistsException', 'exists') : null;
      const { exitStatus, notes } = await run(service.url, [
        'restore',
        '--backup',
        requests,
        '--to',
        'new-table',
      ]);
      expect([exitStatus, notes]).toEqual([2, expect.stringContaining('choose another name')]);
    });

    it('one that does not end is given up with what is then left to do', async () => {
      const [requests = ''] = await makeBackups();
      service.setLooks(1_000_000);
      const argv = ['restore', '--backup', requests, '--to', 'new-table', '--timeout-minutes', '60'];
      const { exitStatus, notes } = await run(service.url, argv);
      expect(exitStatus).toBe(2);
      expect(notes).toContain('after 60 minutes table new-table is still being restored');
      expect(notes).toContain('turn on its point-in-time recovery and deletion protection');
    });

    const gone = 'arn:aws:dynamodb:eu-central-1:123456789012:table/mpic-requests/backup/0-gone';
    it.each<{ name: string; argv: string[]; error?: string; says: string }>([
      {
        name: 'a backup that is not there',
        argv: ['--backup', gone],
        says: 'the backup is not there, or not in eu-central-1',
      },
      {
        name: 'a table without point-in-time recovery',
        argv: ['--table', 'mpic-results', '--at', '2026-06-30T23:59:59Z'],
        says: 'point-in-time recovery is not on for this table',
      },
      {
        name: 'a time that cannot be restored',
        argv: ['--table', 'mpic-results', '--at', '2020-01-01T00:00:00Z'],
        error: 'InvalidRestoreTimeException',
        says: 'the time is not one that can be restored',
      },
      {
        name: 'a restore too many',
        argv: ['--backup', gone],
        error: 'LimitExceededException',
        says: 'as many such things at once as it may',
      },
    ])('$name is told in a sentence', async ({ argv, error, says }) => {
      script = ({ operation }) =>
        error !== undefined && operation.startsWith('Restore') ? refuse(error, 'no') : null;
      const { exitStatus, notes } = await run(service.url, ['restore', ...argv, '--to', 'new-table']);
      expect([exitStatus, notes]).toEqual([2, expect.stringContaining(says)]);
    });
  });

  describe('errors that any call can meet', () => {
    it.each<{ name: string; reaction: Reaction; says: string }>([
      {
        name: 'credentials that are not accepted',
        reaction: refuse(
          'UnrecognizedClientException',
          'The security token included in the request is invalid.',
        ),
        says: 'the credentials are not accepted',
      },
      {
        name: 'credentials that have expired',
        reaction: refuse('ExpiredTokenException', 'expired'),
        says: 'the credentials are not accepted',
      },
      {
        name: 'an error that nobody has thought of',
        reaction: refuse('OddException', 'odd'),
        says: 'OddException: odd',
      },
    ])('$name end it with one line', async ({ reaction, says }) => {
      script = () => reaction;
      const { exitStatus, notes } = await run(service.url, LIST);
      expect([exitStatus, notes.trim().split('\n')]).toEqual([2, [expect.stringContaining(says)]]);
    });

    it('a service that cannot be reached ends it with one line', async () => {
      const { exitStatus, notes } = await run('http://127.0.0.1:1', LIST);
      expect([exitStatus, notes]).toEqual([
        2,
        'backups: DynamoDB cannot be reached: the connection is refused\n',
      ]);
    });
  });

  describe('the printed policies', () => {
    const operationsOf = (calls: readonly ServiceCall[]) =>
      [...new Set(calls.map(({ operation }) => operation))].sort();

    /** Calls for which the policy of `verb` has no action with the table that the call names. */
    function uncovered(
      verb: PolicyVerb,
      calls: readonly ServiceCall[],
      tables = TABLES,
      targets: string[] = [],
    ) {
      const { Statement } = policyFor(verb, PLACE, tables, targets);
      return calls.filter(({ operation, body }) => {
        const table = String(body.TargetTableName ?? body.TableName ?? body.BackupArn);
        return !Statement.some(
          ({ Action, Resource }) =>
            Action.includes(`dynamodb:${operation}`) &&
            Resource.some((arn) => table.startsWith(arn.replace('*', '')) || arn.endsWith(`table/${table}`)),
        );
      });
    }

    it('that of backup covers every call that backup makes', async () => {
      await makeBackups();
      expect(operationsOf(service.calls)).toEqual(['CreateBackup', 'DescribeBackup']);
      expect(uncovered('backup', service.calls)).toEqual([]);
    });

    it('that of restore covers every call that restore makes', async () => {
      const [requests = ''] = await makeBackups();
      const before = service.calls.length;
      await run(service.url, ['restore', '--backup', requests, '--to', 'new-table']);
      const calls = service.calls.slice(before);
      expect(operationsOf(calls)).toEqual([
        'DescribeTable',
        'RestoreTableFromBackup',
        'UpdateContinuousBackups',
        'UpdateTable',
      ]);
      expect(uncovered('restore', calls, TABLES, ['new-table'])).toEqual([]);
    });

    it('those of export and import cover every call that they make', async () => {
      const lab = await startDataLab();
      const service = await startScriptedService(() => 'forward', lab.url);
      const source = await lab.makeTables(toItems([buildRequestRecord()], [buildCheckResult()]));
      const target = await lab.makeTables();
      const folder = lab.freshPath();
      await run(service.url, ['export', '--tables', pair(source), '--to', folder]);
      const exporting = [...service.calls];
      for (const _ of ['writes', 'finds it there'])
        await run(service.url, ['import', '--from', folder, '--tables', pair(target)]);
      const importing = service.calls.slice(exporting.length);
      expect(operationsOf(exporting)).toEqual(['DescribeTable', 'Scan']);
      expect(operationsOf(importing)).toEqual(['DescribeTable', 'GetItem', 'PutItem']);
      expect(uncovered('export', exporting, source)).toEqual([]);
      expect(uncovered('import', importing, target)).toEqual([]);
      await service.close();
      await lab.close();
    });

    it('are printed as JSON', async () => {
      const argv = ['policy', '--verb', 'import', '--account', PLACE.account, '--tables', pair(TABLES)];
      const { exitStatus, printed } = await run('http://127.0.0.1:1', argv);
      expect([exitStatus, JSON.parse(printed)]).toEqual([0, policyFor('import', PLACE, TABLES, [])]);
    });
  });
});
