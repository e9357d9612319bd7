import { RULEBOOK } from '../rules/rulebook.ts';

/** Decimal degrees, north and east positive. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Two perspectives closer than this are not distinct (TLS BR 3.2.2.9 [mpic]). */
export const MINIMUM_DISTANCE_KM = RULEBOOK.mpic.distanceKm;

const EARTH_RADIUS_KM = 6371;

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

export function isPlace({ latitude, longitude }: Place): boolean {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
}

/**
 * Straight-line distance between two places in km, through the Earth: the chord 2R sin(d / 2R) of the great-circle
 * distance d.
 *
 * TLS BR 3.2.2.9 [mpic] says "straight-line" without a formula. We chose the chord: it is the literal reading, and
 * stricter, being about 0.1 km shorter than the arc at 500 km. The haversine formula gives sin(d / 2R) directly.
 */
export function distanceKm(a: Place, b: Place): number {
  const halfLatitude = Math.sin(radians(b.latitude - a.latitude) / 2);
  const halfLongitude = Math.sin(radians(b.longitude - a.longitude) / 2);
  const haversine =
    halfLatitude ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * halfLongitude ** 2;
  return 2 * EARTH_RADIUS_KM * Math.sqrt(Math.min(1, haversine));
}

/** Whether two perspectives at these places are distinct (TLS BR 3.2.2.9 [mpic]). False if a coordinate is NaN. */
export function areDistinct(a: Place, b: Place): boolean {
  return distanceKm(a, b) >= MINIMUM_DISTANCE_KM;
}

/**
 * The one of `others` that is nearest to `place`, the first if several are; null if there is none. Skips `place`
 * itself.
 */
export function nearestNeighbour<Other extends Place>(
  place: Place,
  others: readonly Other[],
): { readonly neighbour: Other; readonly distanceKm: number } | null {
  let nearest: { readonly neighbour: Other; readonly distanceKm: number } | null = null;
  for (const neighbour of others) {
    if (neighbour === place) continue;
    const distance = distanceKm(place, neighbour);
    if (nearest === null || distance < nearest.distanceKm) nearest = { neighbour, distanceKm: distance };
  }
  return nearest;
}
