import type { PerspectiveCode } from '../../check/perspective.ts';
import type { Facts } from '../evidence/facts.ts';
import type { Scene } from '../evidence/scene.ts';
import type { Sureness } from './explanation.ts';

/** One observation that a rule rests on. */
export interface Sighting {
  /** The perspective that made it, and that the cause affects; null for a fact about the verdict. */
  readonly perspective: PerspectiveCode | null;
  /** What was seen. Texts from the network in it are quoted. */
  readonly line: string;
  /** Values for the braces in the texts of the rule; texts from the network in them are quoted. */
  readonly slots?: Readonly<Record<string, string>>;
}

/** What a rule found. */
export interface Found {
  readonly sightings: readonly Sighting[];
  /** The failures that the cause accounts for; left out: those of the perspectives in the sightings. */
  readonly explains?: readonly PerspectiveCode[];
  /** In place of that of the rule. */
  readonly sure?: Sureness;
}

/** One cause of a check that does not corroborate. Texts may contain `{slots}`, which sightings fill in. */
export interface Rule {
  /** What it looks for in the evidence, for the documentation. */
  readonly looksFor: string;
  readonly sure: Sureness;
  /** What most likely went wrong. */
  readonly text: string;
  /** What the applicant can do; null if nothing. */
  readonly applicant: string | null;
  /** What the CA can do; null if nothing. */
  readonly ca: string | null;
  find(scene: Scene): Found | null;
}

/** A rule that looks at each failed perspective by itself. */
export function inEach(
  look: (facts: Facts, scene: Scene) => Omit<Sighting, 'perspective'> | null,
): Rule['find'] {
  return (scene) => {
    const sightings = scene.failing.flatMap((facts) => {
      const sighting = look(facts, scene);
      return sighting === null ? [] : [{ ...sighting, perspective: facts.perspective }];
    });
    return sightings.length === 0 ? null : { sightings };
  };
}

export function codesOf(some: readonly Facts[]): readonly PerspectiveCode[] {
  return some.map(({ perspective }) => perspective);
}
