import type { Socket } from 'node:net';

export interface WebRequest {
  readonly method: string;
  readonly path: string;
  /** `Host` without its port. */
  readonly host: string;
  /** Lines of the header, as sent. */
  readonly headers: readonly string[];
  /** What the ClientHello asked for and got; null for a connection without TLS. */
  readonly tls: { readonly serverName: string | null; readonly alpn: string | null } | null;
}

const MAX_REQUEST_OCTETS = 64 * 1024;

/** Calls `done` once the header of a request is there. Whatever follows it is read and forgotten. */
export function readRequest(
  socket: Socket,
  tls: WebRequest['tls'],
  done: (request: WebRequest) => void,
): void {
  let text = '';
  const read = (piece: Buffer) => {
    text += piece.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end === -1 && text.length < MAX_REQUEST_OCTETS) return;
    socket.off('data', read);
    socket.resume();
    if (end === -1) socket.destroy();
    else done(parseRequest(text.slice(0, end), tls));
  };
  socket.on('data', read);
}

function parseRequest(text: string, tls: WebRequest['tls']): WebRequest {
  const [requestLine = '', ...headers] = text.split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const hostField =
    headers
      .find((line) => /^host:/i.test(line))
      ?.slice(5)
      .trim() ?? '';
  return { method, path, host: hostField.replace(/:\d+$/, ''), headers, tls };
}
