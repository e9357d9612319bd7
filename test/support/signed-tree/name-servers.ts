import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeQuery } from '../../../shared/adapters/dns/message/query.ts';
import { UdpSocket } from '../../../shared/adapters/dns/stub/udp-exchange.ts';
import { eventually } from '../eventually.ts';

/** A block of loopback addresses for one tree, so that several trees can run in parallel. */
export interface AddressBlock {
  /** `127.53.7` */
  readonly prefix: string;
  release(): void;
}

const MAX_BLOCKS = 250;

/** Takes the next free block. An open socket in the block marks it as taken. */
export async function takeAddressBlock(): Promise<AddressBlock> {
  for (let number = 1; number <= MAX_BLOCKS; number++) {
    const prefix = `127.53.${number}`;
    const holder = await hold(`${prefix}.254`);
    if (holder !== null) return { prefix, release: () => holder.close() };
  }
  throw new Error('no block of loopback addresses is free');
}

async function hold(address: string): Promise<Socket | null> {
  const socket = createSocket('udp4');
  try {
    socket.bind(53, address);
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return null;
  }
}

/** One nsd with its zones: file names in `folder` by zone name. */
export interface ServerPlan {
  readonly name: string;
  readonly address: string;
  readonly zones: readonly string[];
}

export interface NameServer {
  stop(): Promise<void>;
}

/** A busy machine takes seconds to start a name server. */
const START_MS = 40_000;

/** Start an nsd on port 53 of its address and wait until it answers. Without zones it refuses every query. */
export async function startNameServer(folder: string, plan: ServerPlan): Promise<NameServer> {
  const config = join(folder, `nsd-${plan.name}.conf`);
  await writeFile(config, renderConfig(folder, plan));
  const child = spawn('nsd', ['-d', '-c', config], {
    cwd: folder,
    env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4096);
  });
  const isServing = () => {
    if (child.exitCode !== null) throw new Error(`nsd ${plan.name} did not start: ${complaint}`);
    return answers(plan.address);
  };
  try {
    await eventually(isServing, `nsd ${plan.name} answers`, START_MS);
  } catch (error) {
    await stopChild(child);
    throw error;
  }
  return { stop: () => stopChild(child) };
}

function renderConfig(folder: string, { name, address, zones }: ServerPlan): string {
  const own = (extension: string) => `"${join(folder, `nsd-${name}.${extension}`)}"`;
  return [
    'server:',
    `  ip-address: ${address}@53`,
    '  username: ""',
    '  chroot: ""',
    '  server-count: 1',
    '  database: ""',
    `  zonelistfile: ${own('zonelist')}`,
    `  xfrdfile: ${own('xfrd')}`,
    `  xfrdir: "${folder}"`,
    `  pidfile: ${own('pid')}`,
    `  logfile: ${own('log')}`,
    `  zonesdir: "${folder}"`,
    '  rrl-ratelimit: 0',
    'remote-control:',
    '  control-enable: no',
    ...zones.flatMap((zone) => ['zone:', `  name: "${zone}"`, `  zonefile: "${zoneFile(zone)}"`]),
    '',
  ].join('\n');
}

/** File name of a served zone. */
export function zoneFile(zone: string): string {
  return `${zone === '.' ? 'root' : zone}.zone`;
}

async function answers(address: string): Promise<boolean> {
  const socket = new UdpSocket({ address, port: 53 });
  const exchange = await socket.exchange(encodeQuery(['x'], 1, 7), 100);
  return exchange.status === 'response';
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
