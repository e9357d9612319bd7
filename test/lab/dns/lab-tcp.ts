import { createServer, type Server, type Socket } from 'node:net';
import type { LabScript } from './lab-script.ts';

/** What to send on a connection for one query, and how. */
export interface TcpReply {
  readonly messages: readonly Buffer[];
  readonly delayMs: number;
  readonly behaviour: LabScript['tcp'];
}

const LENGTH_BYTES = 2;

/** A TCP server for framed DNS messages (RFC 1035 section 4.2.2), and the way to end its connections. */
export function createLabTcpServer(answer: (query: Buffer) => TcpReply): {
  readonly server: Server;
  destroyConnections(): void;
} {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= LENGTH_BYTES) {
        const end = LENGTH_BYTES + pending.readUInt16BE(0);
        if (pending.length < end) break;
        send(socket, answer(pending.subarray(LENGTH_BYTES, end)));
        pending = pending.subarray(end);
      }
    });
  });
  return {
    server,
    destroyConnections() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function send(socket: Socket, { messages, delayMs, behaviour }: TcpReply): void {
  if (behaviour === 'stall') return;
  const write = () => {
    for (const message of messages) writeFramed(socket, message, behaviour);
  };
  if (delayMs > 0) setTimeout(write, delayMs).unref();
  else write();
}

function writeFramed(socket: Socket, message: Buffer, behaviour: LabScript['tcp']): void {
  if (socket.destroyed) return;
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(message.length + (behaviour === 'lying-length' ? 10 : 0), 0);
  const framed = Buffer.concat([length, message]);
  if (behaviour === 'close-early') socket.end(framed.subarray(0, framed.length >> 1));
  else socket.write(framed);
}
