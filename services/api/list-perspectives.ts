import { listPlaceAdvisories } from '../../shared/contract/api/advisories.ts';
import type { PerspectivesBody } from '../../shared/contract/api/response-schema.ts';
import type { Perspective, PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { PrimaryPlace } from '../../shared/domain/mpic/configuration.ts';
import { distanceKm } from '../../shared/domain/mpic/geography.ts';
import type { RuleChange } from '../../shared/domain/mpic/look-ahead.ts';
import { cite } from '../../shared/domain/rules/citation.ts';
import type { HealthBook } from './perspective-health.ts';

export interface PerspectivesDeps {
  readonly perspectives: readonly Perspective[];
  readonly primary: PrimaryPlace | null;
  /** How each perspective resolves names, where this process knows. */
  readonly resolverModes: ReadonlyMap<PerspectiveCode, string>;
  /** True when every perspective runs in this process: a lab, whatever the coordinates say. */
  readonly sharedHost: boolean;
  readonly health: HealthBook;
  /** Dated rules that begin soon. */
  readonly ruleChangesAhead: () => readonly RuleChange[];
}

/** Body of `GET /perspectives`: who looks, from where, and how they have been doing. */
export function listPerspectives(deps: PerspectivesDeps): PerspectivesBody {
  const { perspectives, primary, resolverModes, health } = deps;
  return {
    shared_host: deps.sharedHost,
    primary: describePrimary(primary),
    perspectives: perspectives.map((perspective) => ({
      code: perspective.code,
      name: perspective.name,
      rir: perspective.rir,
      latitude: perspective.latitude,
      longitude: perspective.longitude,
      role: primary?.kind === 'perspective' && primary.code === perspective.code ? 'primary' : 'remote',
      resolver: resolverModes.get(perspective.code) ?? null,
      nearest_neighbour: nearestNeighbour(perspective, perspectives),
      health: health.read(perspective.code),
    })),
    rule_changes_ahead: deps.ruleChangesAhead().map(({ from, section, text, problems }) => ({
      from,
      section: cite(section),
      text,
      problems: problems.map(({ message }) => message),
    })),
    advisories: listPlaceAdvisories(
      { sharedHost: deps.sharedHost, isPrimaryDeclared: primary !== null },
      cite('mpic'),
    ),
  };
}

/** As in answers, but for what its check came to. */
function describePrimary(primary: PrimaryPlace | null) {
  if (primary === null) return { status: 'not-declared' as const };
  return primary.kind === 'site'
    ? { status: 'site' as const, name: primary.name }
    : { status: 'perspective' as const, perspective_code: primary.code };
}

function nearestNeighbour(perspective: Perspective, all: readonly Perspective[]) {
  const others = all
    .filter(({ code }) => code !== perspective.code)
    .map((other) => ({ code: other.code, km: Math.floor(distanceKm(perspective, other)) }))
    .sort((a, b) => a.km - b.km);
  return others[0] ?? null;
}
