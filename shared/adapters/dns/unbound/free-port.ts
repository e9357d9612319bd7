import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports that unbounds of this process had or have. None is used twice: a lookup that outlives its unbound must find
 * nobody there, rather than the unbound of another perspective.
 */
const usedPorts = new Set<number>();

const MAX_DRAWS = 50;

/** A port of 127.0.0.1 that is free for UDP and TCP just now. */
export async function drawPort(): Promise<number> {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const port = await drawUdpPort();
    if (usedPorts.has(port) || !(await isFreeForTcp(port))) continue;
    usedPorts.add(port);
    return port;
  }
  throw new Error('no free loopback port was found');
}

async function drawUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket.address().port;
  } finally {
    socket.close();
  }
}

async function isFreeForTcp(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
