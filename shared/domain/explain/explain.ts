import type { PerspectiveCode } from '../check/perspective.ts';
import { type Observed, openScene, type Scene } from './evidence/scene.ts';
import type { Cause, ExplainedCause, Extent } from './rules/explanation.ts';
import type { Found, Rule } from './rules/rule.ts';
import { RULES } from './rules/rules.ts';

/** Bounds of one explanation. Fewer causes say more; the rest of the evidence is in the result itself. */
const MAX_CAUSES = 5;
const MAX_LINES = 12;
const MAX_TEXT = 2_000;
const MAX_SLOT = 500;

/** A cause that the evidence shows, and the failures for which it is the best explanation. */
interface Candidate {
  readonly cause: Cause;
  readonly rule: Rule;
  readonly found: Found;
  readonly bestFor: readonly PerspectiveCode[];
}

/**
 * The causes that explain why perspectives did not corroborate, the most likely first.
 *
 * Every failure counts for the first rule that explains it; the cause with most failures is first. Causes that the
 * evidence shows as well, and that are not the best explanation of any failure, follow.
 */
export function explain(observed: Observed): readonly ExplainedCause[] {
  const scene = openScene(observed);
  const candidates = findCandidates(scene);
  return candidates
    .filter(({ cause, bestFor }) => cause !== 'unexplained' || bestFor.length > 0)
    .sort((one, other) => other.bestFor.length - one.bestFor.length)
    .slice(0, MAX_CAUSES)
    .map((candidate) => describe(candidate, scene));
}

function findCandidates(scene: Scene): readonly Candidate[] {
  const open = new Set(scene.failing.map(({ perspective }) => perspective));
  return RULES.flatMap(([cause, rule]) => {
    const found = rule.find(scene);
    if (found === null) return [];
    const explained = found.explains ?? found.sightings.flatMap(({ perspective }) => perspective ?? []);
    const bestFor = explained.filter((code) => open.has(code));
    for (const code of bestFor) open.delete(code);
    return [{ cause, rule, found, bestFor }];
  });
}

function describe({ cause, rule, found }: Candidate, { all, target }: Scene): ExplainedCause {
  const { sightings } = found;
  const affected = [...new Set(sightings.flatMap(({ perspective }) => perspective ?? []))];
  const slots = { target, ...sightings[0]?.slots };
  return {
    cause,
    sure: found.sure ?? rule.sure,
    text: fill(rule.text, slots),
    applicant: rule.applicant === null ? null : fill(rule.applicant, slots),
    ca: rule.ca === null ? null : fill(rule.ca, slots),
    extent: extentOf(affected.length, all.length),
    perspectives: affected,
    evidence: sightings
      .slice(0, MAX_LINES)
      .map(({ perspective, line }) => ({ perspective, text: line.slice(0, MAX_TEXT) })),
  };
}

function extentOf(affected: number, all: number): Extent {
  if (affected === all) return 'all';
  return affected * 2 > all ? 'majority' : 'minority';
}

/** Texts with the values of `slots` in place of their names in braces; a value is never read for further slots. */
function fill(template: string, slots: Readonly<Record<string, string>>): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    (slots[name] ?? '(unknown)').slice(0, MAX_SLOT),
  );
  return filled.slice(0, MAX_TEXT);
}
