import type { Rir } from '../../shared/domain/check/perspective.ts';

/** Where an AWS region stands, as far as its public name tells. */
export interface Region {
  /** For people. */
  readonly name: string;
  readonly rir: Rir;
  /** Degrees, of the centre of the city that AWS names. */
  readonly latitude: number;
  readonly longitude: number;
  /** Whether an account has to enable it before anything can be deployed there. */
  readonly optIn: boolean;
}

type Row = readonly [name: string, rir: Rir, latitude: number, longitude: number, optIn?: 'opt-in'];

/**
 * The commercial regions of AWS. Names and opt-in: "AWS Regions" in the AWS documentation, November 2026. Coordinates
 * are city centres, since AWS publishes no sites: whoever relies on distances close to 500 km has to ask. The registry
 * is that of the country (TLS BR 1.6.1 [definitions]).
 */
const ROWS: Readonly<Record<string, Row>> = {
  'af-south-1': ['Africa (Cape Town)', 'AFRINIC', -33.9249, 18.4241, 'opt-in'],
  'ap-east-1': ['Asia Pacific (Hong Kong)', 'APNIC', 22.3193, 114.1694, 'opt-in'],
  'ap-east-2': ['Asia Pacific (Taipei)', 'APNIC', 25.033, 121.5654, 'opt-in'],
  'ap-northeast-1': ['Asia Pacific (Tokyo)', 'APNIC', 35.6762, 139.6503],
  'ap-northeast-2': ['Asia Pacific (Seoul)', 'APNIC', 37.5665, 126.978],
  'ap-northeast-3': ['Asia Pacific (Osaka)', 'APNIC', 34.6937, 135.5023],
  'ap-south-1': ['Asia Pacific (Mumbai)', 'APNIC', 19.076, 72.8777],
  'ap-south-2': ['Asia Pacific (Hyderabad)', 'APNIC', 17.385, 78.4867, 'opt-in'],
  'ap-southeast-1': ['Asia Pacific (Singapore)', 'APNIC', 1.3521, 103.8198],
  'ap-southeast-2': ['Asia Pacific (Sydney)', 'APNIC', -33.8688, 151.2093],
  'ap-southeast-3': ['Asia Pacific (Jakarta)', 'APNIC', -6.2088, 106.8456, 'opt-in'],
  'ap-southeast-4': ['Asia Pacific (Melbourne)', 'APNIC', -37.8136, 144.9631, 'opt-in'],
  'ap-southeast-5': ['Asia Pacific (Malaysia)', 'APNIC', 3.139, 101.6869, 'opt-in'],
  'ap-southeast-6': ['Asia Pacific (New Zealand)', 'APNIC', -36.8509, 174.7645, 'opt-in'],
  'ap-southeast-7': ['Asia Pacific (Thailand)', 'APNIC', 13.7563, 100.5018, 'opt-in'],
  'ca-central-1': ['Canada (Central)', 'ARIN', 45.5019, -73.5674],
  'ca-west-1': ['Canada West (Calgary)', 'ARIN', 51.0447, -114.0719, 'opt-in'],
  'eu-central-1': ['Europe (Frankfurt)', 'RIPE NCC', 50.1109, 8.6821],
  'eu-central-2': ['Europe (Zurich)', 'RIPE NCC', 47.3769, 8.5417, 'opt-in'],
  'eu-north-1': ['Europe (Stockholm)', 'RIPE NCC', 59.3293, 18.0686],
  'eu-south-1': ['Europe (Milan)', 'RIPE NCC', 45.4642, 9.19, 'opt-in'],
  'eu-south-2': ['Europe (Spain)', 'RIPE NCC', 41.6488, -0.8891, 'opt-in'],
  'eu-west-1': ['Europe (Ireland)', 'RIPE NCC', 53.3498, -6.2603],
  'eu-west-2': ['Europe (London)', 'RIPE NCC', 51.5074, -0.1278],
  'eu-west-3': ['Europe (Paris)', 'RIPE NCC', 48.8566, 2.3522],
  'il-central-1': ['Israel (Tel Aviv)', 'RIPE NCC', 32.0853, 34.7818, 'opt-in'],
  'me-central-1': ['Middle East (UAE)', 'RIPE NCC', 25.2048, 55.2708, 'opt-in'],
  'me-south-1': ['Middle East (Bahrain)', 'RIPE NCC', 26.2285, 50.586, 'opt-in'],
  'mx-central-1': ['Mexico (Central)', 'LACNIC', 20.5888, -100.3899, 'opt-in'],
  'sa-east-1': ['South America (Sao Paulo)', 'LACNIC', -23.5505, -46.6333],
  'us-east-1': ['US East (N. Virginia)', 'ARIN', 39.0438, -77.4874],
  'us-east-2': ['US East (Ohio)', 'ARIN', 39.9612, -82.9988],
  'us-west-1': ['US West (N. California)', 'ARIN', 37.3382, -121.8863],
  'us-west-2': ['US West (Oregon)', 'ARIN', 45.8399, -119.7006],
};

export const REGIONS: ReadonlyMap<string, Region> = new Map(
  Object.entries(ROWS).map(([code, [name, rir, latitude, longitude, optIn]]) => [
    code,
    { name, rir, latitude, longitude, optIn: optIn === 'opt-in' },
  ]),
);
