import type { TrustWalk } from '../trust/trust-walk.ts';
import type { Freshness } from './freshness.ts';
import type { ServerAddress } from './server-address.ts';
import { UdpSocket } from './udp-exchange.ts';

/** What the lookups of one check share: a fresh socket for their first tries, one walk down the chain of trust, and their end. */
export class CheckScope {
  readonly socket: UdpSocket;
  /** Null at a resolver whose cache is not ours to empty. */
  readonly freshness: Freshness | null;
  #ended = false;
  readonly #endListeners = new Set<() => void>();
  #controller: AbortController | null = null;
  #trustWalk: TrustWalk | null = null;

  constructor(server: ServerAddress, freshness: Freshness | null) {
    this.socket = new UdpSocket(server, true);
    this.freshness = freshness;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The one walk of this check, opened by the first lookup that needs it. */
  trustWalk(open: () => TrustWalk): TrustWalk {
    this.#trustWalk ??= open();
    return this.#trustWalk;
  }

  /** Call off everything still open. */
  end(): void {
    this.#ended = true;
    for (const listener of [...this.#endListeners]) listener();
    this.socket.abandon();
    this.#controller?.abort();
  }

  /** Call `listener` when the check ends; far cheaper than a signal. The function returned takes it back. */
  onEnd(listener: () => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  /** A signal that ends with the check or with `outer`; made only for those that need one. */
  signal(outer: AbortSignal | undefined): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort();
    const own = this.#controller.signal;
    return outer === undefined ? own : AbortSignal.any([outer, own]);
  }
}
