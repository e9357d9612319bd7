/** Largest time in milliseconds whose nanoseconds still fit the 64-bit integers of other clients. */
const MAX_TIMESTAMP_MS = 9.2e12;

/**
 * Unix nanoseconds. The product is beyond 2^53, but rounded once: the shortest decimal text that stands for it, which is
 * what JSON gets, is that of the milliseconds followed by six zeros.
 */
export function toNanoseconds(unixMs: number): number | null {
  return isTime(unixMs) ? Math.trunc(unixMs) * 1_000_000 : null;
}

export function toIsoTime(unixMs: number): string | null {
  return isTime(unixMs) ? new Date(unixMs).toISOString() : null;
}

/** A perspective's clock is not ours to trust: a time that cannot be written is left out. */
function isTime(unixMs: number): boolean {
  return unixMs >= 0 && unixMs <= MAX_TIMESTAMP_MS;
}
