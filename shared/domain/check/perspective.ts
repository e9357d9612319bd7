/**
 * The five Regional Internet Registries (TLS BR 3.2.2.9 [mpic]).
 * Compare names only after {@link parseRir}: configuration may use any case.
 */
export const RIRS = ['ARIN', 'RIPE NCC', 'APNIC', 'LACNIC', 'AFRINIC'] as const;
export type Rir = (typeof RIRS)[number];

/** A short code such as `eu-central-1`, unique among the configured perspectives. */
export type PerspectiveCode = string;

/**
 * A network position that makes checks.
 *
 * Latitude and longitude, in decimal degrees, are those of the place where the perspective's traffic is first handed to
 * the network that connects it to the Internet (TLS BR 1.6.1 [definitions]), not of a machine behind a tunnel.
 */
export interface Perspective {
  readonly code: PerspectiveCode;
  readonly name: string;
  readonly rir: Rir;
  readonly latitude: number;
  readonly longitude: number;
}

/** The registry named by `text` in any letter case (`ripe ncc`, `RIPE`), or null when there is none. */
export function parseRir(text: string): Rir | null {
  const wanted = text.trim().toUpperCase();
  return RIRS.find((rir) => rir === wanted || (rir === 'RIPE NCC' && /^RIPE(_NCC)?$/.test(wanted))) ?? null;
}

/** The key under which a perspective stores its result of one attempt of a request. */
export interface ResultKey {
  readonly perspective: PerspectiveCode;
  readonly attempt: number;
}
