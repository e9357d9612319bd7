import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { readRequest, type WebRequest } from './web-request.ts';
import { type EncodedAnswer, encodeAnswer, type WebAnswer, type WebSite } from './web-script.ts';
import { breakOff, later, sendAnswer, type WebExit } from './web-send.ts';
import { createTlsAcceptor, type LabTls } from './web-tls.ts';

/** What a server does instead of a TLS handshake. */
export type TlsMisbehaviour = 'garbage' | 'silence' | 'close' | 'reset' | 'drip';

export interface WebServerOptions {
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  /** The first that fits a request answers it; none does: 404. */
  readonly sites?: readonly WebSite[];
  readonly tls?: LabTls;
  /** In place of everything else, once a connection is accepted and its first octets are there. */
  readonly insteadOfTls?: TlsMisbehaviour;
  /** What happens to a connection at once, before anything is read. */
  readonly onAccept?: WebExit;
  /** How many requests to remember, the newest; 0 for none. Default 1,000. */
  readonly logSize?: number;
}

export interface WebServer {
  readonly address: string;
  readonly port: number;
  /** Requests received, oldest first. */
  requests(): readonly WebRequest[];
  /** Connections accepted so far. */
  connections(): number;
  openConnections(): number;
  /** Octets written that no client has taken yet, those in the buffers of the system aside. */
  unsentOctets(): number;
  /** Answer otherwise from the next request on. */
  setSites(sites: readonly WebSite[]): void;
  close(): Promise<void>;
}

const DEFAULT_LOG_SIZE = 1_000;
const NOT_FOUND: WebAnswer = { status: 404, body: 'there is nothing here\n' };
const GARBAGE_OCTETS = 2_000;
const DRIP_MS = 50;
/** First octet of a TLS record of a handshake (RFC 8446 section 5.1). */
const HANDSHAKE = Buffer.from([0x16]);

/**
 * A web server on loopback for tests, the demo and benchmarks, on raw sockets, so that it can misbehave at every octet. One
 * request per connection.
 *
 * @throws Error when it cannot listen, or a certificate cannot be used.
 */
export async function startWebServer(options: WebServerOptions = {}): Promise<WebServer> {
  const { host = '127.0.0.1', port = 0, onAccept, insteadOfTls } = options;
  const log = createRequestLog(options.logSize ?? DEFAULT_LOG_SIZE);
  /** As accepted, below TLS. */
  const open = new Set<Socket>();
  const served = new Set<Socket>();
  let answerFor = createSiteBook(options.sites ?? []);
  let accepted = 0;

  const serve = (socket: Socket) => {
    served.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => served.delete(socket));
    readRequest(socket, describeTls(socket), (request) => {
      log.record(request);
      const { answer, encoded } = answerFor(request);
      const send = () =>
        sendAnswer(socket, answer, encoded, () => findBelow(open, socket)?.resetAndDestroy());
      if (answer.delayMs === undefined) send();
      else later(socket, answer.delayMs, send);
    });
  };
  const tls = options.tls && createTlsAcceptor(options.tls, serve);
  const server = createServer({ noDelay: true }, (socket) => {
    accepted += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    if (onAccept !== undefined) breakOff(socket, onAccept, () => socket.resetAndDestroy());
    else if (insteadOfTls !== undefined) socket.once('data', () => misbehave(socket, insteadOfTls));
    else if (tls !== undefined) tls.emit('connection', socket);
    else serve(socket);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address();
  return {
    address: host,
    port: typeof bound === 'object' && bound ? bound.port : port,
    requests: log.list,
    connections: () => accepted,
    openConnections: () => open.size,
    unsentOctets: () => [...served].reduce((sum, { writableLength }) => sum + writableLength, 0),
    setSites(sites) {
      answerFor = createSiteBook(sites);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of [...served, ...open]) socket.destroy();
      await closed;
    },
  };
}

function createRequestLog(size: number) {
  const log: WebRequest[] = [];
  return {
    list: () => log.slice(),
    record(request: WebRequest) {
      if (size === 0) return;
      if (log.length >= size) log.shift();
      log.push(request);
    },
  };
}

interface PreparedSite extends WebSite {
  readonly encoded: EncodedAnswer;
}

/** The first site that fits a request; answers are encoded once. */
function createSiteBook(sites: readonly WebSite[]): (request: WebRequest) => PreparedSite {
  const prepare = (site: WebSite) => ({ ...site, encoded: encodeAnswer(site.answer) });
  const prepared = sites.map(prepare);
  const nothing = prepare({ path: '*', answer: NOT_FOUND });
  return ({ host, path }) =>
    prepared.find(
      (site) => (site.host === undefined || site.host === host) && (site.path === '*' || site.path === path),
    ) ?? nothing;
}

function describeTls(socket: Socket): WebRequest['tls'] {
  if (!(socket instanceof TLSSocket)) return null;
  // `servername` is missing from the types; what a client does not send is false.
  const { alpnProtocol, servername } = socket as TLSSocket & { readonly servername?: string | false | null };
  return { serverName: servername || null, alpn: alpnProtocol || null };
}

/** The connection as accepted that carries `socket`: only there a reset is possible. */
function findBelow(open: ReadonlySet<Socket>, socket: Socket): Socket | undefined {
  if (open.has(socket)) return socket;
  return [...open].find(
    ({ remoteAddress, remotePort }) =>
      remoteAddress === socket.remoteAddress && remotePort === socket.remotePort,
  );
}

function misbehave(socket: Socket, how: TlsMisbehaviour): void {
  switch (how) {
    case 'garbage':
      socket.end(randomBytes(GARBAGE_OCTETS));
      return;
    case 'drip': {
      const drip = () => {
        socket.write(HANDSHAKE);
        later(socket, DRIP_MS, drip);
      };
      drip();
      return;
    }
    default:
      breakOff(socket, how, () => socket.resetAndDestroy());
  }
}
