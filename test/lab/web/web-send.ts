import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { ENDLESS_PIECES, type EncodedAnswer, type WebAnswer } from './web-script.ts';

/** How a server leaves a connection. */
export type WebExit = 'reset' | 'close' | 'silence';

/** A reset that comes together with the last octets is taken for an orderly end by some clients. */
const PAUSE_MS = 20;

/** Sends an answer with all its misbehaviour. `reset` ends the connection below `socket`, which may be one of TLS. */
export function sendAnswer(
  socket: Socket,
  answer: WebAnswer,
  encoded: EncodedAnswer,
  reset: () => void,
): void {
  const { stop, endless, garbageOctets, packetOctets, dripMs } = answer;
  if (garbageOctets !== undefined) {
    socket.end(randomBytes(garbageOctets));
  } else if (endless !== undefined) {
    sendPieces(socket, endlessPieces(endless, encoded, pieceSize(answer)), answer, () => {});
  } else if (stop !== undefined) {
    const leave = () => later(socket, PAUSE_MS, () => breakOff(socket, stop.how, reset));
    sendPieces(socket, cut(upTo(encoded, stop.at), pieceSize(answer)), answer, leave);
  } else if (packetOctets === undefined && dripMs === undefined) {
    socket.end(encoded.whole);
  } else {
    sendPieces(socket, cut(encoded.whole, pieceSize(answer)), answer, () => socket.end());
  }
}

/** What goes out before the answer breaks off: half of the part that is named. */
function upTo(
  { statusLine, headers, body }: EncodedAnswer,
  point: NonNullable<WebAnswer['stop']>['at'],
): Buffer {
  const half = (part: Buffer) => part.subarray(0, Math.ceil(part.length / 2));
  switch (point) {
    case 'request':
      return Buffer.alloc(0);
    case 'status':
      return half(statusLine);
    case 'headers':
      return Buffer.concat([statusLine, half(headers)]);
    case 'body':
      return Buffer.concat([statusLine, headers, half(body)]);
  }
}

function pieceSize({ packetOctets, dripMs }: WebAnswer): number {
  return packetOctets ?? (dripMs === undefined ? Number.POSITIVE_INFINITY : 1);
}

function* cut(octets: Buffer, size: number): Generator<Buffer, void> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

function* endlessPieces(
  endless: NonNullable<WebAnswer['endless']>,
  { statusLine, headers }: EncodedAnswer,
  size: number,
): Generator<Buffer, void> {
  if (endless !== 'informational') yield* cut(statusLine, size);
  if (endless === 'body' || endless === 'chunks') yield* cut(headers, size);
  for (;;) yield* cut(ENDLESS_PIECES[endless], size);
}

/** Waits for the client to take what was sent, so that nothing piles up here. */
function sendPieces(
  socket: Socket,
  pieces: Generator<Buffer, void>,
  { packetOctets, dripMs }: WebAnswer,
  finish: () => void,
): void {
  const pause =
    dripMs !== undefined
      ? () => later(socket, dripMs, next)
      : packetOctets !== undefined
        ? () => setImmediate(next)
        : null;
  const next = () => {
    while (!socket.destroyed) {
      const { done, value } = pieces.next();
      if (done) {
        finish();
        return;
      }
      const hasRoom = socket.write(value);
      if (hasRoom && pause === null) continue;
      if (hasRoom) pause?.();
      else socket.once('drain', pause ?? next);
      return;
    }
  };
  next();
}

/** Does something after a while, unless the connection is gone by then. */
export function later(socket: Socket, delayMs: number, action: () => void): void {
  const cancel = () => clearTimeout(timer);
  const timer = setTimeout(() => {
    socket.off('close', cancel);
    if (!socket.destroyed) action();
  }, delayMs);
  socket.once('close', cancel);
}

export function breakOff(socket: Socket, how: WebExit, reset: () => void): void {
  if (how === 'reset') reset();
  if (how === 'close') socket.end();
  // Unread octets would keep a connection from ending that its client has left.
  if (how !== 'reset') socket.resume();
}
