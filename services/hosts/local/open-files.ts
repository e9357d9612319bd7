import { readFileSync } from 'node:fs';

/** What this process needs files for, at the worst. Every socket is one. */
export interface FileDemand {
  /** Requests that may run at the same time; each may hold a connection of its client. */
  readonly maxRunning: number;
  /** Perspectives that this process hosts; each has a socket open for every running request. */
  readonly hostedPerspectives: number;
}

/** How the files that a process may open are shared out, or why they are too few. */
export type FilePlan =
  | { readonly ok: true; readonly maxConnections: number }
  /** A sentence for the operator. */
  | { readonly ok: false; readonly problem: string };

/** Database, audit trail, log, control channels of resolvers, connections to AWS; repeats of queries, 32 a perspective. */
const RESERVED_FILES = 448;

/** Connections beyond those of running requests: status queries, idle clients, health checks. */
const SPARE_CONNECTIONS = 64;

/** More than any client of one process needs, whatever the limit. */
const MOST_CONNECTIONS = 16_384;

/**
 * Share out the files that this process may open, so that connections of clients, idle ones too, never take those that
 * checks need.
 *
 * @param limit open files at most; null where the system does not say, which is taken for enough.
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

/** Files that this process may have open at the same time; null where the system does not say. */
export function readFileLimit(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return readReportedLimit();
  }
}

/** Where there is no /proc, from the diagnostic report of Node.js. */
function readReportedLimit(): number | null {
  const report: unknown = process.report?.getReport();
  if (typeof report !== 'object' || report === null || !('userLimits' in report)) return null;
  const limits = report.userLimits as { readonly open_files?: { readonly soft?: unknown } };
  const soft = Number(limits.open_files?.soft);
  return Number.isSafeInteger(soft) && soft > 0 ? soft : null;
}
