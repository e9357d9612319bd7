import type { Perspective, Rir } from '../../../../shared/domain/check/perspective.ts';

type Row = readonly [code: string, latitude: number, longitude: number, rir: Rir];

/** City centres of AWS regions: precise enough to decide which regions are neighbours. */
const ROWS: readonly Row[] = [
  ['af-south-1', -33.9249, 18.4241, 'AFRINIC'],
  ['ap-east-1', 22.3193, 114.1694, 'APNIC'],
  ['ap-northeast-1', 35.6762, 139.6503, 'APNIC'],
  ['ap-northeast-3', 34.6937, 135.5023, 'APNIC'],
  ['ap-south-1', 19.076, 72.8777, 'APNIC'],
  ['ap-southeast-1', 1.3521, 103.8198, 'APNIC'],
  ['ap-southeast-2', -33.8688, 151.2093, 'APNIC'],
  ['ap-southeast-5', 3.139, 101.6869, 'APNIC'],
  ['ca-central-1', 45.5019, -73.5674, 'ARIN'],
  ['ca-west-1', 51.0447, -114.0719, 'ARIN'],
  ['eu-central-1', 50.1109, 8.6821, 'RIPE NCC'],
  ['eu-central-2', 47.3769, 8.5417, 'RIPE NCC'],
  ['eu-north-1', 59.3293, 18.0686, 'RIPE NCC'],
  ['eu-south-1', 45.4642, 9.19, 'RIPE NCC'],
  ['eu-west-1', 53.3498, -6.2603, 'RIPE NCC'],
  ['eu-west-2', 51.5074, -0.1278, 'RIPE NCC'],
  ['eu-west-3', 48.8566, 2.3522, 'RIPE NCC'],
  ['il-central-1', 32.0853, 34.7818, 'RIPE NCC'],
  ['me-central-1', 25.2048, 55.2708, 'RIPE NCC'],
  ['me-south-1', 26.2285, 50.586, 'RIPE NCC'],
  ['mx-central-1', 20.5888, -100.3899, 'LACNIC'],
  ['sa-east-1', -23.5505, -46.6333, 'LACNIC'],
  ['us-east-1', 39.0438, -77.4874, 'ARIN'],
  ['us-east-2', 39.9612, -82.9988, 'ARIN'],
  ['us-west-1', 37.3382, -121.8863, 'ARIN'],
  ['us-west-2', 45.8399, -119.7006, 'ARIN'],
];

export const AWS_REGIONS: readonly Perspective[] = ROWS.map(([code, latitude, longitude, rir]) => ({
  code,
  name: code,
  rir,
  latitude,
  longitude,
}));

/** The regions with these codes, in the order given. */
export function regions(...codes: readonly string[]): readonly Perspective[] {
  return codes.map((code) => {
    const region = AWS_REGIONS.find((candidate) => candidate.code === code);
    if (region === undefined) throw new Error(`no such region in the table: ${code}`);
    return region;
  });
}

/** Six regions far from each other, in five service regions. */
export const SIX_REGIONS = regions(
  'us-east-1',
  'us-west-2',
  'eu-west-1',
  'ap-northeast-1',
  'sa-east-1',
  'af-south-1',
);

/** Twelve regions, each at least 500 km from the others. */
export const TWELVE_REGIONS = regions(
  'us-east-1',
  'us-west-2',
  'ca-west-1',
  'mx-central-1',
  'sa-east-1',
  'eu-west-1',
  'eu-north-1',
  'il-central-1',
  'af-south-1',
  'ap-south-1',
  'ap-northeast-1',
  'ap-southeast-2',
);
