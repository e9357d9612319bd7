import type { ServerAddress } from '../stub/server-address.ts';
import type { Verifiable } from '../trust/verifiable.ts';
import type { Delegation } from './delegation.ts';

/** A running daemon, as seen by resolvers. */
export interface RunningUnbound {
  /** Its address, on loopback. */
  readonly server: ServerAddress;
  /** What it verifies on this machine, as measured. */
  readonly verifiable: Verifiable;
  readonly ended: boolean;
  /**
   * Call `listener` once, when the daemon has ended; at once if it already has.
   *
   * @returns a function that removes the listener.
   */
  onEnd(listener: () => void): () => void;
  /**
   * Flush everything cached at or below `name`, in presentation format. False if the daemon did not confirm it: it has
   * ended, or did not respond within `timeoutMs`.
   */
  forget(name: string, timeoutMs: number): Promise<boolean>;
  /** Flush which name servers were slow or dead. */
  forgetServers(timeoutMs: number): Promise<boolean>;
  /**
   * The name servers that the daemon uses to look up `name`, in presentation format; null if it does not report them.
   */
  delegation(name: string, timeoutMs: number): Promise<Delegation | null>;
  /** The open requests of the daemon, see `ControlChannel`; null if it does not report them. */
  openRequests(timeoutMs: number): Promise<ReadonlySet<string> | null>;
}

/** Provides the current daemon of a perspective. */
export interface UnboundSource {
  /** For example `1.17.1`. */
  readonly version: string;
  /**
   * The running daemon. Waits for one that is being restarted until `deadline` on the monotonic clock; null if it is
   * not ready by then, or has failed permanently.
   */
  instance(deadline: number): RunningUnbound | Promise<RunningUnbound | null> | null;
}
