import {
  BUILT_IN_PERSPECTIVES,
  type ConfiguredPerspective,
  perspectiveFileSchema,
} from '../../shared/contract/settings/perspective-file.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { View } from './views.ts';

const MORE = [
  { code: 'ca-central-1', name: 'Montreal', rir: 'ARIN', latitude: 45.5, longitude: -73.57 },
  { code: 'eu-north-1', name: 'Stockholm', rir: 'RIPE NCC', latitude: 59.33, longitude: 18.07 },
  { code: 'ap-southeast-1', name: 'Singapore', rir: 'APNIC', latitude: 1.35, longitude: 103.82 },
  { code: 'ap-south-1', name: 'Mumbai', rir: 'APNIC', latitude: 19.07, longitude: 72.88 },
  { code: 'af-south-1', name: 'Cape Town', rir: 'AFRINIC', latitude: -33.92, longitude: 18.42 },
  { code: 'me-central-1', name: 'Dubai', rir: 'RIPE NCC', latitude: 25.2, longitude: 55.27 },
];

/** Codes of the perspectives of a service without a perspective file. */
export const SIX: readonly PerspectiveCode[] = BUILT_IN_PERSPECTIVES.perspectives.map(({ code }) => code);

/** Those six and six more: enough for two cohorts of six. */
export const TWELVE: readonly ConfiguredPerspective[] = perspectiveFileSchema
  .parse({ perspectives: [...BUILT_IN_PERSPECTIVES.perspectives, ...MORE] })
  .perspectives.map((entry) => ({ ...entry, resolver: null, queue: null, queueRegion: null }));

/** The same view for each of `codes`. */
export function views(codes: readonly PerspectiveCode[], view: View): Record<PerspectiveCode, View> {
  return Object.fromEntries(codes.map((code) => [code, view]));
}
