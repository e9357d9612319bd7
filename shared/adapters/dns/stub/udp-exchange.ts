import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { EncodedQuery } from '../message/query.ts';
import { type Exchange, failed, judgeResponse, networkFailure } from './exchange.ts';
import { isIpv6Server, type ServerAddress } from './server-address.ts';

/** Limit for packets that answer no open query; more indicate that a forger is guessing ids. */
const MAX_IGNORED_PACKETS = 16;

type LookupCallback = (error: null, address: string, family: number) => void;

/**
 * Returns the address unchanged, as servers are given by address; otherwise each bind and connect would use the thread
 * pool.
 */
const keepAddress = {
  udp4: (address: string, _options: unknown, done: LookupCallback) => done(null, address, 4),
  udp6: (address: string, _options: unknown, done: LookupCallback) => done(null, address, 6),
};

export type UdpExchange = Exchange | { readonly status: 'cut' };

/** @param isAnswer whether the outcome comes from a response of the server, not from a failed socket. */
export type Settle = (outcome: UdpExchange, isAnswer: boolean) => void;

interface OpenTry {
  readonly query: EncodedQuery;
  readonly settle: Settle;
}

/**
 * A socket with a new port for the queries of one check to one server. Closes after the last open query or, if it is
 * kept, when it is abandoned.
 *
 * A forger has to guess the port and the id (RFC 5452 section 9.2), again for every check. Queries open at the same
 * time have different questions and random ids, and a response must match both: a forged packet has no better chance
 * than with a socket per query. The socket is connected, so that the kernel drops packets of other senders.
 */
export class UdpSocket {
  readonly #server: ServerAddress;
  readonly #isKept: boolean;
  readonly #open = new Set<OpenTry>();
  #socket: Socket | null = null;
  #connected = false;
  #closed = false;
  #ignored = 0;

  /** @param isKept keeps the socket open between queries; the caller then has to abandon it. */
  constructor(server: ServerAddress, isKept = false) {
    this.#server = server;
    this.#isKept = isKept;
  }

  /** Whether queries to `server` can still use this socket. */
  takes(server: ServerAddress): boolean {
    return !this.#closed && server.address === this.#server.address && server.port === this.#server.port;
  }

  /**
   * Send `query` and call `settle` once: with its response, with `cut` if it has to be repeated over TCP, or with a
   * failure of the socket. The returned function drops the query without a call.
   */
  open(query: EncodedQuery, settle: Settle): () => void {
    const open: OpenTry = { query, settle };
    this.#open.add(open);
    this.#send(open);
    return () => this.#drop(open);
  }

  /** Send `query` once and wait for its response or for `cut`. */
  exchange(query: EncodedQuery, timeoutMs: number): Promise<UdpExchange> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        close();
        resolve(failed('timeout', 'no answer in time'));
      }, timeoutMs);
      const close = this.open(query, (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      });
    });
  }

  /** Abort the open queries and close the socket. */
  abandon(): void {
    this.#settleAll(failed('aborted', 'the lookup was called off'));
    this.#close();
  }

  /** Returns true if the query was open. */
  #drop(open: OpenTry): boolean {
    const wasOpen = this.#open.delete(open);
    if (this.#open.size === 0 && !this.#isKept) this.#close();
    return wasOpen;
  }

  #send({ query }: OpenTry): void {
    if (this.#connected) this.#socket?.send(query.bytes);
    else if (this.#socket === null) this.#connect();
  }

  #connect(): void {
    const { address, port } = this.#server;
    const type = isIpv6Server(this.#server) ? 'udp6' : 'udp4';
    const socket = createSocket({ type, lookup: keepAddress[type] });
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(error));
    socket.on('message', (response, sender) => this.#receive(response, sender));
    try {
      socket.connect(port, address, () => {
        this.#connected = true;
        for (const { query } of this.#open) socket.send(query.bytes);
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Later queries need a new socket. */
  #fail(error: unknown): void {
    this.#settleAll(networkFailure(error));
    this.#close();
  }

  #receive(response: Buffer, sender: RemoteInfo): void {
    // Packets received between bind and connect have not passed the kernel's filter.
    if (sender.port === this.#server.port && sender.address === this.#server.address) {
      for (const open of this.#open) {
        const judged = judgeResponse(response, open.query);
        if (judged.status !== 'ignored') {
          this.#drop(open);
          open.settle(judged, true);
          return;
        }
      }
    }
    this.#ignored += 1;
    if (this.#ignored > MAX_IGNORED_PACKETS) {
      this.#settleAll(failed('malformed', 'too many answers to other questions'));
      this.#close();
    }
  }

  #settleAll(outcome: UdpExchange): void {
    for (const open of [...this.#open]) if (this.#drop(open)) open.settle(outcome, false);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket?.close();
  }
}
