import { type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { TlsEvidence } from '../../domain/check/check-result.ts';
import type { HttpObservation, HttpResponse } from '../../domain/dcv/http/http-observation.ts';
import type { ConnectionFailure } from '../../domain/net/connection-failure.ts';
import type { HttpGet } from '../../ports/http-fetcher.ts';
import { codeOf, expired, failed } from './failure.ts';
import { type Body, type BodyReader, readBody, readContentCoding } from './http-body.ts';
import { findExpiry, onExpiry, type TimeLimit } from './time-limit.ts';

/** An open connection. This module owns it and destroys it however the exchange ends. */
export interface HttpConnection {
  readonly socket: Socket;
  readonly address: string;
  /** Null for plain HTTP. */
  readonly tls: TlsEvidence | null;
}

/** Limit for the status line and header fields of one response, final or informational. */
const MAX_HEADER_OCTETS = 16 * 1024;

/** RFC 9110 section 15.2 sets no limit; servers send one or two. */
const MAX_INFORMATIONAL = 8;

/**
 * Limit for all octets of a connection. Header fields, chunk framing and trailers add to the body; a body in chunks of
 * two octets takes about four times its size.
 */
const RAW_OCTETS_PER_BODY_OCTET = 4;
const RAW_OCTETS_BESIDES = 64 * 1024;

/** Node's parser codes for a response that is too long, not malformed. */
const TOO_LARGE = ['HPE_HEADER_OVERFLOW', 'HPE_CHUNK_EXTENSIONS_OVERFLOW'];
const BROKEN_OFF = ['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'];

const UNWRITABLE = 'the request has a character that HTTP does not allow; nothing was sent';
const NO_BODY: Body = { body: new Uint8Array(), bodyCut: false };

/** Send one GET request and read its one response (RFC 9112). */
export function exchangeOverHttp(
  connection: HttpConnection,
  request: HttpGet,
  limit: TimeLimit,
): Promise<HttpObservation> {
  const { socket, address } = connection;
  const refuse = (failure: ConnectionFailure) => {
    socket.destroy();
    return Promise.resolve({ ...failure, partial: null });
  };
  const expiry = findExpiry(limit);
  if (expiry !== null) return refuse(expired(expiry, address, 'the connection attempt'));
  if (socket.destroyed) return refuse(brokenOff(address));
  const client = tryRequest(socket, request);
  if (client === null) return refuse(failed('malformed', address, UNWRITABLE));
  return new Promise((resolve) => readResponse(client, connection, request, limit, resolve));
}

function readResponse(
  client: ClientRequest,
  connection: HttpConnection,
  { maxBodyBytes }: HttpGet,
  limit: TimeLimit,
  resolve: (observation: HttpObservation) => void,
): void {
  const { socket, address } = connection;
  let response: IncomingMessage | null = null;
  let body: BodyReader | null = null;

  const settle = (observation: HttpObservation) => {
    disarm();
    client.destroy();
    socket.destroy();
    resolve(observation);
  };
  const describe = (of: IncomingMessage) => describeResponse(of, connection, body?.take() ?? NO_BODY);
  const fail = (failure: ConnectionFailure) =>
    settle({ ...failure, partial: response && describe(response) });
  const failAs = (reason: 'malformed' | 'too-large', message: string) =>
    fail(failed(reason, address, message));
  const disarm = onExpiry(limit, (reason) => {
    const step = response === null ? 'the wait for a response' : 'the transfer of the body';
    fail(expired(reason, address, step));
  });

  // Ignore octets after the end of the response: whether the parser reports them depends on packet boundaries.
  const breakOff = (error: Error | null) => {
    if (!response?.complete) fail(error === null ? brokenOff(address) : exchangeFailure(error, address));
  };
  client.on('error', breakOff);
  client.on('close', () => breakOff(null));
  client.on('upgrade', () => failAs('malformed', 'the server switches protocols, which nobody asked for'));
  limitInformational(client, () => failAs('malformed', 'too many informational responses'));
  limitRawOctets(client, maxBodyBytes, () => {
    if (!response?.complete) failAs('too-large', 'the response has too much around its body');
  });
  client.on('response', (incoming) => {
    incoming.on('error', breakOff);
    const headProblem = findHeadProblem(incoming);
    if (headProblem !== null) return failAs('malformed', headProblem);
    response = incoming;
    const coding = readContentCoding(incoming.headers['content-encoding']);
    if (!coding.ok) return failAs('malformed', coding.message);
    body = readBody(incoming, coding.decode, maxBodyBytes, {
      done: () => settle({ status: 'answered', ...describe(incoming) }),
      undecodable: () => failAs('malformed', 'the content coding of the body cannot be undone'),
    });
  });
}

/**
 * Write the request. No `agent` option: with one, even `false`, Node would open its own connection. The limits are set
 * explicitly so that process options such as `--insecure-http-parser` have no effect.
 */
function tryRequest(socket: Socket, { scheme, host, port, path, headers }: HttpGet): ClientRequest | null {
  try {
    const client = openRequest({
      method: 'GET',
      path,
      headers: { host: hostField(scheme, host, port), ...withoutOurs(headers), ...OUR_HEADERS },
      setHost: false,
      createConnection: () => socket,
      insecureHTTPParser: false,
      maxHeaderSize: MAX_HEADER_OCTETS,
    });
    // `maxHeaderSize` limits the fields; a limit on their number would drop some without an error.
    client.maxHeadersCount = 0;
    client.end();
    return client;
  } catch {
    return null;
  }
}

const OUR_HEADERS = { 'accept-encoding': 'identity', connection: 'close' };
const NOT_THE_CALLERS = ['host', 'content-length', 'transfer-encoding', ...Object.keys(OUR_HEADERS)];

/** Drop framing fields, as the request has no body, and fields that this module sets itself. */
function withoutOurs(headers: HttpGet['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_THE_CALLERS.includes(name.toLowerCase())),
  );
}

/** RFC 9110 section 7.2: an IPv6 address in brackets; the port only if it is not the scheme's default. */
function hostField(scheme: HttpGet['scheme'], host: string, port: number): string {
  const written = host.includes(':') ? `[${host}]` : host;
  return port === (scheme === 'http' ? 80 : 443) ? written : `${written}:${port}`;
}

function limitInformational(client: ClientRequest, exceeded: () => void): void {
  let count = 0;
  client.on('information', () => {
    count += 1;
    if (count > MAX_INFORMATIONAL) exceeded();
  });
}

function limitRawOctets(client: ClientRequest, maxBodyBytes: number, exceeded: () => void): void {
  let left = RAW_OCTETS_BESIDES + RAW_OCTETS_PER_BODY_OCTET * maxBodyBytes;
  // Node's parser is attached before this event, so this listener takes no octets from it.
  client.once('socket', (socket) => {
    socket.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) exceeded();
    });
  });
}

/** Find what Node's parser accepts although HTTP/1.1 does not allow it; null if nothing. */
function findHeadProblem({ httpVersion, statusCode = 0, headers }: IncomingMessage): string | null {
  if (httpVersion !== '1.0' && httpVersion !== '1.1') return 'the response is not HTTP/1.0 or HTTP/1.1';
  if (statusCode < 200 || statusCode > 599) return `there is no HTTP status ${statusCode}`;
  const transferCoding = headers['transfer-encoding']?.trim().toLowerCase();
  return transferCoding === undefined || transferCoding === 'chunked'
    ? null
    : 'the response has a transfer coding other than chunked';
}

function describeResponse(
  { statusCode = 0, headers, rawHeaders }: IncomingMessage,
  { address, tls }: HttpConnection,
  body: Body,
): HttpResponse {
  const locations = rawHeaders.filter(
    (_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'location',
  );
  return { statusCode, address, locations, contentType: headers['content-type'] ?? null, ...body, tls };
}

function exchangeFailure(error: Error, address: string): ConnectionFailure {
  const code = codeOf(error);
  if (BROKEN_OFF.includes(code)) return brokenOff(address);
  if (TOO_LARGE.includes(code))
    return failed('too-large', address, `header fields or chunk extensions are too long (${code})`);
  if (code.startsWith('HPE_')) return failed('malformed', address, `the response is not HTTP (${code})`);
  if (code.startsWith('ERR_SSL_')) return failed('tls', address, `the TLS connection failed (${code})`);
  return failed('closed', address, `the connection failed (${code})`);
}

function brokenOff(address: string): ConnectionFailure {
  return failed('closed', address, 'the server closed the connection before its response was complete');
}
