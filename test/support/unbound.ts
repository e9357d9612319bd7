import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

export interface Unbound {
  /** `address:port` on loopback. */
  readonly address: string;
  close(): Promise<void>;
}

/** Whether the resolver daemon `unbound` is installed. */
export function isUnboundInstalled(): boolean {
  try {
    execFileSync('unbound', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Run unbound on a free loopback port with these lines in its `server:` clause. It sends no queries to other servers.
 * Its folder has another name than those of the service, because the service stops daemons that a killed service left
 * running.
 */
export async function startUnbound(
  serverLines: readonly string[],
  otherLines: readonly string[] = [],
): Promise<Unbound> {
  for (let draw = 1; ; draw++) {
    try {
      return await startAtFreePort(serverLines, otherLines);
    } catch (error) {
      // Another process took the port between the check and the start.
      if (draw === MAX_PORTS || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

const MAX_PORTS = 10;

async function startAtFreePort(
  serverLines: readonly string[],
  otherLines: readonly string[],
): Promise<Unbound> {
  const folder = await mkdtemp(join(tmpdir(), 'mpic-resolver-'));
  const port = await findFreePort();
  const config = join(folder, 'unbound.conf');
  await writeFile(
    config,
    [
      'server:',
      `  interface: 127.0.0.1@${port}`,
      '  do-daemonize: no',
      '  use-syslog: no',
      '  verbosity: 0',
      '  username: ""',
      '  chroot: ""',
      `  directory: "${folder}"`,
      `  pidfile: "${join(folder, 'unbound.pid')}"`,
      '  module-config: "iterator"',
      '  num-threads: 1',
      '  local-zone: "." static',
      ...serverLines.map((line) => `  ${line}`),
      'remote-control:',
      '  control-enable: no',
      ...otherLines,
      '',
    ].join('\n'),
  );
  const child = spawn('unbound', ['-d', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const close = async () => {
    await stopChild(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(() => {
      if (child.exitCode !== null) throw new Error(`unbound did not start: ${complaint}`);
      return answers(port);
    }, 'unbound answers');
  } catch (error) {
    await close();
    throw error;
  }
  return { address: `127.0.0.1:${port}`, close };
}

/** A resolver that queries the servers of `rootHintsFile` and those below them, without validating. */
export function startPlainResolver(rootHintsFile: string): Promise<Unbound> {
  return startUnbound([
    ...['do-not-query-localhost: no', 'local-zone: "test." nodefault', 'local-zone: "." transparent'],
    `root-hints: "${rootHintsFile}"`,
  ]);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function findFreePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

const ROOT_QUERY = Buffer.from('abcd01000001000000000000' + '0000060001', 'hex');

/** Whether one query gets a response soon. */
async function answers(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    const heard = new Promise<boolean>((resolve) => {
      socket.once('message', () => resolve(true));
      socket.once('error', () => resolve(false));
      setTimeout(() => resolve(false), 100).unref();
    });
    socket.connect(port, '127.0.0.1', () => socket.send(ROOT_QUERY));
    return await heard;
  } finally {
    socket.close();
  }
}
