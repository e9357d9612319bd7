import type { ServerAddress } from './server-address.ts';
import { UdpSocket } from './udp-exchange.ts';

/** What the lookups of one check share: a fresh socket for their first tries, and their end. */
export class CheckScope {
  readonly socket: UdpSocket;
  #ended = false;
  #controller: AbortController | null = null;

  constructor(server: ServerAddress) {
    this.socket = new UdpSocket(server);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Call off everything still open. */
  end(): void {
    this.#ended = true;
    this.socket.abandon();
    this.#controller?.abort();
  }

  /** A signal that ends with the check or with `outer`; made only for those that need one. */
  signal(outer: AbortSignal | undefined): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort();
    const own = this.#controller.signal;
    return outer === undefined ? own : AbortSignal.any([outer, own]);
  }
}
