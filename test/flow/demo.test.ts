import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';

const DEMO_TIMEOUT_MS = 30_000;

interface Run {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The demo as a newcomer runs it, from the bundle, with its output going into a pipe. */
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
    // A setting of the environment that no service could start with: the demo does not read it. With CI or FORCE_COLOR
    // set some libraries take a pipe for a terminal.
    run = await runDemo([], { MPIC_PORT: 'none', CI: 'true', FORCE_COLOR: '1' });
  }, DEMO_TIMEOUT_MS);

  it('exits 0 with every verdict as expected', () => {
    expect(run.output).toMatch(/All \d+ verdicts are as expected/);
    expect(run.output).not.toContain('✗');
    expect(run.status).toBe(0);
  });

  it('says nothing on standard error', () => {
    expect(run.errors).toBe('');
  });

  it.each([
    {
      name: 'a permission by CAA',
      row: /✓ +CAA names this CA +shop\.test +valid 6\/6 +valid 6\/6 +4 /,
    },
    {
      name: 'a hijack of one perspective, which wins nothing',
      row: /✓ +1 of 6 fooled, attacker asks +bank\.test +not valid 1\/6 +not valid 1\/6/,
    },
    {
      name: 'a hijack of most perspectives, which keeps the owner out as well',
      row: /✓ +4 of 6 fooled, owner asks +mint\.test +not valid 2\/6 +not valid 2\/6/,
    },
    {
      name: 'a silent perspective, which holds nobody up',
      row: /✓ +one never answers +silent\.test +valid 5\/6/,
    },
    { name: 'who dissented and what it saw', row: /Dissent: ap-northeast-1 \(saw the forged proof\)/ },
    { name: 'a request below the minimum of the day', row: /perspective_count 3 is below the minimum/ },
    { name: 'a late result that is kept', row: /late_results: sa-east-1; kept, not counted/ },
    { name: 'a repeated request that asks nobody again', row: /same key, same body.*, 0 DNS queries/ },
    { name: 'the audit record of a decision', row: /"event": "quorum-decision"[\s\S]*"rirs": \["APNIC"\]/ },
  ])('shows $name', ({ row }) => {
    expect(run.output).toMatch(row);
  });

  it('fits a terminal of 100 columns and sends it no colour codes when piped', () => {
    expect(run.output).not.toContain('\u001b');
    expect(run.output.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('refuses an argument it does not know, with its usage', async () => {
    const refused = await runDemo(['--bogus']);
    expect(refused.status).toBe(1);
    expect(refused.errors).toContain('Usage: npm run demo');
  });
});
