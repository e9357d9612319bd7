import { VALIDATION_METHODS, type ValidationMethod } from '../check/check.ts';
import { METHOD_RULES } from './methods.ts';

/** The labels of the CAA parameter `validationmethods` that stand for a method; none for one that validates no names. */
export function labelsOfMethod(method: ValidationMethod): readonly string[] {
  return METHOD_RULES[method].caaLabels;
}

/**
 * The mechanism that all of `labels` stand for, or null when they are of several, or of none that the rulebook knows.
 * Methods that share a label are tried in the order of the API: which of them it is makes no difference then.
 */
export function mechanismOfLabels(labels: readonly string[]): ValidationMethod | null {
  const fits = (method: ValidationMethod) => labels.every((label) => labelsOfMethod(method).includes(label));
  return VALIDATION_METHODS.find(fits) ?? null;
}

/**
 * All labels that say the same as `labels`, sorted: where a mechanism has several, any one of them should permit (TLS BR
 * 4.2.2.1.2 [caa-parameters]).
 *
 * A label that several methods share brings only what they all have: `ca-tbr-7` may mean `dns-change`, for which `dns-01`
 * does not stand. One that the rulebook does not know stands for itself.
 */
export function expandLabels(labels: readonly string[]): readonly string[] {
  return [...new Set(labels.flatMap((label) => [label, ...synonymsOf(label)]))].sort();
}

function synonymsOf(label: string): readonly string[] {
  const sets = VALIDATION_METHODS.map(labelsOfMethod).filter((set) => set.includes(label));
  const [first = [], ...others] = sets;
  return first.filter((candidate) => others.every((set) => set.includes(candidate)));
}

/** The sets of labels that there are, for messages: `http-01 and ca-tbr-19`, each set once. */
export function describeLabelSets(): string {
  const sets = VALIDATION_METHODS.map((method) => labelsOfMethod(method).join(' and ')).filter(
    (text) => text !== '',
  );
  return [...new Set(sets)].join('; ');
}
