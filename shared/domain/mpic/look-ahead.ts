import { cite } from '../rules/citation.ts';
import { type DatedRule, type MethodRule, RULEBOOK, type SectionId } from '../rules/rulebook.ts';
import { rulesAt } from '../rules/rules.ts';
import {
  type ConfigurationProblem,
  findConfigurationProblems,
  type PerspectiveConfiguration,
} from './configuration.ts';

/** How long before a date the operator is informed: enough time to order a perspective and deploy it. */
const LOOK_AHEAD_DAYS = 90;
const DAY_MS = 86_400_000;

/** A rule that is not yet in force. */
export interface RuleChange {
  /** First UTC day on which it holds. */
  readonly from: string;
  readonly section: SectionId;
  readonly text: string;
  /** Problems of this configuration from that day on; usually none. */
  readonly problems: readonly ConfigurationProblem[];
}

/**
 * The dated rules that begin within the next 90 days, and the problems that each causes for this configuration. Without
 * this, a set of perspectives that is sufficient today would start without a warning and reject every request from that
 * day on.
 */
export function findRuleChanges(
  configuration: Omit<PerspectiveConfiguration, 'rules'>,
  now: Date,
): readonly RuleChange[] {
  const isAhead = ({ from }: { readonly from: string }) => {
    const begins = Date.parse(from);
    return begins > now.getTime() && begins <= now.getTime() + LOOK_AHEAD_DAYS * DAY_MS;
  };
  const dated = RULEBOOK.dated.changes.filter(isAhead).map((rule) => ({
    from: rule.from,
    section: rule.section,
    text: rule.text,
    problems: limitsSets(rule)
      ? findConfigurationProblems({ ...configuration, rules: rulesAt(new Date(rule.from)) })
      : [],
  }));
  return [...dated, ...METHOD_CHANGES.filter(isAhead)].sort((one, other) => (one.from < other.from ? -1 : 1));
}

/** Whether a rule sets requirements for the set of perspectives. */
function limitsSets({ set }: DatedRule): boolean {
  return set.minimumPerspectives !== undefined || set.minimumRirs !== undefined;
}

const METHOD_RULES: readonly (readonly [string, MethodRule])[] = Object.entries(RULEBOOK.methods);

const METHOD_CHANGES: readonly RuleChange[] = METHOD_RULES.flatMap(
  ([method, { sections, discouragedFrom, endsOn }]) => {
    const section = sections.domain ?? sections.ip;
    if (section === null) return [];
    const change = (from: string | null, text: string) =>
      from === null ? [] : [{ from, section, text, problems: [] }];
    return [
      ...change(discouragedFrom, `the method ${method} should not be used`),
      ...change(endsOn, `the method ${method} cannot be used, nor a validation made by it`),
    ];
  },
);

/** A change in one sentence, for a log or a terminal. */
export function describeRuleChange({ from, section, text, problems }: RuleChange): string {
  const rule = `from ${from} on ${cite(section)} says: ${text}`;
  if (problems.length === 0) return rule;
  const messages = problems.map(({ message }) => message).join(' ');
  return `${rule}. The service then rejects requests, and does not start: ${messages}`;
}
