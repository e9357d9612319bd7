import { describe, expect, it } from 'vitest';
import { DEFAULT_INPUTS, INPUT_NAMES } from '../../../services/cli/cost/inputs.ts';
import { flagOf, parseOptions } from '../../../services/cli/cost/options.ts';
import { runCost } from '../../../services/cli/cost/run.ts';
import { readDocument } from '../docs/markdown.ts';

const NOW = new Date('2026-11-29T00:00:00Z');

function run(...argv: string[]) {
  const shown = { out: '', error: '' };
  const status = runCost(argv, NOW, {
    out(text) {
      shown.out += text;
    },
    error(text) {
      shown.error += text;
    },
  });
  return { status, ...shown };
}

describe('npm run cost', () => {
  it('shows every input, the bill and the comparison', () => {
    const { status, out } = run();
    expect(status).toBe(0);
    for (const name of INPUT_NAMES) expect(out).toContain(` ${name} `);
    expect(out).toMatch(/total +│ +│ +[\d.]+ │ +[\d.]+ │/);
    expect(out).toContain('reference, DNSSEC on (its default)');
    expect(out).toContain('from memory');
  });

  it('prints the tables that docs/cost.md shows', () => {
    const shown = readDocument('docs/cost.md');
    const tables = run()
      .out.split('\n')
      .filter((line) => /^│ .*\d\.\d\d │/.test(line));
    expect(tables.length).toBeGreaterThan(20);
    for (const line of tables) expect(shown).toContain(line);
  });

  it('gives the same as JSON, with prices and sources', () => {
    const report = JSON.parse(run('--json', '--requests-per-month', '0').out) as Record<string, unknown>;
    const { this_service: service } = report as { this_service: { totals: Record<string, number> } };
    expect(service.totals.month).toBe(service.totals.idle);
    expect(report).toMatchObject({
      inputs: { requestsPerMonth: 0, home: 'us-east-1' },
      prices: { natHours: { usd: 0.045 } },
      sources: { memory: { address: null } },
    });
  });

  it('--help names every input and its default', () => {
    const { status, out } = run('--help');
    expect(status).toBe(0);
    for (const name of INPUT_NAMES) expect(out).toContain(`--${flagOf(name)} `);
  });

  it('takes every input and the regions from the command line', () => {
    const { given } = parseOptions([
      ...INPUT_NAMES.flatMap((name) => [`--${flagOf(name)}`, '1']),
      ...['--home', 'eu-west-1', '--regions', 'eu-west-1, sa-east-1'],
    ]);
    const numbers = Object.fromEntries(INPUT_NAMES.map((name) => [name, 1]));
    expect(given).toEqual({ ...numbers, home: 'eu-west-1', regions: ['eu-west-1', 'sa-east-1'] });
    expect(Object.keys(given).sort()).toEqual(Object.keys(DEFAULT_INPUTS).sort());
  });

  it.each([
    {
      name: 'a number that is none',
      argv: ['--check-ms', 'soon'],
      says: '--check-ms soon: not a number of at least 0',
    },
    { name: 'a number that is empty', argv: ['--check-ms', ''], says: '--check-ms : not a number' },
    { name: 'a negative number', argv: ['--check-ms=-1'], says: '--check-ms -1: not a number of at least 0' },
    { name: 'more than all requests', argv: ['--async-share', '1.1'], says: 'not a number from 0 to 1' },
    { name: 'a time between warmings of nothing', argv: ['--warm-minutes', '0'], says: 'of at least 1' },
    {
      name: 'a region that is none',
      argv: ['--regions', 'eu-west-1,Ireland'],
      says: '--regions Ireland: not the code',
    },
    { name: 'no region', argv: ['--regions', ''], says: '--regions : not the code' },
    { name: 'an unknown option', argv: ['--reqests', '1'], says: "Unknown option '--reqests'" },
    {
      name: 'a configuration that is not there',
      argv: ['--config', 'nowhere.json'],
      says: 'nowhere.json cannot be read',
    },
  ])('$name is refused with exit status 2 and a message', ({ argv, says }) => {
    const { status, out, error } = run(...argv);
    expect(status).toBe(2);
    expect(error).toContain(says);
    expect(error).toContain('Usage: npm run cost');
    expect(out).toBe('');
  });
});
