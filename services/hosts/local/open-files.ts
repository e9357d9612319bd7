import { readFileSync } from 'node:fs';

/** What this process needs file descriptors for, at most. Every socket is one. */
export interface FileDemand {
  /** Maximum number of running requests; each may hold a client connection. */
  readonly maxRunning: number;
  /** Number of perspectives that this process hosts; each has a socket open for every running request. */
  readonly hostedPerspectives: number;
}

/** How the file descriptors of this process are divided, or why they are too few. */
export type FilePlan =
  | { readonly ok: true; readonly maxConnections: number }
  /** A message for the operator. */
  | { readonly ok: false; readonly problem: string };

/**
 * Database, audit trail, log, control channels of resolvers, connections to AWS; repeated queries, 32 per perspective.
 */
const RESERVED_FILES = 448;

/** Connections in addition to those of running requests: status queries, idle clients, health checks. */
const SPARE_CONNECTIONS = 64;

/** More than all clients of one process need, whatever the limit. */
const MOST_CONNECTIONS = 16_384;

/**
 * Divides the file descriptors that this process may open, so that client connections, idle ones included, never take
 * those that checks need.
 *
 * @param limit maximum number of open files; null if the system does not report it, which counts as unlimited.
 */
export function planFiles(limit: number | null, { maxRunning, hostedPerspectives }: FileDemand): FilePlan {
  const forChecks = RESERVED_FILES + maxRunning * hostedPerspectives;
  const leastConnections = maxRunning + SPARE_CONNECTIONS;
  if (limit === null || limit >= forChecks + MOST_CONNECTIONS)
    return { ok: true, maxConnections: Math.max(leastConnections, MOST_CONNECTIONS) };
  const left = limit - forChecks;
  if (left >= leastConnections) return { ok: true, maxConnections: left };
  const fitting = Math.floor((limit - RESERVED_FILES - SPARE_CONNECTIONS) / (hostedPerspectives + 1));
  const instead = fitting >= 1 ? ` or set MPIC_MAX_RUNNING to at most ${fitting}` : '';
  return {
    ok: false,
    problem:
      `this process may open ${limit} files, and ${maxRunning} running requests at ${hostedPerspectives} perspectives ` +
      `take ${forChecks + leastConnections}: raise the limit (ulimit -n, LimitNOFILE in a systemd unit)${instead}`,
  };
}

/** Maximum number of open files of this process; null if the system does not report it. */
export function readFileLimit(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return readReportedLimit();
  }
}

/** Reads the limit from the diagnostic report of Node.js, for systems without /proc. */
function readReportedLimit(): number | null {
  const report: unknown = process.report?.getReport();
  if (typeof report !== 'object' || report === null || !('userLimits' in report)) return null;
  const limits = report.userLimits as { readonly open_files?: { readonly soft?: unknown } };
  const soft = Number(limits.open_files?.soft);
  return Number.isSafeInteger(soft) && soft > 0 ? soft : null;
}
