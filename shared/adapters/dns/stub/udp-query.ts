import { performance } from 'node:perf_hooks';
import type { EncodedQuery } from '../message/query.ts';
import type { CheckScope } from './check-scope.ts';
import { failed } from './exchange.ts';
import { type UdpExchange, UdpSocket } from './udp-exchange.ts';
import type { Upstream } from './upstream.ts';

/** One question that is put to one server over UDP. */
export interface UdpQuery {
  readonly upstream: Upstream;
  /** For the first try, which shares a port with those of other questions of its check; null: one of its own. */
  readonly shared: UdpSocket | null;
  /** The check that it belongs to, if it belongs to one. */
  readonly check: CheckScope | null;
  readonly signal: AbortSignal | undefined;
  /** When its first try has to be out, on the monotonic clock. */
  readonly deadline: number;
  /** How long all its tries may take, milliseconds; called when the first one goes out, at `now`. */
  timeoutMs(now: number): number;
  /** A message with a fresh id, for each try. */
  encode(): EncodedQuery;
  /** A try goes out. To be called back when a response to it has come. */
  onTry(): () => void;
}

/** Less than a timer can measure is no time. */
export const MIN_TIME_MS = 1;

const ABORTED = failed('aborted', 'the lookup was called off');

/** Not a word about the name: it has not been asked for. So nothing may forgive it. */
const NO_TURN = failed('resolver-failed', 'too many queries wait for the server');

/**
 * Ask one server one question over UDP: send it, and while no response comes send it again, at growing distances
 * (RFC 6298 section 5), until its time is over. Each try has an id of its own, and each repeat a port of its own.
 *
 * Two tries are open at most, the first and the latest: whichever is answered counts. A forger has two pairs of id and port
 * to hit then, twice the odds of one. A recursive resolver that still works on the question lets a repeat share in the
 * answer, so a repeat costs it, and the servers of the name, next to nothing.
 */
export function queryOverUdp(query: UdpQuery): Promise<UdpExchange> {
  if (query.signal?.aborted || query.check?.ended) return Promise.resolve(ABORTED);
  return new Promise((resolve) => new OpenQuery(query, resolve).start());
}

interface OpenTry {
  /** It may still be answered. */
  isOpen: boolean;
  /** Give it up. */
  close(): void;
}

class OpenQuery {
  readonly #query: UdpQuery;
  readonly #resolve: (outcome: UdpExchange) => void;
  readonly #abort = () => this.#settle(ABORTED);
  /** Takes the query off the list of what ends with its check. */
  #leaveCheck = () => {};
  /** Takes back the place in the queue. */
  #leaveQueue = () => {};
  #timer: NodeJS.Timeout | undefined;
  #settled = false;
  #tries = 0;
  #startedAt = 0;
  #timeoutMs = 0;
  #waitMs = 0;
  /** From the first try to the next repeat. */
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
    // On the socket of the check a late answer is still taken note of: what it is to the server, it then is no more.
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
      // That one of two tries cannot be answered any more says nothing of the other.
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
    // What came in while this process had no time is read before the time counts as over.
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
    // A timer may be a little early.
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
