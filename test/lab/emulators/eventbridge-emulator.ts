import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { type LoopbackServer, listenOnLoopback } from './loopback-server.ts';

/** An event that was accepted. */
export interface AcceptedEvent {
  readonly id: string;
  readonly busName: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
}

export interface EventBridgeEmulator extends LoopbackServer {
  /** Refuse all entries with this error code from now on, as a throttled bus does; null: accept them again. */
  refuseEntries(errorCode: string | null): void;
}

interface EntryOutcome {
  readonly EventId?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

const MAX_EVENTS_KEPT = 1000;
const MAX_ENTRIES = 10;
const MAX_ENTRY_BYTES = 256 * 1024;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const entrySchema = z.object({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  /** Unix seconds. */
  Time: z.number().optional(),
});
const requestSchema = z.object({ Entries: z.array(entrySchema).min(1).max(MAX_ENTRIES) });
type Entry = z.infer<typeof entrySchema>;

/**
 * Start an endpoint that takes `PutEvents` (AWS JSON 1.1) and nothing else of EventBridge. It checks entries as the
 * service does, keeps the latest accepted events in memory and shows them at `GET /events`.
 */
export async function startEventBridgeEmulator(): Promise<EventBridgeEmulator> {
  const events: AcceptedEvent[] = [];
  let refusal: string | null = null;

  function accept(entry: Entry): EntryOutcome {
    if (refusal !== null) return { ErrorCode: refusal, ErrorMessage: 'The entry was refused.' };
    const judged = judgeEntry(entry);
    if ('ErrorCode' in judged) return judged;
    events.push(judged);
    if (events.length > MAX_EVENTS_KEPT) events.shift();
    return { EventId: judged.id };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET' && request.url === '/events') return send(response, 200, { events });
    if (request.method === 'GET' && request.url === '/ping')
      return send(response, 200, { status: 'healthy' });
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') {
      return send(response, 400, { __type: 'UnknownOperationException' });
    }
    const body = await readBody(request);
    if (body === null) return send(response, 413, { __type: 'RequestEntityTooLargeException' });
    const parsed = parseRequest(body);
    if (typeof parsed === 'string')
      return send(response, 400, { __type: 'ValidationException', message: parsed });
    const outcomes = parsed.map(accept);
    const FailedEntryCount = outcomes.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
    return send(response, 200, { FailedEntryCount, Entries: outcomes });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const listening = await listenOnLoopback(server);
  return {
    ...listening,
    refuseEntries(errorCode) {
      refusal = errorCode;
    },
  };
}

/** The entries of a request, or what is wrong with the request as a whole. */
function parseRequest(body: string): readonly Entry[] | string {
  const parsed = requestSchema.safeParse(parseJson(body));
  if (!parsed.success) return z.prettifyError(parsed.error);
  const bytes = parsed.data.Entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  return bytes > MAX_ENTRY_BYTES
    ? 'Total size of the entries in the request is over the limit.'
    : parsed.data.Entries;
}

function judgeEntry({
  Source,
  DetailType,
  Detail,
  EventBusName,
}: Entry): AcceptedEvent | (EntryOutcome & { ErrorCode: string }) {
  if (!Source) return missing('Source');
  if (!DetailType) return missing('DetailType');
  if (!Detail) return missing('Detail');
  const detail = parseJson(Detail);
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  }
  return {
    id: randomUUID(),
    busName: EventBusName ?? 'default',
    source: Source,
    detailType: DetailType,
    detail,
  };
}

function missing(name: string) {
  return {
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  };
}

/** Size as the service counts it: a time is 14 bytes, whatever it is. */
function entryBytes({ Source = '', DetailType = '', Detail = '', Resources = [], Time }: Entry): number {
  return Buffer.byteLength(Source + DetailType + Detail + Resources.join('')) + (Time === undefined ? 0 : 14);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The body as text, or null when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}
