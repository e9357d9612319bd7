import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

/** Points of an exchange at which a server can break off. */
export type WebPoint = 'request' | 'status' | 'headers' | 'body';

/**
 * What a web server of the lab answers, and how it misbehaves. Plain data, so that it can go to another process as JSON.
 * Members combine where that makes sense: a redirect in packets of one octet, a body with a lying length.
 */
export interface WebAnswer {
  /** Default 200, and 302 with `redirectTo`. */
  readonly status?: number;
  /** In place of the reason that belongs to the status. */
  readonly reason?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** In place of `body`, for octets that are no UTF-8. */
  readonly bodyBase64?: string;
  /** Value of `Location`. */
  readonly redirectTo?: string;
  readonly contentCoding?: 'gzip' | 'deflate' | 'br';
  /** The body is so many zeros, compressed by `contentCoding`. */
  readonly bombOctets?: number;
  readonly chunked?: boolean;
  /** Behind the size of each chunk, for instance `;name=value` (RFC 9112 section 7.1.1). */
  readonly chunkExtension?: string;
  /** Fields after the last chunk (RFC 9112 section 7.1.2). */
  readonly trailers?: readonly (readonly [name: string, value: string])[];
  /** What `Content-Length` says, whatever comes. */
  readonly contentLength?: number;
  /** No `Content-Length`: the end of the connection ends the body. */
  readonly untilClose?: boolean;
  /** In place of the status line. */
  readonly statusLine?: string;
  /** Neither status line nor header, as before HTTP/1.0: the body alone. */
  readonly http09?: boolean;
  /** So many header fields that mean nothing. */
  readonly headerCount?: number;
  readonly delayMs?: number;
  /** Send the response in packets of so many octets. */
  readonly packetOctets?: number;
  /** Send one packet, of one octet unless `packetOctets` says otherwise, each time so many milliseconds have passed. */
  readonly dripMs?: number;
  /** Never end: octets of the body, header fields, 1xx responses, or chunks. With `dripMs`, slowly. */
  readonly endless?: 'body' | 'headers' | 'informational' | 'chunks';
  /** Break off at a point: with a reset, an orderly close, or silence. */
  readonly stop?: { readonly at: WebPoint; readonly how: 'reset' | 'close' | 'silence' };
  /** So many octets that are no HTTP, in place of a response. */
  readonly garbageOctets?: number;
}

export interface WebSite {
  /** Host of the request, without port; left out: any. */
  readonly host?: string;
  /** Path with query; `*`: any. */
  readonly path: string;
  readonly answer: WebAnswer;
}

const COMPRESSORS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;
const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 302: 'Found', 404: 'Not Found' };

/** The parts of a response, as they go out. */
export interface EncodedAnswer {
  readonly statusLine: Buffer;
  /** Header fields and the empty line after them. */
  readonly headers: Buffer;
  readonly body: Buffer;
  /** All of it, so that nothing has to be put together for each request. */
  readonly whole: Buffer;
}

/** The octets of an answer, misbehaviour in time aside. */
export function encodeAnswer(answer: WebAnswer): EncodedAnswer {
  const body = encodeBody(answer);
  const statusLine = answer.http09 ? Buffer.alloc(0) : encodeStatusLine(answer);
  const headers = answer.http09 ? Buffer.alloc(0) : encodeHeaders(answer, body);
  const framed = answer.chunked && !answer.http09 ? chunk(body, answer) : body;
  return { statusLine, headers, body: framed, whole: Buffer.concat([statusLine, headers, framed]) };
}

function encodeStatusLine(answer: WebAnswer): Buffer {
  const status = answer.status ?? (answer.redirectTo === undefined ? 200 : 302);
  const line = answer.statusLine ?? `HTTP/1.1 ${status} ${answer.reason ?? REASONS[status] ?? 'Lab'}`;
  return Buffer.from(`${line}\r\n`, 'latin1');
}

function encodeHeaders(answer: WebAnswer, body: Buffer): Buffer {
  const fields = [
    ...(answer.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    ...(answer.redirectTo === undefined ? [] : [`Location: ${answer.redirectTo}`]),
    ...(answer.contentCoding === undefined ? [] : [`Content-Encoding: ${answer.contentCoding}`]),
    ...Array.from({ length: answer.headerCount ?? 0 }, (_, index) => `X-Junk-${index}: junk`),
    ...framing(answer, body),
    'Connection: close',
  ];
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n`, 'latin1');
}

function encodeBody(answer: WebAnswer): Buffer {
  const { contentCoding } = answer;
  return contentCoding === undefined ? plainBody(answer) : COMPRESSORS[contentCoding](plainBody(answer));
}

function plainBody({ body = '', bodyBase64, bombOctets }: WebAnswer): Buffer {
  if (bombOctets !== undefined) return Buffer.alloc(bombOctets);
  return bodyBase64 === undefined ? Buffer.from(body, 'utf8') : Buffer.from(bodyBase64, 'base64');
}

function framing(
  { chunked, contentLength, untilClose, endless }: WebAnswer,
  body: Buffer,
): readonly string[] {
  if (contentLength !== undefined) return [`Content-Length: ${contentLength}`];
  if (chunked || endless === 'chunks') return ['Transfer-Encoding: chunked'];
  return untilClose || endless === 'body' ? [] : [`Content-Length: ${body.length}`];
}

/** One chunk, none for an empty body: a chunk without octets is the last one. */
function chunk(body: Buffer, { chunkExtension = '', trailers = [] }: WebAnswer): Buffer {
  const first = body.length === 0 ? [] : [`${body.length.toString(16)}${chunkExtension}\r\n`, body, '\r\n'];
  const last = [
    `0${chunkExtension}\r\n`,
    ...trailers.map(([name, value]) => `${name}: ${value}\r\n`),
    '\r\n',
  ];
  return Buffer.concat(
    [...first, ...last].map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
}

/** What an endless answer repeats, in pieces large enough to keep a client busy. */
export const ENDLESS_PIECES: Readonly<Record<NonNullable<WebAnswer['endless']>, Buffer>> = {
  body: Buffer.alloc(16 * 1024, 'x'),
  headers: Buffer.from('X-Endless: junk\r\n'.repeat(500)),
  informational: Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(100)),
  chunks: Buffer.from('1\r\nx\r\n'.repeat(1_000)),
};
