import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LabServer, startDnsServer } from '../../lab/dns/dns-server.ts';
import { eventually } from '../../support/eventually.ts';
import { endPrograms, runProgram, startProgram } from './spawn-mpic.ts';

const RECORDS = [
  { name: 'permitted.test', type: 'CAA', values: ['0 issue "ca.example"'] },
  { name: 'forbidden.test', type: 'CAA', values: ['0 issue "other.example"'] },
];
/** Long enough to be interrupted in. */
const DELAY_MS = 20_000;

let dns: LabServer;
beforeAll(async () => {
  dns = await startDnsServer({
    records: RECORDS,
    scripts: [{ name: 'slow.test', delayMs: DELAY_MS }],
  });
});
afterAll(() => dns.close());

const settings = () => ({
  MPIC_CHECK_TIMEOUT_MS: '5000',
  MPIC_RESOLVER: `${dns.address}:${dns.port}`,
  MPIC_CAA_DOMAINS: 'ca.example',
});
const run = (argv: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  runProgram(argv, { ...settings(), ...more });

afterEach(endPrograms);

/** Processes that were started by `pid` and run. */
function childrenOf(pid: number): readonly number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  } catch {
    return [];
  }
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(statusOf(pid));

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State:\tZ';
  }
}

// Needs the programs in dist/, which `npm test` builds first.
describe('a command with a service of its own', () => {
  it.each([
    { name: 'valid', target: 'permitted.test', status: 0, says: 'valid: 6 of 6' },
    { name: 'not valid', target: 'forbidden.test', status: 1, says: 'not valid: 0 of 6' },
  ])('shows a verdict that is $name, and says what it is not', async ({ target, status, says }) => {
    const ended = await run(['check', target]);
    expect([ended.status, ended.out]).toEqual([status, expect.stringContaining(says)]);
    expect(ended.error).toContain(
      'all perspectives share this host, which is not corroboration in the sense of TLS BR 3.2.2.9',
    );
  });

  it('prints with --json one line of JSON', async () => {
    const { status, out } = await run(['check', 'permitted.test', '--json']);
    expect([status, out.split('\n')]).toEqual([0, [expect.stringMatching(/^\{"mpic_completed":true,/), '']]);
  });

  it('lists its perspectives', async () => {
    const { status, out } = await run(['perspectives']);
    expect([status, out]).toEqual([0, expect.stringMatching(/│ eu-west-1 +│ Europe \(Ireland\)/)]);
  });

  it.each([
    { name: 'keys of callers', more: { MPIC_API_KEYS: 'ca:a1b2c3d4e5f6a7b8c9' } },
    { name: 'a taken port', more: { MPIC_PORT: '1', MPIC_HOST: '192.0.2.1' } },
    { name: 'the AWS backend', more: { MPIC_BACKEND: 'aws' } },
    { name: 'shares of callers', more: { MPIC_MAX_RUNNING_PER_CALLER: '500' } },
    { name: 'a key for another service', more: { MPIC_KEY: 'a1b2c3d4e5f6a7b8c9', MPIC_VERIFY_KEY: 'x' } },
  ])('is not hindered by the settings of another service: $name', async ({ more }) => {
    expect((await run(['check', 'permitted.test'], more)).status).toBe(0);
  });

  it.each([
    { name: 'is unknown', more: { MPIC_RESOLVERS: 'x' }, says: 'MPIC_RESOLVERS is not a setting' },
    { name: 'is wrong', more: { MPIC_POLICY: '\u001b[2J' }, says: 'MPIC_POLICY: ' },
  ])('ends with 2 and one line when a setting $name', async ({ more, says }) => {
    const { status, out, error } = await run(['check', 'permitted.test'], more);
    expect([status, out]).toEqual([2, '']);
    expect(error).toMatch(/\nmpic check: the service did not start: [^\n]*\n$/);
    expect(error).toContain(says);
    expect(error).not.toContain('\u001b');
  });

  describe.runIf(existsSync('/proc/self/task'))('leaves no process behind', () => {
    async function childOf(command: ChildProcess): Promise<number> {
      await eventually(() => childrenOf(command.pid ?? 0).length > 0, 'the service has been started');
      return childrenOf(command.pid ?? 0)[0] ?? 0;
    }

    it.each([
      { name: 'as soon as it has begun', signal: 'SIGINT', isAsked: false, status: 2 },
      { name: 'while it waits for the verdict', signal: 'SIGINT', isAsked: true, status: 2 },
      { name: 'by another program', signal: 'SIGTERM', isAsked: true, status: 2 },
      { name: 'without a chance to clear up', signal: 'SIGKILL', isAsked: true, status: null },
    ] as const)('when it is interrupted with $signal $name', async ({ signal, isAsked, status }) => {
      const before = dns.queries().length;
      const command = startProgram(['check', 'slow.test'], settings());
      const ended = once(command, 'close');
      const child = await childOf(command);
      if (isAsked) await eventually(() => dns.queries().length > before, 'a perspective asks the DNS');
      command.kill(signal);
      expect((await ended)[0]).toBe(status);
      await eventually(() => !isAlive(child), 'the service has ended', 30_000);
    });
  });
});
