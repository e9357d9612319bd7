import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { skipWithoutTree } from '../support/signed-tree/requirements.ts';

const DEMO_TIMEOUT_MS = 120_000;
const noSignedZones = skipWithoutTree('the chapter of the demo about DNSSEC');

interface Run {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs the demo from the bundle, with its output in a pipe. */
async function runDemo(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(process.execPath, ['dist/demo.mjs', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEMO_TIMEOUT_MS,
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, output, errors };
}

describe('npm run demo', () => {
  let run: Run;
  beforeAll(async () => {
    // No service could start with this MPIC_PORT: the demo does not read it. With CI or FORCE_COLOR set, some libraries
    // treat a pipe as a terminal.
    run = await runDemo([], { MPIC_PORT: 'none', CI: 'true', FORCE_COLOR: '1' });
  }, DEMO_TIMEOUT_MS);

  it('exits 0 with every verdict as expected', () => {
    expect(run.output).toMatch(/All \d+ verdicts are as expected/);
    expect(run.output).not.toContain('✗');
    expect(run.status).toBe(0);
  });

  it('writes nothing to standard error', () => {
    expect(run.errors).toBe('');
  });

  it.each([
    {
      name: 'a permission by CAA',
      row: /✓ +CAA names this CA +shop\.test +valid 6\/6 +valid 6\/6 +4 /,
    },
    {
      name: 'a hijack of one perspective, with which the attacker gets no valid verdict',
      row: /✓ +1 of 6 fooled, attacker asks +bank\.test +not valid 1\/6 +not valid 1\/6/,
    },
    {
      name: 'a hijack of most perspectives, with which the owner gets no valid verdict either',
      row: /✓ +4 of 6 fooled, owner asks +mint\.test +not valid 2\/6 +not valid 2\/6/,
    },
    {
      name: 'a perspective that does not respond, which delays nothing',
      row: /✓ +one never answers +silent\.test +valid 5\/6/,
    },
    {
      name: 'which perspective dissented and what it saw',
      row: /Dissent: ap-northeast-1 \(saw the forged proof\)/,
    },
    { name: "a request below the day's minimum", row: /perspective_count 3 is below the minimum/ },
    { name: 'a late result that is kept but not counted', row: /late_results: sa-east-1; kept, not counted/ },
    { name: 'a repeated request that sends no query', row: /same key, same body.*, 0 DNS queries/ },
    { name: 'the audit record of a decision', row: /"event": "quorum-decision"[\s\S]*"rirs": \["APNIC"\]/ },
  ])('shows $name', ({ row }) => {
    expect(run.output).toMatch(row);
  });

  it.skipIf(noSignedZones).each([
    {
      name: 'a record whose signatures verify',
      row: /✓ +signed, and the chain holds[\s\S]*?DNSSEC: secure\n/,
    },
    { name: 'a zone that is proven not to be signed', row: /✓ +not signed[\s\S]*?DNSSEC: insecure\n/ },
    { name: 'expired signatures, which forbid', row: /✓ +signatures have expired[\s\S]*?DNSSEC: bogus\n/ },
  ])('shows $name', ({ row }) => {
    expect(run.output).toMatch(row);
  });

  it('fits a terminal of 100 columns and writes no colour codes to a pipe', () => {
    expect(run.output).not.toContain('\u001b');
    expect(run.output.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('rejects an unknown argument with its usage', async () => {
    const refused = await runDemo(['--bogus']);
    expect(refused.status).toBe(1);
    expect(refused.errors).toContain('Usage: npm run demo');
  });
});
