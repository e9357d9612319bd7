import type { ServerAddress } from '../stub/server-address.ts';
import type { Verifiable } from '../trust/verifiable.ts';
import type { Delegation } from './delegation.ts';

/** One daemon, for those who ask it. */
export interface RunningUnbound {
  /** On loopback. */
  readonly server: ServerAddress;
  /** What it was seen to verify on this machine. */
  readonly verifiable: Verifiable;
  readonly ended: boolean;
  /**
   * Have `listener` called once, when the daemon has ended; at once if it already has.
   *
   * @returns what takes the listener back.
   */
  onEnd(listener: () => void): () => void;
  /**
   * Forget everything cached at or below `name`, in presentation format. False when it cannot be shown to be forgotten:
   * the daemon has ended, or said nothing in `timeoutMs`.
   */
  forget(name: string, timeoutMs: number): Promise<boolean>;
  /** Forget which name servers were slow or dead. */
  forgetServers(timeoutMs: number): Promise<boolean>;
  /** The name servers by which it looks up `name`, in presentation format; null when it does not say. */
  delegation(name: string, timeoutMs: number): Promise<Delegation | null>;
  /** What it works on now, see `ControlChannel`; null when it does not say. */
  openRequests(timeoutMs: number): Promise<ReadonlySet<string> | null>;
}

/** Where the daemon of a perspective is to be had. */
export interface UnboundSource {
  /** For instance `1.17.1`. */
  readonly version: string;
  /**
   * The daemon that answers now. One that is being restarted is waited for until `deadline` on the monotonic clock; null
   * when it is not there by then, or has failed for good.
   */
  instance(deadline: number): RunningUnbound | Promise<RunningUnbound | null> | null;
}
