import { VALIDATION_METHODS, type ValidationMethod } from '../check/check.ts';
import { METHOD_RULES } from './methods.ts';

/**
 * The labels of the CAA parameter `validationmethods` that denote a method; none for a method that validates no names.
 */
export function labelsOfMethod(method: ValidationMethod): readonly string[] {
  return METHOD_RULES[method].caaLabels;
}

/**
 * The method that all of `labels` denote; null if they denote several methods, or none in the rulebook. If several
 * methods share the labels, the first in the order of the API is returned; the result is the same for all of them.
 */
export function mechanismOfLabels(labels: readonly string[]): ValidationMethod | null {
  const fits = (method: ValidationMethod) => labels.every((label) => labelsOfMethod(method).includes(label));
  return VALIDATION_METHODS.find(fits) ?? null;
}

/**
 * `labels` and their synonyms, sorted: if a method has several labels, any one of them should permit (TLS BR 4.2.2.1.2
 * [caa-parameters]).
 *
 * A label that several methods share adds only labels that all of them have: `ca-tbr-7` may mean `dns-change`, which
 * `dns-01` does not denote. A label that is not in the rulebook is kept without synonyms.
 */
export function expandLabels(labels: readonly string[]): readonly string[] {
  return [...new Set(labels.flatMap((label) => [label, ...synonymsOf(label)]))].sort();
}

function synonymsOf(label: string): readonly string[] {
  const sets = VALIDATION_METHODS.map(labelsOfMethod).filter((set) => set.includes(label));
  const [first = [], ...others] = sets;
  return first.filter((candidate) => others.every((set) => set.includes(candidate)));
}

/** All sets of labels, for messages: `http-01 and ca-tbr-19`, each set once. */
export function describeLabelSets(): string {
  const sets = VALIDATION_METHODS.map((method) => labelsOfMethod(method).join(' and ')).filter(
    (text) => text !== '',
  );
  return [...new Set(sets)].join('; ');
}
