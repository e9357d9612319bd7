import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Steps of a server on a connection. Octets and texts are written, each in its own packet if the kernel permits.
 *
 * - `data`: wait for octets. `request`: wait for a whole request head.
 * - `end`: close with a FIN. `reset`: close with a RST. Without either the connection stays open.
 */
export type Step = string | Uint8Array | { readonly do: 'data' | 'request' | 'end' | 'reset' } | Repetition;

/** Write `text` repeatedly until the peer disconnects, once per `everyMs`; 0 for as fast as it reads. */
export interface Repetition {
  readonly repeat: string;
  readonly everyMs: number;
}

export const DATA = { do: 'data' } as const;
export const REQUEST = { do: 'request' } as const;
export const END = { do: 'end' } as const;
export const RESET = { do: 'reset' } as const;

export interface RawServer {
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Open connections. */
  readonly open: number;
  /** All octets received, latin1. */
  readonly received: string;
  close(): Promise<void>;
}

/** A TCP server on loopback that plays `steps` on every connection, without a protocol. */
export async function startRawServer(steps: readonly Step[], host = '127.0.0.1'): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let received = '';
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      received += text;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    void play(socket, steps);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    get received() {
      return received;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function play(socket: Socket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    if (typeof step === 'string' || step instanceof Uint8Array) await write(socket, step);
    else if ('repeat' in step) await repeat(socket, step);
    else if (step.do === 'data') await untilReceived(socket, '');
    else if (step.do === 'request') await untilReceived(socket, '\r\n\r\n');
    else if (step.do === 'end') socket.end();
    else socket.resetAndDestroy();
  }
}

/**
 * Wait two turns of the event loop, so that a reader in the same process receives one piece before the next is sent. To
 * Node, a reset together with the last octets looks like a FIN.
 */
async function write(socket: Socket, octets: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => socket.write(octets, () => resolve()));
  await nextTurn();
  await nextTurn();
}

function repeat(socket: Socket, { repeat: text, everyMs }: Repetition): Promise<void> {
  return new Promise((resolve) => {
    if (everyMs > 0) {
      const timer = setInterval(() => socket.write(text), everyMs);
      socket.on('close', () => {
        clearInterval(timer);
        resolve();
      });
      return;
    }
    const flood = () => {
      while (!socket.destroyed && socket.write(text));
    };
    socket.on('drain', flood);
    socket.on('close', () => resolve());
    flood();
  });
}

/** Also resolves when the peer disconnects. */
function untilReceived(socket: Socket, mark: string): Promise<void> {
  return new Promise((resolve) => {
    let head = '';
    socket.on('data', (text) => {
      head += text;
      if (head.includes(mark)) resolve();
    });
    socket.on('close', () => resolve());
  });
}
