import * as z from 'zod';
import { type Perspective, parseRir } from '../../domain/check/perspective.ts';

/** A perspective with what this process needs to reach it. */
export interface ConfiguredPerspective extends Perspective {
  /** `unbound`, `system` or address:port; wins over MPIC_RESOLVER. */
  readonly resolver: string | null;
  /** aws only: URL of its job queue. */
  readonly queue: string | null;
}

/** Who the primary network perspective is, when it is known here: one of the perspectives, or the CA's own site. */
export type Primary =
  | { readonly kind: 'perspective'; readonly code: string }
  | { readonly kind: 'site'; readonly name: string; readonly latitude: number; readonly longitude: number };

const rir = z.string().transform((text, context) => {
  const parsed = parseRir(text);
  if (parsed !== null) return parsed;
  context.addIssue('must be ARIN, RIPE NCC, APNIC, LACNIC or AFRINIC');
  return z.NEVER;
});

const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);

export const perspectiveEntrySchema = z.strictObject({
  code: z.string().min(1).max(63),
  name: z.string().min(1).max(200),
  rir,
  latitude,
  longitude,
  resolver: z.string().min(1).optional(),
  queue: z.url().optional(),
});

export const primarySchema = z.union([
  z.string().min(1),
  z.strictObject({ name: z.string().min(1), latitude, longitude }),
]);

export const perspectiveFileSchema = z.strictObject({
  perspectives: z.array(perspectiveEntrySchema).min(1).max(64),
  primary: primarySchema.optional(),
  default_perspective_count: z.int().min(2).max(64).optional(),
  max_attempts: z.int().min(1).max(10).optional(),
});

export type PerspectiveFile = z.infer<typeof perspectiveFileSchema>;

/**
 * The perspectives of a service started without a configuration file: six AWS regions in four RIR service regions.
 * Positions are those of the cities that AWS names; no two are closer than 900 km.
 */
export const BUILT_IN_PERSPECTIVES: PerspectiveFile = {
  perspectives: [
    { code: 'us-east-1', name: 'US East (N. Virginia)', rir: 'ARIN', latitude: 39.0438, longitude: -77.4874 },
    { code: 'us-west-2', name: 'US West (Oregon)', rir: 'ARIN', latitude: 45.8399, longitude: -119.7006 },
    { code: 'eu-west-1', name: 'Europe (Ireland)', rir: 'RIPE NCC', latitude: 53.3498, longitude: -6.2603 },
    {
      code: 'eu-central-1',
      name: 'Europe (Frankfurt)',
      rir: 'RIPE NCC',
      latitude: 50.1109,
      longitude: 8.6821,
    },
    {
      code: 'ap-northeast-1',
      name: 'Asia Pacific (Tokyo)',
      rir: 'APNIC',
      latitude: 35.6762,
      longitude: 139.6503,
    },
    {
      code: 'sa-east-1',
      name: 'South America (Sao Paulo)',
      rir: 'LACNIC',
      latitude: -23.5505,
      longitude: -46.6333,
    },
  ],
};
