import * as z from 'zod';
import { type Perspective, parseRir, RIRS } from '../../domain/check/perspective.ts';
import type { PrimaryPlace } from '../../domain/mpic/configuration.ts';
import { describeFileIssues, issueText } from './issue-text.ts';
import { awsRegion, refuse } from './setting-values.ts';
import { SETTINGS } from './settings.ts';

/** A perspective with what this process needs to reach it. */
export interface ConfiguredPerspective extends Perspective {
  /** `unbound`, `system` or address:port; wins over MPIC_RESOLVER. */
  readonly resolver: string | null;
  /** aws only: URL of its job queue. */
  readonly queue: string | null;
  /** aws only: region of that queue, where its URL does not name it. */
  readonly queueRegion: string | null;
}

const rir = z.codec(z.string(), z.enum(RIRS), {
  decode: (text, context) => {
    const parsed = parseRir(text);
    if (parsed !== null) return parsed;
    return refuse(context, text, 'must be ARIN, RIPE NCC, APNIC, LACNIC or AFRINIC');
  },
  encode: (name) => name,
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
  queue: z.url('must be the URL of an SQS queue').optional(),
  queue_region: awsRegion.optional(),
});

const site = z.strictObject({ name: z.string().min(1), latitude, longitude });

/** The primary network perspective: the code of one of the perspectives, or the CA's own site. */
export const primarySchema = z.codec(z.union([z.string().min(1), site]), z.custom<PrimaryPlace>(), {
  decode: (primary): PrimaryPlace =>
    typeof primary === 'string' ? { kind: 'perspective', code: primary } : { kind: 'site', ...primary },
  encode: ({ kind, ...place }) => ('code' in place ? place.code : place),
});

/** Settings that a file may hold too. */
export const countFields = {
  default_perspective_count: SETTINGS.defaultPerspectiveCount.schema.out.default(
    SETTINGS.defaultPerspectiveCount.defaults.local,
  ),
  max_attempts: SETTINGS.maxAttempts.schema.out.default(SETTINGS.maxAttempts.defaults.local),
};

export const perspectiveFileSchema = z.strictObject({
  /** For editors; the service does not read it. */
  $schema: z.string().optional(),
  perspectives: z.array(perspectiveEntrySchema).min(1).max(64),
  primary: primarySchema.optional(),
  ...countFields,
});

export type PerspectiveFile = z.infer<typeof perspectiveFileSchema>;

export type ParsedPerspectiveFile =
  | { readonly ok: true; readonly file: PerspectiveFile }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Members that only a deployment file has. */
const OF_DEPLOYMENTS = ['account', 'home_region'];

/**
 * Parse what a perspective file holds.
 *
 * @param path for the problems, one sentence each
 */
export function parsePerspectiveFile(content: unknown, path: string): ParsedPerspectiveFile {
  const parsed = perspectiveFileSchema.safeParse(content, { error: issueText });
  if (parsed.success) return { ok: true, file: parsed.data };
  const foreign = OF_DEPLOYMENTS.find((name) => hasMember(content, name));
  if (foreign !== undefined)
    return {
      ok: false,
      problems: [
        `${path} is a deployment file, since it has "${foreign}"; MPIC_CONFIG names a perspective file: docs/configuration.md#the-perspective-file`,
      ],
    };
  const members = Object.keys(perspectiveFileSchema.shape);
  return { ok: false, problems: describeFileIssues(path, parsed.error.issues, members) };
}

/** Whether a parsed JSON value is an object with this member. */
export function hasMember(content: unknown, name: string): boolean {
  return typeof content === 'object' && content !== null && Object.hasOwn(content, name);
}

/**
 * The perspectives of a service started without a perspective file: six AWS regions in four RIR service regions.
 * Positions are those of the cities that AWS names; no two are closer than 900 km.
 */
export const BUILT_IN_PERSPECTIVES: PerspectiveFile = perspectiveFileSchema.parse({
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
});
