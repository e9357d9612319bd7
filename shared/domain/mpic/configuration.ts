import type { Policy } from '../check/check.ts';
import type { Perspective, PerspectiveCode } from '../check/perspective.ts';
import { cite } from '../rules/citation.ts';
import type { DatedRules } from '../rules/rules.ts';
import { buildCohorts } from './cohort-search.ts';
import { areDistinct, distanceKm, isPlace, MINIMUM_DISTANCE_KM, type Place } from './geography.ts';

/** Where the primary perspective is: one of the configured perspectives, or a site of the CA outside this service. */
export type PrimaryPlace =
  | { readonly kind: 'perspective'; readonly code: PerspectiveCode }
  | ({ readonly kind: 'site'; readonly name: string } & Place);

export interface PerspectiveConfiguration {
  readonly perspectives: readonly Perspective[];
  /** Null if not declared: the CA's own site, at an unknown place. */
  readonly primary: PrimaryPlace | null;
  /** Perspectives in a cohort if the request sets no `perspective_count`. */
  readonly cohortSize: number;
  readonly rules: DatedRules;
  /** `open-mpic` does not require the minimum of the date. Default: `baseline-requirements`. */
  readonly policy?: Policy;
}

export interface ConfigurationProblem {
  readonly rule:
    | 'code-syntax'
    | 'code-unique'
    | 'coordinates'
    | 'distance'
    | 'primary'
    | 'cohort-size'
    | 'perspective-count'
    | 'rir-diversity'
    | 'cohort';
  /** One sentence for the operator: what is wrong and how to fix it. */
  readonly message: string;
}

/** Also valid in queue names, table keys and metric dimensions. */
const CODE_PATTERN = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const BR = cite('mpic');
/** What to do if no primary perspective is declared; the message puts the name of the setting before it. */
export const PRIMARY_REMEDY = `must be declared under baseline-requirements: the code of one of the perspectives, or {"name", "latitude", "longitude"} of the CA's own site. Without it nothing shows that the perspectives are remote from the primary one (${BR})`;

const FEWEST_PERSPECTIVES = 2;
const FEWEST_RIRS = 2;

/**
 * The perspectives that count towards the quorum: all except a designated primary perspective (TLS BR 3.2.2.9 [mpic]).
 */
export function selectRemotePerspectives(
  perspectives: readonly Perspective[],
  primary: PrimaryPlace | null,
): readonly Perspective[] {
  return primary?.kind === 'perspective'
    ? perspectives.filter(({ code }) => code !== primary.code)
    : perspectives;
}

/**
 * All problems for which a configuration cannot serve requests as TLS BR 3.2.2.9 [mpic] demands. A service starts only
 * if the list is empty.
 *
 * Perspectives too close to each other are rejected even if no cohort would contain both: such a pair is a
 * configuration mistake.
 */
export function findConfigurationProblems(
  configuration: PerspectiveConfiguration,
): readonly ConfigurationProblem[] {
  return [
    ...findCodeProblems(configuration.perspectives),
    ...findPrimaryProblems(configuration),
    ...findPlaceProblems(configuration),
    ...findSizeProblems(configuration),
  ];
}

function findCodeProblems(perspectives: readonly Perspective[]): readonly ConfigurationProblem[] {
  const codes = perspectives.map(({ code }) => code);
  const malformed = codes.filter((code) => !CODE_PATTERN.test(code));
  const repeated = new Set(codes.filter((code, index) => codes.indexOf(code) !== index));
  return [
    ...malformed.map((code) => ({
      rule: 'code-syntax' as const,
      message: `Perspective code ${JSON.stringify(code)} does not match ${CODE_PATTERN.source}.`,
    })),
    ...[...repeated].map((code) => ({
      rule: 'code-unique' as const,
      message: `Perspective code ${JSON.stringify(code)} is used more than once.`,
    })),
  ];
}

function findPrimaryProblems({
  perspectives,
  primary,
}: PerspectiveConfiguration): readonly ConfigurationProblem[] {
  if (primary?.kind !== 'perspective') return [];
  if (perspectives.some(({ code }) => code === primary.code)) return [];
  return [
    {
      rule: 'primary',
      message: `The primary perspective ${JSON.stringify(primary.code)} is not among the configured perspectives.`,
    },
  ];
}

interface NamedPlace extends Place {
  readonly label: string;
}

function findPlaceProblems({
  perspectives,
  primary,
}: PerspectiveConfiguration): readonly ConfigurationProblem[] {
  const places: readonly NamedPlace[] = [
    ...perspectives.map((perspective) => ({
      label: `perspective ${JSON.stringify(perspective.code)}`,
      latitude: perspective.latitude,
      longitude: perspective.longitude,
    })),
    ...(primary?.kind === 'site'
      ? [{ ...primary, label: `primary site ${JSON.stringify(primary.name)}` }]
      : []),
  ];
  const known = places.filter(isPlace);
  return [
    ...places.filter((place) => !isPlace(place)).map(describeBadCoordinates),
    ...known.flatMap((place, index) =>
      known
        .slice(index + 1)
        .filter((other) => !areDistinct(place, other))
        .map((other) => describeTooClose(place, other)),
    ),
  ];
}

function describeBadCoordinates({ label, latitude, longitude }: NamedPlace): ConfigurationProblem {
  return {
    rule: 'coordinates',
    message:
      `The coordinates of ${label}, latitude ${latitude} and longitude ${longitude}, are not decimal degrees ` +
      'within 90 and 180.',
  };
}

function describeTooClose(place: NamedPlace, other: NamedPlace): ConfigurationProblem {
  // Rounds down, so that 499.96 km is not shown as 500.0 km.
  const distance = (Math.floor(distanceKm(place, other) * 10) / 10).toFixed(1);
  return {
    rule: 'distance',
    message:
      `The distance between ${place.label} and ${other.label} is ${distance} km; ` +
      `${BR} demands at least ${MINIMUM_DISTANCE_KM} km: remove one of them.`,
  };
}

function findSizeProblems(configuration: PerspectiveConfiguration): readonly ConfigurationProblem[] {
  const { cohortSize, rules, policy = 'baseline-requirements' } = configuration;
  const remotes = selectRemotePerspectives(configuration.perspectives, configuration.primary);
  const minimum =
    policy === 'open-mpic' ? FEWEST_PERSPECTIVES : Math.max(FEWEST_PERSPECTIVES, rules.minimumPerspectives);

  if (!Number.isInteger(cohortSize) || cohortSize < minimum) {
    return [
      {
        rule: 'cohort-size',
        message:
          `The default perspective count ${cohortSize} is not a whole number from ${minimum}, ` +
          `the least that ${policy === 'open-mpic' ? 'a request may ask for' : `${BR} allows on ${rules.asOf}`}.`,
      },
    ];
  }
  if (remotes.length < cohortSize) {
    return [
      {
        rule: 'perspective-count',
        message:
          `The default perspective count is ${cohortSize}, and only ${remotes.length} remote perspectives are ` +
          'configured, the primary one not counted: add perspectives.',
      },
    ];
  }

  const rirs = [...new Set(remotes.map(({ rir }) => rir))];
  if (rirs.length < FEWEST_RIRS) {
    return [
      {
        rule: 'rir-diversity',
        message:
          `All remote perspectives are in the service region of ${rirs.join()}; ` +
          `${BR} demands corroboration from at least ${FEWEST_RIRS} regions.`,
      },
    ];
  }
  return findCohortProblems(remotes, cohortSize);
}

function findCohortProblems(
  remotes: readonly Perspective[],
  cohortSize: number,
): readonly ConfigurationProblem[] {
  if (buildCohorts(remotes, cohortSize).length > 0) return [];
  return [
    {
      rule: 'cohort',
      message:
        `No ${cohortSize} of the ${remotes.length} remote perspectives are all at least ${MINIMUM_DISTANCE_KM} km ` +
        `apart and in at least ${FEWEST_RIRS} service regions, as ${BR} demands.`,
    },
  ];
}
