import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Longer than any server may take; a hung one must not hang the bench. */
const ANSWER_TIMEOUT_MS = 60_000;
const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';

/**
 * A keep-alive HTTP connection for one request at a time. It does next to nothing, so that the machine's time goes to the
 * server that is measured: `node:http` on the calling side costs a third of a check.
 */
export class HttpConnection {
  readonly #url: URL;
  #socket: Socket | null = null;
  #received: Buffer[] = [];
  #waiting: {
    readonly resolve: (answer: HttpAnswer) => void;
    readonly reject: (error: Error) => void;
  } | null = null;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Send a request as it goes on the wire; see {@link encodePost}. */
  async send(request: Buffer): Promise<HttpAnswer> {
    const socket = this.#socket ?? (await this.#open());
    return new Promise((resolve, reject) => {
      this.#received = [];
      this.#waiting = { resolve, reject };
      socket.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): Promise<Socket> {
    const { protocol, hostname, port } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, '');
    return new Promise((resolve, reject) => {
      const socket =
        protocol === 'https:'
          ? connectTls({ host, port: Number(port || 443), servername: host })
          : connectTcp({ host, port: Number(port || 80) });
      socket.setNoDelay(true);
      socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer in a minute')));
      socket.once('error', reject);
      socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        this.#socket = socket;
        resolve(socket);
      });
      socket.on('data', (chunk) => this.#receive(chunk));
      socket.on('error', (error) => this.#fail(error));
      socket.on('close', () => this.#fail(new Error('the server closed the connection')));
    });
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    const bytes = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const answer = readAnswer(bytes);
    if (answer === null) return;
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#received = [];
    if (answer.closes) this.close();
    waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#socket = null;
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}

/** A whole answer, or null while more is to come. */
function readAnswer(bytes: Buffer): (HttpAnswer & { readonly closes: boolean }) | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const body = readBody(bytes.subarray(headEnd + HEAD_END.length), head);
  if (body === null) return null;
  return { status: Number(head.slice(9, 12)), body, closes: /^connection: *close/im.test(head) };
}

function readBody(rest: Buffer, head: string): string | null {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined)
    return rest.length >= Number(length) ? rest.toString('utf8', 0, Number(length)) : null;
  if (!/^transfer-encoding: *chunked/im.test(head)) throw new Error('an answer of unknown length');
  const whole = rest.toString('latin1', Math.max(0, rest.length - LAST_CHUNK.length));
  return whole === LAST_CHUNK || rest.toString('latin1') === '0\r\n\r\n' ? joinChunks(rest) : null;
}

/** RFC 9112 section 7.1, without trailers. */
function joinChunks(bytes: Buffer): string {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(chunks).toString('utf8');
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

/** A POST of JSON as it goes on the wire. */
export function encodePost(url: string, body: unknown, apiKey: string | null): Buffer {
  const { host, pathname, search } = new URL(url);
  const json = JSON.stringify(body);
  const head = [
    `POST ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(json)}`,
    ...(apiKey === null ? [] : [`X-Api-Key: ${apiKey}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}${HEAD_END}${json}`);
}
