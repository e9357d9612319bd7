import { createSocket } from 'node:dgram';
import { type Exchange, failed, judgeResponse, networkFailure, type Try } from './exchange.ts';
import type { EncodedQuery } from './query.ts';
import { isIpv6Server } from './server-address.ts';

/** Packets from the server's own address that answer something else: past this number somebody is guessing ids. */
const MAX_IGNORED_PACKETS = 16;

type LookupCallback = (error: null, address: string, family: number) => void;

/** Servers are given by address: without this, every bind and connect takes a detour through the thread pool. */
const keepAddress = {
  udp4: (address: string, _options: unknown, done: LookupCallback) => done(null, address, 4),
  udp6: (address: string, _options: unknown, done: LookupCallback) => done(null, address, 6),
};

/**
 * Send `query` over UDP and wait for its response, or for `cut`, which has to be asked again over TCP.
 *
 * Each try has a socket of its own, so a forger has to guess the port besides the id (RFC 5452 section 9.2), and the
 * socket is connected, so that the kernel drops what other senders send. The socket is closed however the try ends.
 */
export function exchangeOverUdp(
  query: EncodedQuery,
  { server, timeoutMs, signal }: Try,
): Promise<Exchange | { readonly status: 'cut' }> {
  if (signal?.aborted) return Promise.resolve(failed('aborted', 'the lookup was called off'));
  return new Promise((resolve) => {
    const type = isIpv6Server(server) ? 'udp6' : 'udp4';
    const socket = createSocket({ type, lookup: keepAddress[type] });
    let settled = false;
    let ignored = 0;

    const settle = (outcome: Exchange | { readonly status: 'cut' }) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.close();
      resolve(outcome);
    };
    const abort = () => settle(failed('aborted', 'the lookup was called off'));
    const timer = setTimeout(() => settle(failed('timeout', 'no answer in time')), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });

    socket.on('error', (error) => settle(networkFailure(error)));
    socket.on('message', (response, sender) => {
      // What came in between bind and connect has not passed the kernel's filter.
      const ours = sender.port === server.port && sender.address === server.address;
      const judged = ours ? judgeResponse(response, query) : ({ status: 'ignored' } as const);
      if (judged.status !== 'ignored') settle(judged);
      else if (++ignored > MAX_IGNORED_PACKETS)
        settle(failed('malformed', 'too many answers to other questions'));
    });
    try {
      socket.connect(server.port, server.address, () => {
        if (!settled) socket.send(query.bytes);
      });
    } catch (error) {
      settle(networkFailure(error));
    }
  });
}
