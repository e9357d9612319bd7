import { RepeatTimer } from './repeat-timer.ts';
import { SendWindow } from './send-window.ts';
import type { ServerAddress } from './server-address.ts';

/** Limit for open sockets for repeats to one server; each takes a file descriptor. */
export const MOST_OPEN_REPEATS = 32;

/**
 * A configured server with the state kept between checks, of bounded size: when to repeat a query, unread datagrams,
 * and open repeats. The state does not depend on names and cannot change an answer.
 */
export class Upstream implements ServerAddress {
  readonly address: string;
  readonly port: number;
  readonly repeats = new RepeatTimer();
  readonly window = new SendWindow();
  /** Functions that close the open repeats, oldest first. */
  readonly #repeats = new Set<() => void>();

  constructor({ address, port }: ServerAddress) {
    this.address = address;
    this.port = port;
  }

  /**
   * Count a repeat as open. If there are too many, closes the oldest one: its query has another try open, and is
   * repeated further. Call the returned function when the repeat is closed.
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
