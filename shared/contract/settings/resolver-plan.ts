import type { PerspectiveCode } from '../../domain/check/perspective.ts';
import { cite } from '../../domain/rules/citation.ts';
import type { ConfiguredPerspective } from './perspective-file.ts';
import type { ServiceConfig } from './service-config.ts';
import { findUnboundProblem, type InstalledUnbound } from './unbound-floor.ts';

/** The daemon that each perspective runs for itself, and the only resolver that counts as validating. */
export const VALIDATING_RESOLVER = 'unbound';

/** Which resolver each perspective of a process asks: `unbound`, `system`, or address:port. */
export interface ResolverPlan {
  readonly modes: ReadonlyMap<PerspectiveCode, string>;
  /** Why the process must not start. */
  readonly problems: readonly string[];
  /** What an operator should know all the same. */
  readonly warnings: readonly string[];
}

type PlannedConfig = Pick<ServiceConfig, 'backend' | 'policy' | 'primary' | 'resolver' | 'unboundPatched'>;

const INSTALL =
  'install it (Debian and Ubuntu: apt install unbound; Alpine: apk add unbound; macOS: brew install unbound)';

/** What a perspective was told to ask; null when nobody said. */
export function declaredResolver(
  { resolver }: ConfiguredPerspective,
  config: Pick<ServiceConfig, 'resolver'>,
): string | null {
  return resolver ?? config.resolver;
}

/**
 * Decide who asks which resolver.
 *
 * Every perspective validates for itself unless somebody declared otherwise for it (TLS BR 4.2.2.2 [dnssec] lets a
 * remote one do without). Where nobody declared anything and unbound is missing, a lab falls back to the resolver of the
 * machine and says so; on aws that stops the start.
 *
 * @param unbound null when it is not installed.
 */
export function planResolvers(
  config: PlannedConfig,
  hosted: readonly ConfiguredPerspective[],
  unbound: InstalledUnbound | null,
): ResolverPlan {
  const modes = new Map(hosted.map((one) => [one.code, chooseMode(one, config, unbound !== null)] as const));
  const missing = hosted.filter((one) => modes.get(one.code) === VALIDATING_RESOLVER && unbound === null);
  const fallenBack = hosted.filter(
    (one) => declaredResolver(one, config) === null && modes.get(one.code) === 'system',
  );
  const declared = hosted.filter(
    (one) => modes.get(one.code) !== VALIDATING_RESOLVER && !fallenBack.includes(one),
  );
  const primary = findNonValidatingPrimary(config, hosted, modes);
  const isAsked = [...modes.values()].includes(VALIDATING_RESOLVER);
  const unrepaired = isAsked && unbound !== null ? findUnboundProblem(unbound, config.unboundPatched) : null;
  return {
    modes,
    problems: [
      ...(missing.length === 0
        ? []
        : [
            `unbound is not installed, and ${listCodes(missing)} must ask it: ${INSTALL}, version 1.16 or later`,
          ]),
      ...(primary === null ? [] : [primary]),
      ...(unrepaired === null || config.backend !== 'aws' ? [] : [unrepaired]),
    ],
    warnings: [
      ...(unrepaired === null || config.backend === 'aws'
        ? []
        : [`${unrepaired}; on aws it would not start`]),
      ...(fallenBack.length === 0
        ? []
        : [
            `unbound is not installed, so nobody here validates DNSSEC and every result says "not validated": ${INSTALL}, or name your resolver with MPIC_RESOLVER`,
          ]),
      ...(declared.length === 0
        ? []
        : [`${listCodes(declared)} asks a resolver that it does not run: its results say "not validated"`]),
    ],
  };
}

function chooseMode(perspective: ConfiguredPerspective, config: PlannedConfig, isInstalled: boolean): string {
  const declared = declaredResolver(perspective, config);
  if (declared !== null) return declared;
  return !isInstalled && config.backend !== 'aws' ? 'system' : VALIDATING_RESOLVER;
}

/** TLS BR 4.2.2.2 [dnssec], from 2026-03-15: the primary perspective validates, whatever it is told. */
function findNonValidatingPrimary(
  { policy, primary }: PlannedConfig,
  hosted: readonly ConfiguredPerspective[],
  modes: ReadonlyMap<PerspectiveCode, string>,
): string | null {
  if (policy !== 'baseline-requirements' || primary?.kind !== 'perspective') return null;
  if (!hosted.some(({ code }) => code === primary.code)) return null;
  const mode = modes.get(primary.code);
  if (mode === VALIDATING_RESOLVER) return null;
  return `the primary perspective ${primary.code} asks ${mode} and would not validate DNSSEC, which ${cite('dnssec-primary')} demands of it: give it the resolver unbound`;
}

function listCodes(perspectives: readonly ConfiguredPerspective[]): string {
  const codes = perspectives.map(({ code }) => code).join(', ');
  return `${perspectives.length === 1 ? 'perspective' : 'each of the perspectives'} ${codes}`;
}
