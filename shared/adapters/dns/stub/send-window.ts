/** A receive buffer of the usual size holds four times as many small datagrams. */
export const MOST_UNREAD = 64;

/** After so long a datagram is not in a buffer any more, whether it was read or lost, milliseconds. */
const HOLD_MS = 100;

interface Sent {
  readonly number: number;
  readonly at: number;
}

/** Puts a datagram on its way; its number is to be given back with {@link SendWindow.onAnswer}. */
export type Send = (number: number) => void;

/**
 * Whose datagram goes to one server next, so that bursts do not overflow the server's receive buffer.
 *
 * At most {@link MOST_UNREAD} datagrams are under way that the server is not known to have taken out of its buffer. It
 * takes them in order: an answer to one shows that all before it were taken or lost. A name that is answered late or never
 * therefore takes no place from others. Owners get turns in rotation, however many each waits for.
 */
export class SendWindow {
  readonly #most: number;
  readonly #unread: Sent[] = [];
  /** By owner, in the order of their next turns. */
  readonly #waiting = new Map<object, Set<Send>>();
  #number = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(most = MOST_UNREAD) {
    this.#most = most;
  }

  /** Call `send` at the next turn of `owner`, at once if nothing is in the way. The function returned takes it back. */
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

  /** The datagram with this number was answered, or cannot have arrived. */
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

  /** As long as somebody waits, look again when the oldest datagram has been held long enough. */
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
