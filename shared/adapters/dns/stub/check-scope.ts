import type { TrustWalk } from '../trust/trust-walk.ts';
import type { Freshness } from './freshness.ts';
import type { ServerAddress } from './server-address.ts';
import { UdpSocket } from './udp-exchange.ts';

/**
 * State shared by the lookups of one check: a new socket for their first tries, one walk down the chain of trust, and
 * their end.
 */
export class CheckScope {
  readonly socket: UdpSocket;
  /** Null for a resolver whose cache this service cannot flush. */
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

  /** The only walk of this check, opened by the first lookup that needs it. */
  trustWalk(open: () => TrustWalk): TrustWalk {
    this.#trustWalk ??= open();
    return this.#trustWalk;
  }

  /** Abort everything still open. */
  end(): void {
    this.#ended = true;
    for (const listener of [...this.#endListeners]) listener();
    this.socket.abandon();
    this.#controller?.abort();
  }

  /** Call `listener` when the check ends; much cheaper than a signal. The returned function removes it. */
  onEnd(listener: () => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  /** A signal that aborts with the check or with `outer`; created only on demand. */
  signal(outer: AbortSignal | undefined): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort();
    const own = this.#controller.signal;
    return outer === undefined ? own : AbortSignal.any([outer, own]);
  }
}
