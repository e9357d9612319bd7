import { REGIONS } from '../../../infra/config/regions.ts';
import type { PerspectivesBody } from '../../../shared/client/index.ts';
import { distanceKm } from '../../../shared/domain/mpic/geography.ts';
import {
  isMeasuredRegion,
  MEASURED_SIZES,
  type MeasuredResilience,
  measuredResilience,
} from '../../../shared/domain/mpic/measured-resilience.ts';
import { allowedNonCorroborations } from '../../../shared/domain/rules/rules.ts';
import { show } from './show.ts';

type Listed = PerspectivesBody['perspectives'][number];

/** A perspective is in the region that its code names if its place is not further from it than this, km. */
const SAME_PLACE_KM = 50;
const SOURCE = 'MPIC Labs, 2025-03-10: median of 32 victims, one attacker network';
const MAX_NAMED = 10;

/** What is measured of the resilience of the remote perspectives against BGP hijacks, by quorum, or why nothing is. */
export function describeResilience({ perspectives }: PerspectivesBody): readonly string[] {
  const remotes = perspectives.filter(({ role }) => role === 'remote');
  const unmeasured = remotes.filter((one) => !isMeasured(one)).map(({ code }) => show(code, 63));
  if (unmeasured.length > 0) {
    const more = unmeasured.length > MAX_NAMED ? ` and ${unmeasured.length - MAX_NAMED} more` : '';
    return [
      `resilience against hijacks: not measured at ${unmeasured.slice(0, MAX_NAMED).join(', ')}${more}`,
    ];
  }
  const size = remotes.length;
  if (!MEASURED_SIZES.includes(size))
    return [
      `resilience against hijacks: measured for sets of ${MEASURED_SIZES.join(', ')}, and not of ${size}`,
    ];
  const codes = remotes.map(({ code }) => code);
  const most = allowedNonCorroborations(size) ?? 0;
  const lines = Array.from({ length: most }, (_, index) => index + 1).flatMap((losses) => {
    const measured = measuredResilience(codes, losses);
    return measured === null ? [] : [`  quorum ${size - losses} of ${size}: ${describeShare(measured)}`];
  });
  return [`resilience against hijacks (${SOURCE}):`, ...lines];
}

function isMeasured(one: Listed): boolean {
  const region = REGIONS.get(one.code);
  return region !== undefined && isMeasuredRegion(one.code) && distanceKm(one, region) <= SAME_PLACE_KM;
}

function describeShare({ exact, atLeast, atMost }: MeasuredResilience): string {
  if (exact !== null) return `${percent(exact)} of attackers miss it`;
  const bounds = [
    ...(atLeast === null ? [] : [`at least ${percent(atLeast)}`]),
    ...(atMost === null ? [] : [`at most ${percent(atMost)}`]),
  ];
  return `${bounds.join(', ')} of attackers miss it (this set is not among the ten published)`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
