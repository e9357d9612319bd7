import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports used by unbounds of this process so far. None is reused: a lookup that outlives its unbound must not connect to
 * the unbound of another perspective.
 */
const usedPorts = new Set<number>();

const MAX_DRAWS = 50;

/** Find a port of 127.0.0.1 that is currently free for UDP and TCP. */
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
