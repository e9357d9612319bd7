import { createServer, type IncomingMessage } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '../lab/emulators/loopback-server.ts';

export interface StoredObject {
  readonly path: string;
  readonly body: string;
}

/** The part of S3 that the audit trail uses: objects that are put once. */
export interface ObjectStore extends LoopbackServer {
  readonly objects: readonly StoredObject[];
  /** Respond to every put with this status from now on; null accepts puts again. */
  refuse(status: number | null): void;
}

/** The error response to a rejected put, by status. */
const REFUSALS: Readonly<Record<number, string>> = {
  405: 'MethodNotAllowed',
  412: 'PreconditionFailed',
  501: 'NotImplemented',
};

/** Start an object store that supports `If-None-Match: *`, as S3 does, and no other condition. */
export async function startObjectStore(): Promise<ObjectStore> {
  const objects: StoredObject[] = [];
  let refusal: number | null = null;
  function judge(path: string, { method, headers }: IncomingMessage): number {
    if (refusal !== null) return refusal;
    if (method !== 'PUT') return 405;
    const condition = headers['if-none-match'];
    if ((condition ?? '*') !== '*' || headers['if-match'] !== undefined) return 501;
    return condition !== undefined && objects.some((object) => object.path === path) ? 412 : 200;
  }
  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    const [path = ''] = (request.url ?? '').split('?');
    // Synchronous from here on: of two concurrent puts the second sees the first.
    const status = judge(path, request);
    if (status === 200) objects.push({ path, body: decodeChunks(request, body) });
    response.writeHead(status, { 'content-type': 'application/xml' });
    const code = REFUSALS[status] ?? `Refused${status}`;
    response.end(status === 200 ? '' : `<Error><Code>${code}</Code><Message>refused</Message></Error>`);
  });
  const listening = await listenOnLoopback(server);
  return {
    ...listening,
    objects,
    refuse(status) {
      refusal = status;
    },
  };
}

/** Start a Secrets Manager with one secret. */
export async function startSecretStore(id: string, secret: string): Promise<LoopbackServer> {
  const server = createServer(async (request, response) => {
    const { SecretId } = JSON.parse(await readAll(request)) as { SecretId?: string };
    const isKnown = SecretId === id && request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    response.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify(isKnown ? { Name: id, SecretString: secret } : { __type: 'ResourceNotFoundException' }),
    );
  });
  return listenOnLoopback(server);
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

/**
 * The SDK may send a body in signed chunks: each with its size in hexadecimal before its octets, and a checksum at the
 * end.
 */
function decodeChunks(request: IncomingMessage, body: string): string {
  if (!String(request.headers['content-encoding'] ?? '').includes('aws-chunked')) return body;
  let text = '';
  let rest = Buffer.from(body, 'utf8');
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.subarray(0, line).toString('latin1'), 16);
    if (!(size > 0)) return text;
    text += rest.subarray(line + 2, line + 2 + size).toString('utf8');
    rest = rest.subarray(line + 2 + size + 2);
  }
}
