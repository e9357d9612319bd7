import { describe, expect, it } from 'vitest';
import { POLICY_VERBS, policyFor } from '../../../services/cli/data/policy.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const TABLES = { requests: 'mpic-requests', results: 'mpic-results' };
const SOURCES = [
  'arn:aws:dynamodb:eu-west-1:123456789012:table/mpic-requests',
  'arn:aws:dynamodb:eu-west-1:123456789012:table/mpic-results',
];

describe('policyFor', () => {
  it.each(POLICY_VERBS.map((verb) => ({ verb })))(
    '$verb has no wildcard but that of the ids of backups',
    ({ verb }) => {
      for (const { Action, Resource } of policyFor(verb, PLACE, TABLES, ['new-table']).Statement) {
        expect(Action.filter((action) => action.includes('*'))).toEqual([]);
        for (const resource of Resource) expect(resource.replace(/\/backup\/\*$/, '')).not.toContain('*');
      }
    },
  );

  it('an export reads two tables and does nothing else', () => {
    expect(policyFor('export', PLACE, TABLES, [])).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'ReadTables',
          Effect: 'Allow',
          Action: ['dynamodb:DescribeTable', 'dynamodb:Scan'],
          Resource: SOURCES,
        },
      ],
    });
  });

  it.each(['export', 'import', 'backup'] as const)(
    '%s can neither change nor delete what is there',
    (verb) => {
      const actions = policyFor(verb, PLACE, TABLES, []).Statement.flatMap(({ Action }) => Action);
      expect(actions.filter((action) => /Delete|Update|BatchWrite/.test(action))).toEqual([]);
    },
  );

  it('a restore may write into the tables that it makes and only read the others', () => {
    const [backups, pointInTime, filling] = policyFor('restore', PLACE, TABLES, ['new-table']).Statement;
    expect(backups?.Resource).toEqual(SOURCES.map((arn) => `${arn}/backup/*`));
    expect(pointInTime).toMatchObject({
      Action: ['dynamodb:RestoreTableToPointInTime'],
      Resource: SOURCES,
    });
    expect(filling?.Resource).toEqual(['arn:aws:dynamodb:eu-west-1:123456789012:table/new-table']);
  });

  it.each([
    { region: 'cn-north-1', prefix: 'arn:aws-cn:' },
    { region: 'us-gov-west-1', prefix: 'arn:aws-us-gov:' },
    { region: 'us-east-1', prefix: 'arn:aws:' },
  ])('ARNs in $region begin with $prefix', ({ region, prefix }) => {
    const [statement] = policyFor('export', { ...PLACE, region }, TABLES, []).Statement;
    expect(statement?.Resource[0]?.startsWith(prefix)).toBe(true);
  });
});
