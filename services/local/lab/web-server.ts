import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import {
  ENDLESS_PIECES,
  type EncodedAnswer,
  encodeAnswer,
  type WebAnswer,
  type WebSite,
} from './web-script.ts';

export interface LabKeyPair {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** What a server does instead of a TLS handshake. */
export type TlsMisbehaviour = 'garbage' | 'silence' | 'close' | 'reset' | 'drip';

export interface LabTls {
  /** Shown for every name that `certificates` does not have. */
  readonly default: LabKeyPair;
  readonly certificates?: Readonly<Record<string, LabKeyPair>>;
  readonly alpn?: readonly string[];
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
}

export interface WebServerOptions {
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  readonly sites?: readonly WebSite[];
  readonly tls?: LabTls;
  /** In place of everything else, once a connection is accepted and its first octets are there. */
  readonly insteadOfTls?: TlsMisbehaviour;
  /** What happens to a connection at once, before anything is read. */
  readonly onAccept?: 'reset' | 'close' | 'silence';
  /** How many requests to remember, the newest. Default 1,000. */
  readonly logSize?: number;
}

export interface WebRequest {
  readonly method: string;
  readonly path: string;
  /** `Host` without its port. */
  readonly host: string;
  /** Lines of the header, as sent. */
  readonly headers: readonly string[];
}

export interface WebServer {
  readonly address: string;
  readonly port: number;
  /** Requests received, oldest first. */
  requests(): readonly WebRequest[];
  /** Connections accepted so far. */
  connections(): number;
  openConnections(): number;
  close(): Promise<void>;
}

const DEFAULT_LOG_SIZE = 1_000;
const MAX_REQUEST_OCTETS = 64 * 1024;
const NOT_FOUND: WebAnswer = { status: 404, body: 'there is nothing here\n' };
const DRIP_MS = 50;
/** A reset that comes together with the last octets is taken for an orderly end by some clients. */
const PAUSE_MS = 20;

/**
 * A web server on loopback for tests, the demo and benchmarks, on raw sockets, so that it can misbehave at every octet. One
 * request per connection.
 */
export async function startWebServer(options: WebServerOptions = {}): Promise<WebServer> {
  const { host = '127.0.0.1', port = 0, logSize = DEFAULT_LOG_SIZE, onAccept, insteadOfTls } = options;
  const answerFor = createSiteBook(options.sites ?? []);
  const log: WebRequest[] = [];
  const open = new Set<Socket>();
  let accepted = 0;

  const record = (request: WebRequest) => {
    if (logSize === 0) return;
    if (log.length >= logSize) log.shift();
    log.push(request);
  };
  const serve = (socket: Socket) => {
    readRequest(socket, (request) => {
      record(request);
      respond(socket, answerFor(request));
    });
  };
  const server = options.tls === undefined ? createServer() : createSecureServer(options.tls);
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    if (onAccept !== undefined) breakOff(socket, onAccept);
    else if (insteadOfTls !== undefined) socket.once('data', () => misbehave(socket, insteadOfTls));
    else if (options.tls === undefined) serve(socket);
  });
  server.on('secureConnection', (socket: Socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.on('tlsClientError', () => {});
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address();
  return {
    address: host,
    port: typeof bound === 'object' && bound ? bound.port : port,
    requests: () => log.slice(),
    connections: () => accepted,
    openConnections: () => open.size,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function createSecureServer({ default: own, certificates = {}, alpn, maxVersion }: LabTls): Server {
  const contexts = new Map(
    Object.entries(certificates).map(([name, pair]) => [name, createSecureContext({ ...pair })]),
  );
  return createTlsServer({
    cert: own.cert,
    key: own.key,
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    SNICallback: (name, done) => done(null, contexts.get(name)),
  });
}

interface PreparedSite extends WebSite {
  readonly encoded: EncodedAnswer;
}

/** The first site that fits a request; answers are encoded once. */
function createSiteBook(sites: readonly WebSite[]): (request: WebRequest) => PreparedSite {
  const prepared = sites.map((site) => ({ ...site, encoded: encodeAnswer(site.answer) }));
  const nothing = { path: '*', answer: NOT_FOUND, encoded: encodeAnswer(NOT_FOUND) };
  return ({ host, path }) =>
    prepared.find(
      (site) => (site.host === undefined || site.host === host) && (site.path === '*' || site.path === path),
    ) ?? nothing;
}

function readRequest(socket: Socket, done: (request: WebRequest) => void): void {
  let text = '';
  const read = (piece: Buffer) => {
    text += piece.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end === -1 && text.length < MAX_REQUEST_OCTETS) return;
    socket.off('data', read);
    socket.resume();
    if (end === -1) socket.destroy();
    else done(parseRequest(text.slice(0, end)));
  };
  socket.on('data', read);
}

function parseRequest(text: string): WebRequest {
  const [requestLine = '', ...headers] = text.split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const hostField =
    headers
      .find((line) => /^host:/i.test(line))
      ?.slice(5)
      .trim() ?? '';
  return { method, path, host: hostField.replace(/:\d+$/, ''), headers };
}

function respond(socket: Socket, site: PreparedSite): void {
  const { answer } = site;
  const send = () => sendAnswer(socket, site);
  if (answer.delayMs === undefined) send();
  else setTimeout(send, answer.delayMs).unref();
}

function sendAnswer(socket: Socket, { answer, encoded }: PreparedSite): void {
  const { stop, endless, garbageOctets } = answer;
  if (garbageOctets !== undefined) {
    socket.end(randomBytes(garbageOctets));
    return;
  }
  if (endless !== undefined) {
    sendForever(socket, endless, encoded);
    return;
  }
  const octets =
    stop === undefined
      ? Buffer.concat([encoded.statusLine, encoded.headers, encoded.body])
      : upTo(encoded, stop.at);
  const finish = () => {
    if (stop === undefined) socket.end();
    else setTimeout(() => breakOff(socket, stop.how), PAUSE_MS).unref();
  };
  sendInPieces(socket, octets, answer, finish);
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

function sendInPieces(socket: Socket, octets: Buffer, answer: WebAnswer, finish: () => void): void {
  const { dripMs, packetOctets } = answer;
  const size = dripMs === undefined ? (packetOctets ?? octets.length) : 1;
  if (octets.length <= size && dripMs === undefined) {
    if (octets.length === 0) finish();
    else socket.write(octets, finish);
    return;
  }
  socket.setNoDelay(true);
  let at = 0;
  const next = () => {
    if (socket.destroyed) return;
    if (at >= octets.length) {
      finish();
      return;
    }
    socket.write(octets.subarray(at, at + size));
    at += size;
    if (dripMs === undefined) setImmediate(next);
    else setTimeout(next, dripMs).unref();
  };
  next();
}

/** Waits for the client to take what was sent, so that nothing piles up here. */
function sendForever(
  socket: Socket,
  endless: NonNullable<WebAnswer['endless']>,
  encoded: EncodedAnswer,
): void {
  const piece = ENDLESS_PIECES[endless];
  if (endless !== 'informational') socket.write(encoded.statusLine);
  if (endless === 'body' || endless === 'chunks') socket.write(encoded.headers);
  const pump = () => {
    while (!socket.destroyed) if (!socket.write(piece)) return;
  };
  socket.on('drain', pump);
  pump();
}

function breakOff(socket: Socket, how: 'reset' | 'close' | 'silence'): void {
  if (how === 'reset') {
    if ('encrypted' in socket) socket.destroy();
    else socket.resetAndDestroy();
    return;
  }
  if (how === 'close') socket.end();
  // Unread octets would keep a connection from ending that its client has left.
  socket.resume();
}

function misbehave(socket: Socket, how: TlsMisbehaviour): void {
  switch (how) {
    case 'garbage':
      socket.end(randomBytes(2_000));
      return;
    case 'drip': {
      const timer = setInterval(() => socket.write(Buffer.from([0x16])), DRIP_MS).unref();
      socket.on('close', () => clearInterval(timer));
      return;
    }
    default:
      breakOff(socket, how);
  }
}
