import { channel } from 'node:diagnostics_channel';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { codeOf } from './failure.ts';

/**
 * Errors of the operating system that say nothing of a peer: this machine has no files, memory or ports left, or does not
 * let this process send.
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

/** How often at most the log says that sockets could not be opened, milliseconds. */
const REPORT_MS = 10_000;

/** What {@link noteSocketError} publishes to. */
const faults = channel('mpic.local-fault');

/** Whether `error` of a socket is the fault of this machine; such a one reaches the log of {@link watchLocalFaults}. */
export function noteSocketError(error: unknown): boolean {
  const code = codeOf(error);
  const isLocal = LOCAL_FAULTS.has(code);
  if (isLocal) faults.publish(code);
  return isLocal;
}

/**
 * Log faults of this machine as errors, `local_socket_fault`: the first at once, those of the next ten seconds together.
 * Every check that meets one fails, so an operator has to see it.
 *
 * @returns ends the watch
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
