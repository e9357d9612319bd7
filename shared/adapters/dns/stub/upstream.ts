import { RepeatTimer } from './repeat-timer.ts';
import { SendWindow } from './send-window.ts';
import type { ServerAddress } from './server-address.ts';

/** Sockets for repeats to one server that are open at the same time, at most; each is a file of the process. */
export const MOST_OPEN_REPEATS = 32;

/**
 * A configured server with what is kept about it from check to check, all of bounded size: when to repeat a query to it,
 * what it has not read yet, and which repeats are open. Nothing of it depends on a name or can change an answer.
 */
export class Upstream implements ServerAddress {
  readonly address: string;
  readonly port: number;
  readonly repeats = new RepeatTimer();
  readonly window = new SendWindow();
  /** How to close each, the oldest first. */
  readonly #repeats = new Set<() => void>();

  constructor({ address, port }: ServerAddress) {
    this.address = address;
    this.port = port;
  }

  /**
   * Count a repeat as open. When there are too many, the oldest is closed: its question has another try open, and is still
   * repeated. The function returned tells that it is closed.
   */
  openRepeat(close: () => void): () => void {
    const [oldest] = this.#repeats;
    if (this.#repeats.size >= MOST_OPEN_REPEATS && oldest !== undefined) {
      this.#repeats.delete(oldest);
      oldest();
    }
    this.#repeats.add(close);
    return () => this.#repeats.delete(close);
  }
}
