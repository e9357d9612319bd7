import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areDistinct,
  distanceKm,
  isPlace,
  MINIMUM_DISTANCE_KM,
  nearestNeighbour,
} from '../../../../shared/domain/mpic/geography.ts';
import { regions } from './aws-regions.ts';

const EARTH_RADIUS_KM = 6371;

/** Degrees of latitude whose chord is `km`. */
function degreesOfChord(km: number): number {
  return (2 * Math.asin(km / (2 * EARTH_RADIUS_KM)) * 180) / Math.PI;
}

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('distanceKm', () => {
  it.each([
    { pair: ['us-east-1', 'us-east-2'], km: 485 },
    { pair: ['eu-west-1', 'eu-west-2'], km: 463 },
    { pair: ['eu-west-2', 'eu-west-3'], km: 343 },
    { pair: ['eu-west-3', 'eu-central-1'], km: 478 },
    { pair: ['eu-west-3', 'eu-central-2'], km: 488 },
    { pair: ['eu-central-1', 'eu-central-2'], km: 304 },
    { pair: ['eu-central-2', 'eu-south-1'], km: 218 },
    { pair: ['me-south-1', 'me-central-1'], km: 485 },
    { pair: ['ap-southeast-1', 'ap-southeast-5'], km: 309 },
    { pair: ['ap-northeast-1', 'ap-northeast-3'], km: 393 },
  ])('is $km km for the neighbours $pair, which are not distinct', ({ pair, km }) => {
    const [a, b] = regions(...pair);
    if (a === undefined || b === undefined) throw new Error('a pair has two members');
    expect(Math.abs(distanceKm(a, b) - km)).toBeLessThan(5);
    expect(areDistinct(a, b)).toBe(false);
  });

  it('is just large enough for Frankfurt and Milan', () => {
    const [frankfurt, milan] = regions('eu-central-1', 'eu-south-1');
    if (frankfurt === undefined || milan === undefined) throw new Error('a pair has two members');
    expect(distanceKm(frankfurt, milan)).toBeCloseTo(518, -1);
    expect(areDistinct(frankfurt, milan)).toBe(true);
  });

  it.each([
    { name: 'a place and itself', a: [48, 11], b: [48, 11], km: 0 },
    { name: 'two longitudes of the same meridian', a: [10, 180], b: [10, -180], km: 0 },
    { name: 'two longitudes of a pole', a: [90, 0], b: [90, 123], km: 0 },
    { name: 'the poles, through the Earth', a: [90, 0], b: [-90, 0], km: 12742 },
    { name: 'antipodes on the equator', a: [0, 0], b: [0, 180], km: 12742 },
    { name: 'a quarter of the equator, as a chord', a: [0, 0], b: [0, 90], km: 9010 },
    { name: 'both sides of the date line', a: [0, 179.5], b: [0, -179.5], km: 111.2 },
  ])('is $km km for $name', ({ a: [aLat = 0, aLon = 0], b: [bLat = 0, bLon = 0], km }) => {
    const distance = distanceKm({ latitude: aLat, longitude: aLon }, { latitude: bLat, longitude: bLon });
    expect(Math.abs(distance - km)).toBeLessThan(0.1);
  });

  it('is slightly shorter than the arc at 500 km', () => {
    const arcDegrees = (MINIMUM_DISTANCE_KM / EARTH_RADIUS_KM) * (180 / Math.PI);
    const chord = distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: arcDegrees });
    expect(chord).toBeLessThan(MINIMUM_DISTANCE_KM);
    expect(chord).toBeGreaterThan(MINIMUM_DISTANCE_KM - 0.2);
  });

  it('is symmetric, never negative and never more than the diameter', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const distance = distanceKm(a, b);
        expect(distance).toBeCloseTo(distanceKm(b, a), 6);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(2 * EARTH_RADIUS_KM);
      }),
    );
  });
});

describe('areDistinct (TLS BR 3.2.2.9 [mpic])', () => {
  it.each([
    { name: 'returns false for 499.9 km', km: 499.9, distinct: false },
    { name: 'returns true for 500.1 km', km: 500.1, distinct: true },
  ])('$name', ({ km, distinct }) => {
    const north = { latitude: degreesOfChord(km), longitude: 0 };
    expect(areDistinct({ latitude: 0, longitude: 0 }, north)).toBe(distinct);
  });

  it('returns false for a place without coordinates', () => {
    expect(areDistinct({ latitude: Number.NaN, longitude: 0 }, { latitude: 0, longitude: 90 })).toBe(false);
  });
});

describe('isPlace', () => {
  it.each([
    { latitude: 90, longitude: -180, valid: true },
    { latitude: -90, longitude: 180, valid: true },
    { latitude: 90.001, longitude: 0, valid: false },
    { latitude: 0, longitude: -180.001, valid: false },
    { latitude: Number.NaN, longitude: 0, valid: false },
    { latitude: 0, longitude: Number.POSITIVE_INFINITY, valid: false },
  ])('returns $valid for latitude $latitude and longitude $longitude', ({ valid, ...coordinates }) => {
    expect(isPlace(coordinates)).toBe(valid);
  });
});

describe('nearestNeighbour', () => {
  const [dublin, london, paris, tokyo] = regions('eu-west-1', 'eu-west-2', 'eu-west-3', 'ap-northeast-1');
  const places = [dublin, london, paris, tokyo].filter((region) => region !== undefined);

  it('finds the nearest of the others and skips the place itself', () => {
    const nearest = nearestNeighbour(places[2] ?? { latitude: 0, longitude: 0 }, places);
    expect(nearest?.neighbour.code).toBe('eu-west-2');
    expect(nearest?.distanceKm).toBeCloseTo(343, -1);
  });

  it('returns null for a place without others', () => {
    expect(nearestNeighbour(places[0] ?? { latitude: 0, longitude: 0 }, places.slice(0, 1))).toBeNull();
  });
});
