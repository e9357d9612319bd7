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
  /** How the daemon reacts to a command. */
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

  it('returns true when the daemon confirms a flush', async () => {
    expect(await openChannel().forget('example.com.', LONG_MS)).toBe(true);
    expect(commands).toEqual(['UBCT1 flush_zone example.com.']);
  });

  it.each<{ name: string; serve: (socket: Socket) => void }>([
    { name: 'an error', serve: (socket) => socket.end('error unknown command\n') },
    { name: 'an empty reply', serve: (socket) => socket.end() },
    { name: 'a closed connection', serve: (socket) => void socket.destroy() },
    { name: 'a reply that does not start with ok', serve: (socket) => socket.end('not ok\n') },
    { name: 'a reply that is too long', serve: (socket) => socket.end('x'.repeat(100_000)) },
  ])('returns false for $name to a flush', async (row) => {
    serve = row.serve;
    expect(await openChannel().forget('example.com.', LONG_MS)).toBe(false);
  });

  it('waits at most the time-out for a daemon that does not respond', async () => {
    serve = () => undefined;
    expect(await openChannel().forget('example.com.', 50)).toBe(false);
  });

  it('does not connect after the time-out', async () => {
    let now = 0;
    const channel = openChannel(() => now);
    const forgotten = channel.forget('example.com.', 0);
    now = 1;
    expect(await forgotten).toBe(false);
    expect(commands).toEqual([]);
  });

  it('ignores a reply after the time-out', async () => {
    let now = 0;
    serve = (socket) => {
      now = LONG_MS + 1;
      socket.end('ok\n');
    };
    expect(await openChannel(() => now).forget('example.com.', LONG_MS)).toBe(false);
  });

  it('returns false when no daemon listens', async () => {
    const channel = new ControlChannel(join(folder, 'nobody'), () => performance.now());
    expect(await channel.forget('example.com.', LONG_MS)).toBe(false);
  });

  it.each(['', 'example.com\nstop', 'example.com stop', 'a;b', 'a\\1', 'ä.example'])(
    'does not send an invalid name, which could contain a command: %j',
    async (name) => {
      expect(await openChannel().forget(name, LONG_MS)).toBe(false);
      expect(commands).toEqual([]);
    },
  );

  it('sends one command for all callers that wait for it, and a new one for callers after it was sent', async () => {
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

  it('sends further commands after a failed one', async () => {
    serve = (socket, command) => void socket.end(command.includes('a.test') ? 'error\n' : 'ok\n');
    const channel = openChannel();
    expect(await channel.forget('a.test.', LONG_MS)).toBe(false);
    expect(await channel.forget('b.test.', LONG_MS)).toBe(true);
  });

  it.each<{ what: string; command: string; run: (channel: ControlChannel) => Promise<boolean> }>([
    {
      what: 'flushes the state of name servers',
      command: 'flush_infra all',
      run: (channel) => channel.forgetServers(LONG_MS),
    },
    { what: 'reloads the configuration', command: 'reload', run: (channel) => channel.reload(LONG_MS) },
  ])('$what, and returns whether the daemon confirmed it', async ({ command, run }) => {
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

  it('lists the open requests of the daemon', async () => {
    serve = (socket) => void socket.end(LIST);
    expect([...((await openChannel().openRequests(LONG_MS)) ?? [])]).toEqual([
      'CAA shop.example.test.',
      'DS example.test.',
      'TYPE65400 a?b.example.test.',
    ]);
    expect(commands).toEqual(['UBCT1 dump_requestlist']);
  });

  it('lists nothing when there are no open requests', async () => {
    serve = (socket) => void socket.end(LIST.split('\n').slice(0, 2).join('\n'));
    expect(await openChannel().openRequests(LONG_MS)).toEqual(new Set());
  });

  it('reads a list that arrives in pieces completely', async () => {
    serve = (socket) => {
      socket.write(LIST.slice(0, 90));
      setImmediate(() => socket.end(LIST.slice(90)));
    };
    expect((await openChannel().openRequests(LONG_MS))?.size).toBe(3);
  });

  it.each<{ name: string; serve: (socket: Socket) => void }>([
    { name: 'an error', serve: (socket) => socket.end('error unknown command\n') },
    { name: 'an empty reply', serve: (socket) => socket.end() },
    { name: 'a closed connection', serve: (socket) => void socket.destroy() },
    { name: 'a list that is too long', serve: (socket) => socket.end(LIST.repeat(5000)) },
  ])('returns null instead of a list for $name', async (row) => {
    serve = row.serve;
    expect(await openChannel().openRequests(LONG_MS)).toBeNull();
  });
});
