import { describe, expect, it } from 'vitest';
import { inputsOf } from '../../../services/cli/cost/command.ts';
import { DEFAULT_INPUTS, INPUT_NAMES } from '../../../services/cli/cost/inputs.ts';
import { flagOf } from '../../../services/cli/shell/command.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { EXAMPLE_FILE, parseExample } from '../../support/infra/deployments.ts';
import { readDocument } from '../docs/markdown.ts';
import { runCommand } from './run-command.ts';

const clock = { ...systemClock, now: () => Date.UTC(2026, 10, 29) };
const run = (...argv: string[]) => runCommand(['cost', ...argv], { clock });

describe('mpic cost', () => {
  it('shows every input, the bill and the comparison', async () => {
    const { status, out } = await run();
    expect(status).toBe(0);
    for (const name of INPUT_NAMES) expect(out).toContain(` ${name} `);
    expect(out).toMatch(/total +│ +│ +[\d.]+ │ +[\d.]+ │/);
    expect(out).toContain('reference, DNSSEC on (its default)');
    expect(out).toContain('from memory');
  });

  it('prints the tables that docs/cost.md shows', async () => {
    const shown = readDocument('docs/cost.md');
    const tables = (await run()).out.split('\n').filter((line) => /^│ .*\d\.\d\d │/.test(line));
    expect(tables.length).toBeGreaterThan(20);
    for (const line of tables) expect(shown).toContain(line);
  });

  it('gives the same as JSON, with prices and sources', async () => {
    const report = JSON.parse((await run('--json', '--requests-per-month', '0')).out) as Record<
      string,
      unknown
    >;
    const { this_service: service } = report as { this_service: { totals: Record<string, number> } };
    expect(service.totals.month).toBe(service.totals.idle);
    expect(report).toMatchObject({
      inputs: { requestsPerMonth: 0, home: 'us-east-1' },
      prices: { natHours: { usd: 0.045 } },
      sources: { memory: { address: null } },
    });
  });

  it('--help names every input and its default', async () => {
    const { status, out } = await run('--help');
    expect(status).toBe(0);
    for (const name of INPUT_NAMES) expect(out).toContain(`--${flagOf(name)} `);
  });

  it('takes every input and the regions from the command line', async () => {
    const { out } = await run(
      ...INPUT_NAMES.flatMap((name) => [`--${flagOf(name)}`, '1']),
      ...['--home', 'eu-west-1', '--regions', 'eu-west-1, sa-east-1', '--json'],
    );
    const numbers = Object.fromEntries(INPUT_NAMES.map((name) => [name, 1]));
    const expected = { ...numbers, home: 'eu-west-1', regions: ['eu-west-1', 'sa-east-1'] };
    expect((JSON.parse(out) as { inputs: object }).inputs).toEqual(expected);
    expect(Object.keys(expected).sort()).toEqual(Object.keys(DEFAULT_INPUTS).sort());
  });

  it('takes from the configuration of a deployment what the command line does not give', async () => {
    const { out } = await run('--config', EXAMPLE_FILE, '--warm-minutes', '7', '--json');
    const { inputs } = JSON.parse(out) as { inputs: Record<string, unknown> };
    expect(inputs).toMatchObject({ ...inputsOf(parseExample()), warmMinutes: 7 });
  });

  it.each([
    {
      name: 'a number that is none',
      argv: ['--check-ms', 'soon'],
      says: '--check-ms "soon" is not a number of at least 0',
    },
    { name: 'a number that is empty', argv: ['--check-ms', ''], says: '--check-ms "" is not a number' },
    {
      name: 'a negative number',
      argv: ['--check-ms=-1'],
      says: '--check-ms "-1" is not a number of at least 0',
    },
    { name: 'more than all requests', argv: ['--async-share', '1.1'], says: 'is not a number from 0 to 1' },
    { name: 'a time between warmings of nothing', argv: ['--warm-minutes', '0'], says: 'of at least 1' },
    {
      name: 'a region that is none',
      argv: ['--regions', 'eu-west-1,Ireland'],
      says: '--regions "Ireland" is not the code',
    },
    { name: 'no region', argv: ['--regions', ''], says: '--regions "" is not the code' },
    { name: 'an unknown option', argv: ['--reqests', '1'], says: "unknown option '--reqests'" },
    { name: 'an argument without an option', argv: ['1000'], says: 'too many arguments' },
    {
      name: 'a configuration that is not there',
      argv: ['--config', 'nowhere.json'],
      says: 'nowhere.json is not there',
      status: 2,
    },
  ])('ends with 64 for wrong usage, 2 where it cannot read: $name', async ({ argv, says, status = 64 }) => {
    const ended = await run(...argv);
    expect(ended).toEqual({ status, out: '', error: expect.stringMatching(/^mpic cost: [^\n]+\n$/) });
    expect(ended.error).toContain(says);
  });
});
