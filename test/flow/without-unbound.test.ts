import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MpicResponse } from '../../shared/contract/api/response-schema.ts';
import { BUILT_IN_PERSPECTIVES } from '../../shared/contract/settings/perspective-file.ts';
import { type LabServer, startDnsServer } from '../lab/dns/dns-server.ts';
import { caaRequest } from '../support/harness.ts';
import { FOUND_UNBOUND } from '../support/unbound-daemon.ts';
import { CA, NAME } from '../support/views.ts';

const { perspectives: PERSPECTIVES } = BUILT_IN_PERSPECTIVES;

/** The only resolver in the machine's configuration, on port 53. */
const NAME_SERVER = '127.55.0.1';

const canHide = mayMount();
if (!canHide) {
  process.stderr.write(
    'skipped: a machine without unbound; root and unshare (util-linux) are needed to make one\n',
  );
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '--bind', '/dev/null', '/etc/resolv.conf'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canHide)('npm start on a machine without unbound', () => {
  // If the tests are skipped, nothing would remove the folder.
  const folder = canHide ? mkdtempSync(join(tmpdir(), 'mpic-without-unbound-')) : '';
  let dns: LabServer;

  beforeAll(async () => {
    dns = await startDnsServer({
      host: NAME_SERVER,
      port: 53,
      records: [{ name: NAME, type: 'CAA', values: [`0 issue "${CA}"`] }],
      scripts: [{ name: '*', ad: true }],
    });
    writeFileSync(join(folder, 'resolv.conf'), `nameserver ${NAME_SERVER}\n`);
  });
  afterAll(async () => {
    await dns?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts the service in a separate mount namespace, in which unbound is hidden. */
  function startHidden(...args: readonly string[]) {
    const hide = FOUND_UNBOUND === null ? 'true' : `mount --bind /dev/null ${FOUND_UNBOUND.binary}`;
    const script = `${hide} && mount --bind ${folder}/resolv.conf /etc/resolv.conf && exec "$@"`;
    const command = [
      process.execPath,
      'dist/local.mjs',
      '--port',
      '0',
      '--data-dir',
      ':memory:',
      '--log',
      'json',
      ...args,
    ];
    const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', ...command], {
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
    return { child, log, closed: once(child, 'close') };
  }

  it('logs one line with what is missing and how to install it, and every result says "not validated"', async () => {
    const { child, log, closed } = startHidden();
    const [first] = await once(createInterface({ input: child.stdout }), 'line');
    const url = /^listening on (\S+)$/.exec(String(first))?.[1];
    const lines = log
      .join('')
      .split('\n')
      .filter((line) => line.includes('unbound'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/unbound is not installed.*not validated.*apt install unbound/);

    const response = await fetch(`${url}/mpic`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(caaRequest()),
    });
    const answer = (await response.json()) as MpicResponse;
    expect(answer.is_valid).toBe(true);
    for (const { check_response } of answer.perspectives) {
      // Although the resolver sets the AD flag.
      expect(check_response.details).toMatchObject({ dnssec_status: 'not validated' });
    }
    child.kill('SIGTERM');
    await closed;
  });

  it.each([
    {
      name: 'when a perspective has to validate',
      args: ['--resolver', 'unbound'],
      problem:
        /unbound is not installed, and .* must ask it: install it \(Debian and Ubuntu: apt install unbound/,
    },
    {
      name: 'when the primary perspective would not validate',
      args: ['--config', join(folder, 'primary.json')],
      problem: /the primary perspective us-east-1 asks system and would not validate DNSSEC/,
    },
  ])('does not start $name', async ({ args, problem }) => {
    writeFileSync(
      join(folder, 'primary.json'),
      JSON.stringify({ perspectives: PERSPECTIVES, primary: 'us-east-1', default_perspective_count: 5 }),
    );
    const { log, closed } = startHidden(...args);
    const [code] = await closed;
    expect(code).toBe(2);
    expect(log.join('')).toMatch(problem);
  });
});
