/** The last millisecond of the year 9999, the latest time that RFC 3339 can express. */
export const MAX_TIME_MS = 253_402_300_799_999;

/**
 * Formats Unix milliseconds as RFC 3339 in UTC. Never throws, because an invalid time from one perspective must not
 * block the record of the others: NaN becomes 0, and other times are clamped to the range that RFC 3339 can express.
 */
export function formatUtc(unixMs: number): string {
  const ms = Number.isNaN(unixMs) ? 0 : Math.min(Math.max(unixMs, 0), MAX_TIME_MS);
  return new Date(ms).toISOString();
}
