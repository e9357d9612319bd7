import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeQuery } from '../../../../../shared/adapters/dns/message/query.ts';
import { UdpSocket } from '../../../../../shared/adapters/dns/stub/udp-exchange.ts';
import { findByArgument, isAlive } from '../../../../../shared/adapters/dns/unbound/processes.ts';
import {
  UnboundStartError,
  type UnboundSupervisor,
} from '../../../../../shared/adapters/dns/unbound/supervisor.ts';
import { eventually } from '../../../../support/eventually.ts';
import { createRecordingLog } from '../../../../support/recording-log.ts';
import { daemonOptions, skipWithoutUnbound, startDaemon } from '../../../../support/unbound-daemon.ts';

const skipped = skipWithoutUnbound('the supervisor of unbound');

let parentFolder = '';
const supervisors: UnboundSupervisor[] = [];

beforeEach(() => {
  parentFolder = mkdtempSync(join(tmpdir(), 'mpic-supervisor-'));
});

afterEach(async () => {
  await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop()));
  rmSync(parentFolder, { recursive: true, force: true });
});

async function start(changes: Parameters<typeof startDaemon>[0] = {}): Promise<UnboundSupervisor> {
  const supervisor = await startDaemon({ parentFolder, ...changes });
  supervisors.push(supervisor);
  return supervisor;
}

const soon = () => performance.now() + 10_000;

/** The running daemon of a supervisor, and its process id. */
async function runningOf(supervisor: UnboundSupervisor) {
  const instance = await supervisor.instance(soon());
  if (instance === null) throw new Error('no daemon runs');
  const [pid] = (
    await Promise.all(
      readdirSync(parentFolder).map((name) => findByArgument(join(parentFolder, name, 'unbound.conf'))),
    )
  )
    .flat()
    .filter((candidate) => readFileSync(`/proc/${candidate}/cmdline`, 'utf8').includes('unbound.conf'));
  if (pid === undefined) throw new Error('no process runs');
  return { instance, pid };
}

async function answers(server: { address: string; port: number }): Promise<boolean> {
  const exchange = await new UdpSocket(server).exchange(encodeQuery(['localhost'], 1, 7), 300);
  return exchange.status === 'response';
}

describe.skipIf(skipped)('startUnbound', () => {
  it('starts a daemon on a loopback port, in a folder that only its user can enter', async () => {
    const supervisor = await start();
    const { instance } = await runningOf(supervisor);
    expect(instance.server.address).toBe('127.0.0.1');
    expect(instance.server.port).toBeGreaterThan(1023);
    expect(await answers(instance.server)).toBe(true);
    const [name = ''] = readdirSync(parentFolder);
    expect(statSync(join(parentFolder, name)).mode & 0o777).toBe(0o700);
  });

  it('starts six daemons for six perspectives', async () => {
    const six = await Promise.all(Array.from({ length: 6 }, () => start()));
    const ports = await Promise.all(six.map(async (one) => (await one.instance(soon()))?.server.port));
    expect(new Set(ports).size).toBe(6);
    expect(readdirSync(parentFolder)).toHaveLength(6);
  });

  it('ends the prefetch when no server responds', async () => {
    const supervisor = await start({ warmNames: ['com', 'net'] });
    await expect(supervisor.warmed).resolves.toBeUndefined();
  });

  it.each<{ name: string; changes: () => Parameters<typeof startDaemon>[0]; problem: RegExp }>([
    {
      name: 'the program is missing',
      changes: () => ({ binary: '/nowhere/unbound' }),
      problem: /\/nowhere\/unbound does not start: .*ENOENT/,
    },
    {
      name: 'the program ends at once',
      changes: () => ({ binary: '/bin/true' }),
      problem: /\/bin\/true does not start: it ended at once/,
    },
    {
      name: 'the trust anchor cannot be read',
      changes: () => ({ trustAnchor: 'nonsense here\n' }),
      problem: /does not start: .*error/,
    },
    {
      name: 'the folder for temporary files is missing',
      changes: () => ({ parentFolder: join(parentFolder, 'missing') }),
      problem: /needs a private folder, and none can be made in .*missing/,
    },
    {
      name: 'the folder name is invalid in a configuration file',
      changes: () => {
        const folder = join(parentFolder, 'a"b');
        mkdirSync(folder);
        return { parentFolder: folder };
      },
      problem: /characters that cannot stand in a configuration file/,
    },
  ])('rejects with a one-line message when $name', async ({ changes, problem }) => {
    const failure = await start(changes()).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(UnboundStartError);
    expect(String(failure)).toMatch(problem);
    expect(String(failure)).not.toMatch(/\n/);
  });

  it('starts without an optional setting that the version does not know', async () => {
    const { binary } = daemonOptions();
    const older = join(parentFolder, 'older-unbound');
    // Reports unknown settings like versions before 1.20.0, and passes the others on.
    writeFileSync(
      older,
      `#!/bin/sh\nif grep -q discard-timeout "$3"; then echo "$3:9: error: unknown keyword 'discard-timeout'" >&2; exit 1; fi\nexec ${binary} "$@"\n`,
    );
    chmodSync(older, 0o755);
    expect(await answers((await runningOf(await start({ binary: older }))).instance.server)).toBe(true);
  });

  it('does not start without a setting needed for validation', async () => {
    const older = join(parentFolder, 'odd-unbound');
    writeFileSync(
      older,
      `#!/bin/sh\necho "x:9: error: unknown keyword 'harden-dnssec-stripped'" >&2; exit 1\n`,
    );
    chmodSync(older, 0o755);
    await expect(start({ binary: older })).rejects.toThrow(/unknown keyword 'harden-dnssec-stripped'/);
  });

  it('removes its folder when it fails', async () => {
    await expect(start({ trustAnchor: 'nonsense\n' })).rejects.toThrow(UnboundStartError);
    expect(readdirSync(parentFolder)).toEqual([]);
  });
});

describe.skipIf(skipped)('UnboundSupervisor: when the daemon ends', () => {
  it('starts another one, on a new port', async () => {
    const log = createRecordingLog();
    const supervisor = await start({ log });
    const { instance, pid } = await runningOf(supervisor);
    const ended = new Promise<unknown>((resolve) => {
      instance.onEnd(resolve);
    });
    process.kill(pid, 'SIGKILL');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(instance.ended).toBe(true);
    const next = await supervisor.instance(soon());
    expect(next?.server.port).not.toBe(instance.server.port);
    expect(next !== null && (await answers(next.server))).toBe(true);
    expect(log.entries.map(({ event }) => event)).toEqual(['resolver_ended', 'resolver_restarted']);
  });

  it('fails permanently when the second one ends soon too, and logs it', async () => {
    const log = createRecordingLog();
    const supervisor = await start({ log });
    for (let round = 0; round < 2; round++) {
      const { instance, pid } = await runningOf(supervisor);
      process.kill(pid, 'SIGKILL');
      await eventually(() => instance.ended, 'the daemon has ended');
    }
    expect(supervisor.failed).toBe(true);
    expect(await supervisor.instance(soon())).toBeNull();
    expect(log.entries.map(({ event }) => event)).toEqual([
      'resolver_ended',
      'resolver_restarted',
      'resolver_ended',
      'resolver_failed',
    ]);
  });

  it('restarts again a daemon that ran long enough', async () => {
    const supervisor = await start({ stableMs: 0 });
    for (let round = 0; round < 3; round++) {
      const { instance, pid } = await runningOf(supervisor);
      process.kill(pid, 'SIGKILL');
      await eventually(() => instance.ended, 'the daemon has ended');
    }
    expect(await supervisor.instance(soon())).not.toBeNull();
  });

  it('can be revived after a permanent failure', async () => {
    const supervisor = await start();
    for (let round = 0; round < 2; round++) {
      const { instance, pid } = await runningOf(supervisor);
      process.kill(pid, 'SIGKILL');
      await eventually(() => instance.ended, 'the daemon has ended');
    }
    expect(await supervisor.revive()).toBe(true);
    expect(supervisor.failed).toBe(false);
    const { instance } = await runningOf(supervisor);
    expect(await answers(instance.server)).toBe(true);
  });

  it('does not wait for a restart beyond the deadline', async () => {
    const supervisor = await start();
    const { instance, pid } = await runningOf(supervisor);
    const inTheMiddle = new Promise((resolve) => {
      instance.onEnd(() => resolve(supervisor.instance(performance.now())));
    });
    process.kill(pid, 'SIGKILL');
    expect(await inTheMiddle).toBeNull();
  });

  it('calls a listener added after the end', async () => {
    const supervisor = await start();
    const { instance, pid } = await runningOf(supervisor);
    process.kill(pid, 'SIGKILL');
    await eventually(() => instance.ended, 'the daemon has ended');
    let told = 0;
    instance.onEnd(() => {
      told += 1;
    });
    expect(told).toBe(1);
  });
});

describe.skipIf(skipped)('UnboundSupervisor: time in which the daemon is suspended', () => {
  it('does not cause a restart', async () => {
    const supervisor = await start();
    const { instance, pid } = await runningOf(supervisor);
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await answers(instance.server)).toBe(false);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually(() => answers(instance.server), 'the daemon answers again');
    expect(await supervisor.instance(soon())).toBe(instance);
  });
});

describe.skipIf(skipped)('UnboundSupervisor: stop', () => {
  it('ends the process and removes its files', async () => {
    const supervisor = await start();
    const { pid } = await runningOf(supervisor);
    await supervisor.stop();
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(parentFolder)).toEqual([]);
    expect(await supervisor.instance(soon())).toBeNull();
  });

  it('can be called twice', async () => {
    const supervisor = await start();
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    await supervisor.stop();
    expect(readdirSync(parentFolder)).toEqual([]);
  });

  it('ends a daemon that is being restarted', async () => {
    const supervisor = await start();
    const { instance, pid } = await runningOf(supervisor);
    const stopped = new Promise<void>((resolve) => {
      instance.onEnd(() => resolve(supervisor.stop()));
    });
    process.kill(pid, 'SIGKILL');
    await stopped;
    await eventually(() => readdirSync(parentFolder).length === 0, 'no folder is left');
    expect(await supervisor.instance(soon())).toBeNull();
  });

  it('ends a suspended daemon', async () => {
    const supervisor = await start();
    const { pid } = await runningOf(supervisor);
    process.kill(pid, 'SIGSTOP');
    await supervisor.stop();
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(parentFolder)).toEqual([]);
  });

  it('prevents a later revival', async () => {
    const supervisor = await start();
    await supervisor.stop();
    expect(await supervisor.revive()).toBe(false);
    expect(readdirSync(parentFolder)).toEqual([]);
  });
});

/**
 * A program that starts a daemon, reports it, and waits. With `throw` it waits for a line, and then throws; with
 * `clean` it only removes leftovers.
 */
const PROGRAM = `
import { daemonOptions } from './test/support/unbound-daemon.ts';
import { startUnbound } from './shared/adapters/dns/unbound/supervisor.ts';
import { removeLeftovers } from './shared/adapters/dns/unbound/private-folder.ts';
if (process.argv[3] === 'clean') {
  await removeLeftovers(process.argv[2]);
  process.exit(0);
}
await startUnbound(daemonOptions({ parentFolder: process.argv[2] }));
process.stdout.write('running\\n');
if (process.argv[3] === 'throw') process.stdin.once('data', () => { throw new Error('a bug'); });
setInterval(() => {}, 1000);
`;

/** A separate PID namespace, as in a container; not every user may create one. */
const NAMESPACE = ['--pid', '--fork', '--mount-proc'];
const CAN_UNSHARE = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;

describe.skipIf(skipped)('the daemon and folder of another process', () => {
  // Created here, because no hook would remove it if these tests are skipped.
  const folder = skipped ? '' : mkdtempSync(join(tmpdir(), 'mpic-supervisor-program-'));
  const program = join(folder, 'program.mjs');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function buildProgram(): Promise<void> {
    if (existsSync(program)) return;
    await build({
      stdin: { contents: PROGRAM, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      logLevel: 'silent',
    });
  }

  async function spawnProgram(...more: string[]) {
    await buildProgram();
    const child = spawn(process.execPath, [program, parentFolder, ...more], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    const [name = ''] = readdirSync(parentFolder);
    const left = join(parentFolder, name);
    const [daemon] = await findByArgument(join(left, 'unbound.conf'));
    if (daemon === undefined) throw new Error('the program has no daemon');
    return { child, exited, left, daemon };
  }

  it('are removed by the next start after the process was killed', async () => {
    const { child, exited, left, daemon } = await spawnProgram();
    child.kill('SIGKILL');
    await exited;
    expect(isAlive(daemon)).toBe(true);
    await start();
    expect(isAlive(daemon)).toBe(false);
    expect(existsSync(left)).toBe(false);
    expect(readdirSync(parentFolder)).toHaveLength(1);
  });

  it('are removed although the killed process stays in the table of processes, as without an init', async () => {
    await buildProgram();
    // The shell starts the program, becomes a process that collects no children, and so leaves a zombie.
    const careless = spawn('sh', [
      '-c',
      '"$@" & echo $!; exec sleep 60',
      'sh',
      process.execPath,
      program,
      parentFolder,
    ]);
    const lines = createInterface({ input: careless.stdout })[Symbol.asyncIterator]();
    const pid = Number((await lines.next()).value);
    expect((await lines.next()).value).toBe('running');
    const [name = ''] = readdirSync(parentFolder);
    const [daemon = 0] = await findByArgument(join(parentFolder, name, 'unbound.conf'));
    process.kill(pid, 'SIGKILL');
    const isZombie = () => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
    // Its files are closed when its last thread has ended.
    await eventually(() => isZombie() && readdirSync(`/proc/${pid}/task`).length === 1, 'a zombie is left');
    await start();
    expect([isAlive(daemon), existsSync(join(parentFolder, name))]).toEqual([false, false]);
    careless.kill('SIGKILL');
    await once(careless, 'exit');
  });

  it('are removed when the process ends with an uncaught error', async () => {
    const { child, exited, left, daemon } = await spawnProgram('throw');
    child.stdin.write('\n');
    await exited;
    await eventually(() => !isAlive(daemon), 'the daemon has ended');
    expect(existsSync(left)).toBe(false);
  });

  it('are kept while the process runs', async () => {
    const { child, exited, left, daemon } = await spawnProgram();
    await start();
    expect(isAlive(daemon)).toBe(true);
    expect(existsSync(left)).toBe(true);
    child.kill('SIGTERM');
    await exited;
    process.kill(daemon, 'SIGKILL');
  });

  it.each<{ name: string; make: (path: string) => void | Promise<void>; stays: boolean }>([
    {
      name: 'a folder of an ended process',
      make: (path) => leaveSocket(path),
      stays: false,
    },
    {
      name: 'a folder without an owner, an hour old',
      make: (path) => {
        mkdirSync(path);
        utimesSync(path, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
      },
      stays: false,
    },
    { name: 'a new folder without an owner', make: (path) => mkdirSync(path), stays: true },
    {
      name: 'a new folder whose owner is not a socket',
      make: (path) => {
        mkdirSync(path);
        writeFileSync(join(path, 'owner'), 'x');
      },
      stays: true,
    },
    { name: 'a file with such a name', make: (path) => writeFileSync(path, ''), stays: true },
    { name: 'a link with such a name', make: (path) => symlinkSync(tmpdir(), path), stays: true },
  ])('are kept at the next start for $name: $stays', async ({ make, stays }) => {
    const path = join(parentFolder, 'mpic-unbound-aBc123');
    await make(path);
    await start();
    expect(existsSync(path)).toBe(stays);
  });

  it.skipIf(!CAN_UNSHARE)(
    'are kept by a process in another PID namespace that shares the folder',
    async () => {
      const { left, daemon, child, exited } = await spawnProgram();
      const cleaner = spawn('unshare', [...NAMESPACE, process.execPath, program, parentFolder, 'clean']);
      const [code] = await once(cleaner, 'exit');
      expect(code).toBe(0);
      expect(existsSync(left)).toBe(true);
      expect(isAlive(daemon)).toBe(true);
      child.kill('SIGTERM');
      await exited;
      process.kill(daemon, 'SIGKILL');
    },
  );

  it('are kept if the folder has another name', async () => {
    const path = join(parentFolder, 'mpic-unbound-abc1234');
    await leaveSocket(path);
    await start();
    expect(existsSync(path)).toBe(true);
  });
});

/** A folder with the socket of a killed process, on which nothing listens. */
async function leaveSocket(path: string): Promise<void> {
  mkdirSync(path);
  const program = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', program, join(path, 'owner')]), 'exit');
  expect(existsSync(join(path, 'owner'))).toBe(true);
}
