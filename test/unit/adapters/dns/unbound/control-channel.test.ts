import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlChannel } from '../../../../../shared/adapters/dns/unbound/control-channel.ts';

const LONG_MS = 10_000;

describe('ControlChannel', () => {
  let folder: string;
  let server: Server;
  let commands: string[];
  let open: Socket[];
  /** What the daemon does with a command. */
  let serve: (socket: Socket, command: string) => void;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpic-control-'));
    commands = [];
    open = [];
    serve = (socket) => socket.end('ok removed 3 rrsets\n');
    server = createServer((socket) => {
      open.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        const command = chunk.toString().trim();
        commands.push(command);
        serve(socket, command);
      });
    });
    await new Promise<void>((listening) => server.listen(join(folder, 'control'), listening));
  });

  afterEach(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((closed) => server.close(closed));
    await rm(folder, { recursive: true });
  });

  const openChannel = (now = () => performance.now()) => new ControlChannel(join(folder, 'control'), now);

  it('says so when the daemon has forgotten', async () => {
    expect(await openChannel().forget('example.com.', LONG_MS)).toBe(true);
    expect(commands).toEqual(['UBCT1 flush_zone example.com.']);
  });

  it.each<{ name: string; serve: (socket: Socket) => void }>([
    { name: 'an error', serve: (socket) => socket.end('error unknown command\n') },
    { name: 'nothing before the end', serve: (socket) => socket.end() },
    { name: 'a connection that breaks', serve: (socket) => void socket.destroy() },
    { name: 'an answer that says ok later', serve: (socket) => socket.end('not ok\n') },
    { name: 'more than any reply has, without an end', serve: (socket) => socket.end('x'.repeat(100_000)) },
  ])('does not take $name for having forgotten', async (row) => {
    serve = row.serve;
    expect(await openChannel().forget('example.com.', LONG_MS)).toBe(false);
  });

  it('does not wait for a daemon that says nothing beyond the time given', async () => {
    serve = () => undefined;
    expect(await openChannel().forget('example.com.', 50)).toBe(false);
  });

  it('does not connect when the time is over', async () => {
    let now = 0;
    const channel = openChannel(() => now);
    const forgotten = channel.forget('example.com.', 0);
    now = 1;
    expect(await forgotten).toBe(false);
    expect(commands).toEqual([]);
  });

  it('does not take a reply that came too late', async () => {
    let now = 0;
    serve = (socket) => {
      now = LONG_MS + 1;
      socket.end('ok\n');
    };
    expect(await openChannel(() => now).forget('example.com.', LONG_MS)).toBe(false);
  });

  it('has nothing forgotten where no daemon listens', async () => {
    const channel = new ControlChannel(join(folder, 'nobody'), () => performance.now());
    expect(await channel.forget('example.com.', LONG_MS)).toBe(false);
  });

  it.each(['', 'example.com\nstop', 'example.com stop', 'a;b', 'a\\1', 'ä.example'])(
    'sends no name that could be a command: %j',
    async (name) => {
      expect(await openChannel().forget(name, LONG_MS)).toBe(false);
      expect(commands).toEqual([]);
    },
  );

  it('sends one command for all who wait for it, and a new one for those who come after it was sent', async () => {
    let release: (() => void) | undefined;
    const sent = new Promise<void>((arrived) => {
      serve = (socket) => {
        if (commands.length > 1) return void socket.end('ok\n');
        release = () => void socket.end('ok\n');
        arrived();
      };
    });
    const channel = openChannel();
    const first = channel.forget('a.test.', LONG_MS);
    await sent;
    const later = ['a.test.', 'b.test.', 'a.test.'].map((name) => channel.forget(name, LONG_MS));
    release?.();
    expect(await Promise.all([first, ...later])).toEqual([true, true, true, true]);
    expect(commands.map((command) => command.split(' ').at(-1))).toEqual(['a.test.', 'a.test.', 'b.test.']);
  });

  it('goes on after a command that failed', async () => {
    serve = (socket, command) => void socket.end(command.includes('a.test') ? 'error\n' : 'ok\n');
    const channel = openChannel();
    expect(await channel.forget('a.test.', LONG_MS)).toBe(false);
    expect(await channel.forget('b.test.', LONG_MS)).toBe(true);
  });

  it.each<{ what: string; command: string; run: (channel: ControlChannel) => Promise<boolean> }>([
    {
      what: 'which servers were dead forgotten',
      command: 'flush_infra all',
      run: (channel) => channel.forgetServers(LONG_MS),
    },
    { what: 'its configuration read again', command: 'reload', run: (channel) => channel.reload(LONG_MS) },
  ])('has $what, and says whether it was', async ({ command, run }) => {
    serve = (socket) => void socket.end('ok\n');
    expect(await run(openChannel())).toBe(true);
    serve = (socket) => void socket.end('error\n');
    expect(await run(openChannel())).toBe(false);
    expect(commands).toEqual([`UBCT1 ${command}`, `UBCT1 ${command}`]);
  });

  const LIST = [
    'thread #0',
    '#   type cl name    seconds    module status',
    '  0   CAA IN Shop.example.test. 0.862933 iterator wait for 192.0.2.1',
    '  1   DS IN example.test. - iterator wait for 192.0.2.1',
    ' 12 TYPE65400 IN a?b.example.test. 2.000001 validator wants DNSKEY IN example.test.',
    '',
  ].join('\n');

  it('lists what the daemon works on', async () => {
    serve = (socket) => void socket.end(LIST);
    expect([...((await openChannel().openRequests(LONG_MS)) ?? [])]).toEqual([
      'CAA shop.example.test.',
      'DS example.test.',
      'TYPE65400 a?b.example.test.',
    ]);
    expect(commands).toEqual(['UBCT1 dump_requestlist']);
  });

  it('lists nothing when it works on nothing', async () => {
    serve = (socket) => void socket.end(LIST.split('\n').slice(0, 2).join('\n'));
    expect(await openChannel().openRequests(LONG_MS)).toEqual(new Set());
  });

  it('reads a list that comes in pieces to its end', async () => {
    serve = (socket) => {
      socket.write(LIST.slice(0, 90));
      setImmediate(() => socket.end(LIST.slice(90)));
    };
    expect((await openChannel().openRequests(LONG_MS))?.size).toBe(3);
  });

  it.each<{ name: string; serve: (socket: Socket) => void }>([
    { name: 'an error', serve: (socket) => socket.end('error unknown command\n') },
    { name: 'nothing', serve: (socket) => socket.end() },
    { name: 'a connection that breaks', serve: (socket) => void socket.destroy() },
    { name: 'more than any list has', serve: (socket) => socket.end(LIST.repeat(5000)) },
  ])('takes $name for no list', async (row) => {
    serve = row.serve;
    expect(await openChannel().openRequests(LONG_MS)).toBeNull();
  });
});
