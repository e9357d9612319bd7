import { connectToResolver } from '../../net/network-guard.ts';
import { HEADER_BYTES } from '../message/protocol.ts';
import type { EncodedQuery } from '../message/query.ts';
import { type Exchange, failed, judgeResponse, networkFailure, type Try } from './exchange.ts';

const LENGTH_BYTES = 2;
const MAX_MESSAGE_BYTES = 65_535;

/**
 * Send `query` over a new TCP connection (RFC 7766) and read the one message that answers it.
 *
 * The time-out is absolute: slowly arriving octets do not extend it. The length field limits the message to 64 KiB. The
 * socket is destroyed however the try ends.
 */
export function exchangeOverTcp(query: EncodedQuery, { server, timeoutMs, signal }: Try): Promise<Exchange> {
  if (signal?.aborted) return Promise.resolve(failed('aborted', 'the lookup was called off'));
  return new Promise((resolve) => {
    const socket = connectToResolver(server);
    const incoming = createMessageBuffer();

    const settle = (outcome: Exchange) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      resolve(outcome);
    };
    const abort = () => settle(failed('aborted', 'the lookup was called off'));
    const timer = setTimeout(() => settle(failed('timeout', 'no answer over TCP in time')), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });

    socket.on('error', (error) => settle(networkFailure(error)));
    socket.on('close', () => settle(failed('unreachable', 'the TCP connection was closed early')));
    socket.on('data', (chunk) => {
      const message = incoming.add(chunk);
      if (message === 'excess') settle(failed('malformed', 'the TCP message has a wrong length'));
      else if (message) settle(judgeOnlyMessage(message, query));
    });
    socket.write(withLength(query.bytes));
  });
}

function judgeOnlyMessage(message: Buffer, query: EncodedQuery): Exchange {
  const judged = judgeResponse(message, query);
  if (judged.status === 'ignored') return failed('malformed', 'the TCP answer is for another question');
  if (judged.status === 'cut') return failed('truncated', 'the answer is truncated over TCP too');
  return judged;
}

function withLength(bytes: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + bytes.length);
  framed.writeUInt16BE(bytes.length, 0);
  bytes.copy(framed, LENGTH_BYTES);
  return framed;
}

/**
 * Collects chunks; `add` returns the message once the announced length has arrived, before that null, and `excess` for
 * more octets than announced or for a length too short for a header.
 */
function createMessageBuffer(): { add(chunk: Buffer): Buffer | 'excess' | null } {
  const buffer = Buffer.allocUnsafe(LENGTH_BYTES + MAX_MESSAGE_BYTES);
  let received = 0;
  return {
    add(chunk) {
      if (received + chunk.length > buffer.length) return 'excess';
      received += chunk.copy(buffer, received);
      if (received < LENGTH_BYTES) return null;
      const end = LENGTH_BYTES + buffer.readUInt16BE(0);
      if (end < LENGTH_BYTES + HEADER_BYTES || received > end) return 'excess';
      return received === end ? buffer.subarray(LENGTH_BYTES, end) : null;
    },
  };
}
