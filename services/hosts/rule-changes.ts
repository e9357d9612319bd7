import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import { describeRuleChange, findRuleChanges, type RuleChange } from '../../shared/domain/mpic/look-ahead.ts';
import type { Log } from '../../shared/ports/log.ts';

type Configuration = Pick<ServiceConfig, 'perspectives' | 'primary' | 'defaultPerspectiveCount' | 'policy'>;

/** The dated rules ahead of `now`, Unix milliseconds, and what they do to this configuration. */
export function ruleChangesAhead(config: Configuration, now: number): readonly RuleChange[] {
  const { perspectives, primary, defaultPerspectiveCount: cohortSize, policy } = config;
  return findRuleChanges({ perspectives, primary, cohortSize, policy }, new Date(now));
}

/** Tell the operator at the start: as a warning what will keep this service from serving, the rest for information. */
export function logRuleChanges(log: Log, changes: readonly RuleChange[]): void {
  for (const change of changes) {
    const fields = { from: change.from, change: describeRuleChange(change) };
    if (change.problems.length > 0) log.warn('rule_change_ahead', fields);
    else log.info('rule_change_ahead', fields);
  }
}
