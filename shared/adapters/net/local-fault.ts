import { channel } from 'node:diagnostics_channel';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { codeOf } from './failure.ts';

/**
 * Operating system errors not caused by the peer: this machine has no file descriptors, memory or ports left, or does
 * not let this process send.
 */
const LOCAL_FAULTS: ReadonlySet<string> = new Set([
  'EACCES',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EPERM',
]);

/** Minimum interval between log entries about local faults, milliseconds. */
const REPORT_MS = 10_000;

/** Channel from {@link noteSocketError} to {@link watchLocalFaults}. */
const faults = channel('mpic.local-fault');

/** Whether a socket's `error` is a fault of this machine; if so, reports it to {@link watchLocalFaults}. */
export function noteSocketError(error: unknown): boolean {
  const code = codeOf(error);
  const isLocal = LOCAL_FAULTS.has(code);
  if (isLocal) faults.publish(code);
  return isLocal;
}

/**
 * Log faults of this machine as `local_socket_fault` errors: the first at once, those of the next ten seconds as one
 * count per code. Each fault fails a check, so an operator has to see it.
 *
 * @returns a function that ends the watch
 */
export function watchLocalFaults(clock: Clock, log: Log): () => void {
  const waiting = new Map<string, number>();
  let quiet = false;
  const onFault = (message: unknown) => {
    const code = String(message);
    if (quiet) {
      waiting.set(code, (waiting.get(code) ?? 0) + 1);
      return;
    }
    quiet = true;
    log.error('local_socket_fault', { code, count: 1 });
    clock.schedule(REPORT_MS, () => {
      quiet = false;
      for (const [repeated, count] of waiting) log.error('local_socket_fault', { code: repeated, count });
      waiting.clear();
    });
  };
  faults.subscribe(onFault);
  return () => faults.unsubscribe(onFault);
}
