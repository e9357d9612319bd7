import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { encodeReply, type LabQuestion, readLabQuestion, udpLimit } from './lab-message.ts';
import { createWay, type LabPath } from './lab-path.ts';
import { createScriptBook, type LabScript, scriptRcode, spoilReply, type Transport } from './lab-script.ts';
import { createLabTcpServer } from './lab-tcp.ts';
import { buildZone, type LabRecord, type Zone } from './zone.ts';
import { answerFromZone } from './zone-answer.ts';

/** What one server knows and how it behaves. */
export interface LabView {
  readonly records: readonly LabRecord[];
  /** The first that fits a question applies. */
  readonly scripts?: readonly LabScript[];
}

export interface LabServerOptions extends LabView {
  readonly host?: `127.${string}` | '::1';
  /** 0: any free port, the same for UDP and TCP. */
  readonly port?: number;
  /** How many queries to remember, the newest; 0 for none. Default 10,000. */
  readonly logSize?: number;
  /** What datagrams go through on their way to the server and back. */
  readonly path?: LabPath;
  /** Receive buffer for datagrams, octets; the kernel grants at most its own limit. Default 4 MiB. */
  readonly receiveBufferBytes?: number;
}

export interface LabQuery {
  /** Lower-case labels joined by dots, as the client sent them otherwise. */
  readonly name: string;
  readonly type: number;
  readonly transport: Transport;
}

export interface LabServer {
  readonly address: string;
  readonly port: number;
  /** Queries received, oldest first. */
  queries(): readonly LabQuery[];
  /** Know and behave otherwise from the next query on. */
  setView(view: LabView): void;
  close(): Promise<void>;
}

const DEFAULT_LOG_SIZE = 10_000;
const MAX_CACHED_ANSWERS = 50_000;
const PORT_ATTEMPTS = 10;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * A DNS server on loopback for tests, the demo and benchmarks. It answers as a recursive server would whose whole world
 * is its records, and misbehaves by script. Answers that no script touches are encoded once and kept.
 */
export async function startDnsServer(options: LabServerOptions): Promise<LabServer> {
  const { host = '127.0.0.1', logSize = DEFAULT_LOG_SIZE, path = {} } = options;
  const responder = createResponder(logSize);
  responder.setView(options);
  const udp = createSocket({
    type: host === '::1' ? 'udp6' : 'udp4',
    // Clients are known by address: a lookup for each packet would cost more than the answer.
    lookup: (address, _options, done) => done(null, address, host === '::1' ? 6 : 4),
  });
  const tcp = createLabTcpServer((query) => {
    const { messages, script } = responder.respond(query, 'tcp');
    return { messages, delayMs: script?.delayMs ?? 0, behaviour: script?.tcp };
  });
  const way = createWay(path);
  const respond = (query: Buffer, client: RemoteInfo) => {
    const { messages, script } = responder.respond(query, 'udp');
    const send = () => {
      for (const message of messages) way(() => sendTo(udp, message, client));
    };
    if (script?.delayMs) setTimeout(send, script.delayMs).unref();
    else send();
  };
  udp.on('message', (query, client) => way(() => respond(query, client)));
  const port = await listenOnBoth(udp, tcp.server, host, options.port ?? 0);
  udp.on('error', () => {});
  widenReceiveBuffer(udp, options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES);
  return {
    address: host,
    port,
    queries: responder.queries,
    setView: responder.setView,
    async close() {
      tcp.destroyConnections();
      const closed = [once(udp, 'close'), once(tcp.server, 'close')];
      udp.close();
      tcp.server.close();
      await Promise.all(closed);
    },
  };
}

/** A query lost to a full buffer would cost its client a timeout. The kernel grants at most its own limit. */
function widenReceiveBuffer(udp: Socket, bytes: number): void {
  try {
    udp.setRecvBufferSize(bytes);
  } catch {
    // Some systems refuse what is above their limit; the default size then has to do.
  }
}

function sendTo(udp: Socket, message: Buffer, { port, address }: RemoteInfo): void {
  try {
    udp.send(message, port, address);
  } catch {
    // Closed while an answer was being delayed: nobody waits for it.
  }
}

/** UDP picks the port; should TCP find it taken, both try another. */
async function listenOnBoth(
  udp: Socket,
  tcp: ReturnType<typeof createLabTcpServer>['server'],
  host: string,
  wanted: number,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    tcp.listen(wanted, host);
    await once(tcp, 'listening');
    const bound = tcp.address();
    const port = typeof bound === 'object' && bound ? bound.port : wanted;
    try {
      // The address needs no lookup, so the event comes while `bind` still runs.
      const listening = once(udp, 'listening');
      udp.bind(port, host);
      await listening;
      return port;
    } catch (error) {
      tcp.close();
      await once(tcp, 'close');
      if (wanted !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

interface Response {
  readonly messages: readonly Buffer[];
  readonly script: LabScript | null;
}

function createResponder(logSize: number) {
  let zone: Zone = buildZone([]);
  let scriptFor = createScriptBook([]);
  // Only what no script touches: scripts run out but never begin to apply, so such an answer stays right.
  const cached = new Map<string, { readonly answer: Buffer; readonly entry: LabQuery }>();
  const log: LabQuery[] = [];

  const record = (entry: LabQuery) => {
    if (logSize === 0) return;
    if (log.length >= logSize) log.shift();
    log.push(entry);
  };

  const answerAfresh = (
    query: Buffer,
    transport: Transport,
  ): Response & { readonly entry: LabQuery | null } => {
    const question = readLabQuestion(query);
    if (!question) return { messages: [], script: null, entry: null };
    const script = scriptFor(question);
    const answer = buildAnswer(zone, query, question, transport, script);
    const entry = { name: question.name.join('.'), type: question.type, transport };
    return { messages: script ? spoilReply(answer, query, transport, script) : [answer], script, entry };
  };

  return {
    queries: () => log.slice(),
    setView({ records, scripts = [] }: LabView) {
      zone = buildZone(records);
      scriptFor = createScriptBook(scripts);
      cached.clear();
    },
    respond(query: Buffer, transport: Transport): Response {
      const key = `${transport}${query.toString('latin1', 2)}`;
      const hit = cached.get(key);
      if (hit) {
        record(hit.entry);
        const answer = Buffer.from(hit.answer);
        query.copy(answer, 0, 0, 2);
        return { messages: [answer], script: null };
      }
      const { entry, ...response } = answerAfresh(query, transport);
      if (!entry) return response;
      record(entry);
      const [answer] = response.messages;
      if (!response.script && answer) {
        if (cached.size >= MAX_CACHED_ANSWERS) cached.clear();
        cached.set(key, { answer, entry });
      }
      return response;
    },
  };
}

function buildAnswer(
  zone: Zone,
  query: Buffer,
  question: LabQuestion,
  transport: Transport,
  script: LabScript | null,
): Buffer {
  const common = { authenticated: script?.ad ?? false, extendedErrors: script?.extendedErrors ?? [] };
  const rcode = scriptRcode(script?.rcode);
  const found =
    rcode === null
      ? answerFromZone(zone, question.name, question.type, script?.maxLinks)
      : { rcode, answers: [], authority: [] };
  const authority = script?.withoutSoa ? [] : found.authority;
  const whole = encodeReply(query, question, { ...found, ...common, authority });
  const cut = transport === 'udp' && (script?.truncate || whole.length > udpLimit(question));
  if (!cut) return whole;
  return encodeReply(query, question, {
    ...common,
    rcode: found.rcode,
    answers: [],
    authority: [],
    truncated: true,
  });
}
