/** Limit for unread datagrams; a receive buffer of usual size holds four times as many small ones. */
export const MOST_UNREAD = 64;

/** Time after which a datagram counts as read or lost, milliseconds. */
const HOLD_MS = 100;

interface Sent {
  readonly number: number;
  readonly at: number;
}

/** Sends a datagram; pass its number to {@link SendWindow.onAnswer} when it is answered. */
export type Send = (number: number) => void;

/**
 * Orders the datagrams to one server, so that bursts do not overflow its receive buffer.
 *
 * At most {@link MOST_UNREAD} datagrams are sent that the server may not have read yet. It reads in order: an answer to
 * one shows that all earlier ones were read or lost, so a name that is answered late or never does not block others.
 * Owners take turns, however many datagrams each has waiting.
 */
export class SendWindow {
  readonly #most: number;
  readonly #unread: Sent[] = [];
  /** Waiting datagrams by owner, in the order of turns. */
  readonly #waiting = new Map<object, Set<Send>>();
  #number = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(most = MOST_UNREAD) {
    this.#most = most;
  }

  /** Call `send` at the next turn of `owner`, or at once if there is room. The returned function cancels it. */
  take(owner: object, send: Send): () => void {
    if (this.#waiting.size === 0 && this.#hasRoom()) {
      this.#give(send);
      return () => {};
    }
    const queue = this.#waiting.get(owner) ?? new Set();
    queue.add(send);
    this.#waiting.set(owner, queue);
    this.#wake();
    return () => {
      if (queue.delete(send) && queue.size === 0) this.#waiting.delete(owner);
    };
  }

  /** Note that the datagram with this number was answered. */
  onAnswer(number: number): void {
    while ((this.#unread[0]?.number ?? Number.POSITIVE_INFINITY) <= number) this.#unread.shift();
    if (this.#waiting.size > 0) this.#giveTurns();
  }

  #hasRoom(): boolean {
    if (this.#unread.length < this.#most) return true;
    const until = performance.now() - HOLD_MS;
    while ((this.#unread[0]?.at ?? Number.POSITIVE_INFINITY) <= until) this.#unread.shift();
    return this.#unread.length < this.#most;
  }

  #give(send: Send): void {
    const number = this.#number++;
    this.#unread.push({ number, at: performance.now() });
    send(number);
  }

  #giveTurns(): void {
    while (this.#waiting.size > 0 && this.#hasRoom()) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [owner, queue] = next;
      const [send] = queue;
      this.#waiting.delete(owner);
      if (send === undefined) continue;
      queue.delete(send);
      if (queue.size > 0) this.#waiting.set(owner, queue);
      this.#give(send);
    }
    this.#wake();
  }

  /** While datagrams wait, set a timer for when the oldest unread one expires. */
  #wake(): void {
    if (this.#timer !== null || this.#waiting.size === 0) return;
    const [oldest] = this.#unread;
    const inMs = oldest === undefined ? 0 : oldest.at + HOLD_MS - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#giveTurns();
      },
      Math.max(1, inMs),
    );
  }
}
