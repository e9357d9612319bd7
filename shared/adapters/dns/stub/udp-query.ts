import { performance } from 'node:perf_hooks';
import type { EncodedQuery } from '../message/query.ts';
import type { CheckScope } from './check-scope.ts';
import { failed } from './exchange.ts';
import { type UdpExchange, UdpSocket } from './udp-exchange.ts';
import type { Upstream } from './upstream.ts';

/** One query to one server over UDP. */
export interface UdpQuery {
  readonly upstream: Upstream;
  /** Socket for the first try, shared with other queries of the check; null for a new one. */
  readonly shared: UdpSocket | null;
  /** The check of the query; null without one. */
  readonly check: CheckScope | null;
  readonly signal: AbortSignal | undefined;
  /** Latest time for sending the first try, milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** Time-out for all tries, milliseconds; called when the first one is sent, at `now`. */
  timeoutMs(now: number): number;
  /** Encode a message with a new id, for each try. */
  encode(): EncodedQuery;
  /** Note that a try is sent. The returned function is called when its response has arrived. */
  onTry(): () => void;
}

/** Resolution of timers; less remaining time counts as none. */
export const MIN_TIME_MS = 1;

const ABORTED = failed('aborted', 'the lookup was called off');

/** The name was never queried, so this must not be treated as permission. */
const NO_TURN = failed('resolver-failed', 'too many queries wait for the server');

/**
 * Send one query to one server over UDP, and repeat it at growing intervals (RFC 6298 section 5) until a response
 * arrives or its time is over. Each try has its own id, and each repeat its own port.
 *
 * At most two tries are open, the first and the latest; the first response counts. A forger then has two pairs of id
 * and port to guess, twice the chance of one. A recursive resolver that is still working on the question answers both
 * together, so a repeat costs it, and the servers of the name, almost nothing.
 */
export function queryOverUdp(query: UdpQuery): Promise<UdpExchange> {
  if (query.signal?.aborted || query.check?.ended) return Promise.resolve(ABORTED);
  return new Promise((resolve) => new OpenQuery(query, resolve).start());
}

interface OpenTry {
  /** True while it may still be answered. */
  isOpen: boolean;
  /** Drop the try. */
  close(): void;
}

class OpenQuery {
  readonly #query: UdpQuery;
  readonly #resolve: (outcome: UdpExchange) => void;
  readonly #abort = () => this.#settle(ABORTED);
  /** Removes the listener for the end of the check. */
  #leaveCheck = () => {};
  /** Cancels the waiting turn in the send window. */
  #leaveQueue = () => {};
  #timer: NodeJS.Timeout | undefined;
  #settled = false;
  #tries = 0;
  #startedAt = 0;
  #timeoutMs = 0;
  #waitMs = 0;
  /** Time from the first try to the next repeat, milliseconds. */
  #repeatAfterMs = 0;
  #first: OpenTry | null = null;
  #repeat: OpenTry | null = null;

  constructor(query: UdpQuery, resolve: (outcome: UdpExchange) => void) {
    this.#query = query;
    this.#resolve = resolve;
  }

  start(): void {
    const { upstream, check, signal, deadline } = this.#query;
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (check !== null) this.#leaveCheck = check.onEnd(this.#abort);
    this.#leaveQueue = upstream.window.take(check ?? this, (number) => this.#sendFirst(number));
    if (this.#tries > 0) return;
    this.#timer = setTimeout(() => this.#settle(NO_TURN), Math.max(0, deadline - performance.now()));
  }

  #sendFirst(number: number): void {
    const { upstream, shared } = this.#query;
    clearTimeout(this.#timer);
    this.#startedAt = performance.now();
    this.#timeoutMs = this.#query.timeoutMs(this.#startedAt);
    this.#waitMs = upstream.repeats.repeatMs;
    this.#repeatAfterMs = this.#waitMs;
    upstream.repeats.onQuery();
    const socket = shared?.takes(upstream) === true ? shared : new UdpSocket(upstream);
    this.#first = this.#send(socket, number);
    // On the shared socket the first try stays open, so that a late answer still updates window and timer.
    if (socket === shared) this.#first.close = () => {};
    this.#schedule();
  }

  #sendRepeat(number: number): void {
    this.#repeat?.close();
    const repeat = this.#send(new UdpSocket(this.#query.upstream), number);
    this.#repeat = repeat;
    if (!repeat.isOpen) return;
    const { close } = repeat;
    const closed = this.#query.upstream.openRepeat(close);
    repeat.close = () => {
      closed();
      close();
    };
  }

  #send(socket: UdpSocket, number: number): OpenTry {
    const { upstream } = this.#query;
    const sentAt = performance.now();
    const one: OpenTry = { isOpen: true, close: () => {} };
    this.#tries += 1;
    const responded = this.#query.onTry();
    const close = socket.open(this.#query.encode(), (outcome, isAnswer) => {
      if (isAnswer) {
        upstream.window.onAnswer(number);
        upstream.repeats.onAnswer(performance.now() - sentAt);
        responded();
      }
      one.close();
      one.isOpen = false;
      // If one of two tries fails, the other may still be answered.
      if (isAnswer || !(this.#first?.isOpen || this.#repeat?.isOpen)) this.#settle(outcome);
    });
    one.close = () => {
      one.isOpen = false;
      close();
    };
    return one;
  }

  #schedule(): void {
    if (this.#settled) return;
    const nextMs = Math.min(this.#repeatAfterMs, this.#timeoutMs) - (performance.now() - this.#startedAt);
    // Packets that arrived while the process was busy are read before the time-out counts.
    const onTimer = () => setImmediate(() => this.#onTime());
    this.#timer = setTimeout(onTimer, Math.max(MIN_TIME_MS, nextMs));
  }

  #onTime(): void {
    if (this.#settled) return;
    const takenMs = performance.now() - this.#startedAt;
    if (this.#timeoutMs - takenMs < MIN_TIME_MS) {
      this.#settle(failed('timeout', 'no answer in time'));
      return;
    }
    // A timer may fire slightly early.
    if (takenMs >= this.#repeatAfterMs) this.#onRepeat(takenMs);
    this.#schedule();
  }

  #onRepeat(takenMs: number): void {
    const { upstream, check } = this.#query;
    this.#waitMs *= 2;
    this.#repeatAfterMs = takenMs + this.#waitMs;
    this.#leaveQueue();
    if (!upstream.repeats.mayRepeat(this.#tries, takenMs / this.#timeoutMs)) return;
    this.#leaveQueue = upstream.window.take(check ?? this, (number) => this.#sendRepeat(number));
  }

  #settle(outcome: UdpExchange): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#query.signal?.removeEventListener('abort', this.#abort);
    this.#leaveCheck();
    this.#leaveQueue();
    this.#first?.close();
    this.#repeat?.close();
    this.#resolve(outcome);
  }
}
