import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { answerFrom, zoneFor } from './authority.ts';
import { nameOf, toWire } from './names.ts';
import { type Rr, uint16, uint32 } from './records.ts';
import type { Question, Reply, Zone } from './zone.ts';

const PORT = 53;
const OPT = 41;
const FLAGS = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100 } as const;
const REFUSED = 5;
const MAX_UDP = 1232;

interface Query extends Question {
  readonly id: number;
  readonly flags: number;
  /** The octets of the question section, returned unchanged. */
  readonly question: Buffer;
  readonly hasEdns: boolean;
}

/** Deviating behaviour of a server. */
export interface Conduct {
  /** Called before a query is answered; null answers normally. */
  before?: (question: Question) => 'refuse' | 'silent' | null;
  /** Delay between reading the zone and sending the answer, milliseconds. */
  delayMs?: number;
}

/** One authoritative server on port 53 of a loopback address. */
export interface CraftedServer {
  readonly conduct: Conduct;
  /** Received queries, oldest first. */
  readonly asked: readonly Question[];
  /** Stop listening: the kernel then reports the port as unreachable. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startCraftedServer(address: string, zones: readonly Zone[]): Promise<CraftedServer> {
  const conduct: Conduct = {};
  const asked: Question[] = [];
  let running: { readonly udp: Socket; readonly tcp: Server; readonly connections: Set<TcpSocket> } | null =
    null;

  const respond = (octets: Buffer, overTcp: boolean, send: (reply: Buffer) => void) => {
    const query = readQuery(octets);
    if (query === null) return;
    asked.push({ name: query.name, type: query.type });
    const act = conduct.before?.(query) ?? null;
    if (act === 'silent') return;
    const reply = act === 'refuse' ? null : reflect(zones, query);
    if (reply === 'silent') return;
    const encoded = encode(query, reply ?? { rcode: REFUSED, answer: [], authority: [] }, overTcp);
    if (conduct.delayMs) setTimeout(() => send(encoded), conduct.delayMs);
    else send(encoded);
  };

  const start = async () => {
    if (running !== null) return;
    const udp = createSocket('udp4');
    udp.on('message', (octets, sender) =>
      respond(octets, false, (reply) => {
        if (running?.udp === udp) udp.send(reply, sender.port, sender.address);
      }),
    );
    const connections = new Set<TcpSocket>();
    const tcp = createServer((socket) => {
      connections.add(socket);
      socket.on('error', () => {}).on('close', () => connections.delete(socket));
      let received = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        const length = received.length < 2 ? Number.POSITIVE_INFINITY : 2 + received.readUInt16BE(0);
        if (received.length < length) return;
        const octets = received.subarray(2, length);
        received = received.subarray(length);
        respond(octets, true, (reply) => socket.write(Buffer.concat([uint16(reply.length), reply])));
      });
    });
    udp.bind(PORT, address);
    tcp.listen(PORT, address);
    await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
    running = { udp, tcp, connections };
  };
  await start();
  return {
    conduct,
    asked,
    start,
    async stop() {
      if (running === null) return;
      const { udp, tcp, connections } = running;
      running = null;
      const closed = [once(udp, 'close'), once(tcp, 'close')];
      for (const socket of connections) socket.destroy();
      udp.close();
      tcp.close();
      await Promise.all(closed);
    },
  };
}

function reflect(zones: readonly Zone[], question: Question): Reply | 'silent' | null {
  const zone = zoneFor(zones, question);
  if (zone === null) return null;
  const reply = answerFrom(zone, question);
  const { tamper } = zone.spec;
  return tamper === undefined ? reply : (tamper(reply, question, zone) ?? 'silent');
}

function readQuery(octets: Buffer): Query | null {
  if (octets.length < 17) return null;
  const labels: string[] = [];
  let at = 12;
  for (let length = octets[at] ?? 0; length > 0; length = octets[at] ?? 0) {
    labels.push(octets.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  const end = at + 5;
  if (end > octets.length) return null;
  return {
    id: octets.readUInt16BE(0),
    flags: octets.readUInt16BE(2),
    name: nameOf(labels),
    type: octets.readUInt16BE(at + 1),
    question: octets.subarray(12, end),
    hasEdns: octets.readUInt16BE(10) > 0,
  };
}

function encode(query: Query, reply: Reply, overTcp: boolean): Buffer {
  const whole = encodeSections(query, { ...reply, truncated: false });
  const isCut = reply.truncated || whole.length > MAX_UDP;
  if (overTcp || !isCut) return whole;
  return encodeSections(query, { rcode: reply.rcode, answer: [], authority: [], truncated: true });
}

function encodeSections(query: Query, reply: Reply): Buffer {
  const { answer, authority, additional = [], rcode, truncated, referral } = reply;
  const marks = (referral ? 0 : FLAGS.AA) | (truncated ? FLAGS.TC : 0);
  const flags = FLAGS.QR | (query.flags & FLAGS.RD) | marks | rcode;
  const counts = [1, answer.length, authority.length, additional.length + (query.hasEdns ? 1 : 0)];
  return Buffer.concat([
    uint16(query.id),
    uint16(flags),
    ...counts.map(uint16),
    query.question,
    ...[...answer, ...authority, ...additional].map(encodeRecord),
    ...(query.hasEdns ? [encodeOpt()] : []),
  ]);
}

function encodeRecord({ owner, type, ttl, rdata }: Rr): Buffer {
  return Buffer.concat([toWire(owner), uint16(type), uint16(1), uint32(ttl), uint16(rdata.length), rdata]);
}

/** Root owner, UDP size, no extended code, DO. */
function encodeOpt(): Buffer {
  return Buffer.concat([Buffer.from([0]), uint16(OPT), uint16(MAX_UDP), uint32(0x8000), uint16(0)]);
}
