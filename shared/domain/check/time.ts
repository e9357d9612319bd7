/** The last millisecond of the year 9999: RFC 3339 has no later time. */
export const MAX_TIME_MS = 253_402_300_799_999;

/**
 * Unix milliseconds as RFC 3339 in UTC. Total, so that no time that somebody claims can stop what is written about others:
 * what cannot be written becomes the nearest time that can.
 */
export function formatUtc(unixMs: number): string {
  const ms = Number.isNaN(unixMs) ? 0 : Math.min(Math.max(unixMs, 0), MAX_TIME_MS);
  return new Date(ms).toISOString();
}
