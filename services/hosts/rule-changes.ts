import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import { describeRuleChange, findRuleChanges, type RuleChange } from '../../shared/domain/mpic/look-ahead.ts';
import type { Log } from '../../shared/ports/log.ts';

type Configuration = Pick<ServiceConfig, 'perspectives' | 'primary' | 'defaultPerspectiveCount' | 'policy'>;

/** The dated rules that take effect after `now`, Unix milliseconds, and their effect on this configuration. */
export function ruleChangesAhead(config: Configuration, now: number): readonly RuleChange[] {
  const { perspectives, primary, defaultPerspectiveCount: cohortSize, policy } = config;
  return findRuleChanges({ perspectives, primary, cohortSize, policy }, new Date(now));
}

/**
 * Logs upcoming rule changes at the start: as a warning those that will stop this service from serving, the others as
 * information.
 */
export function logRuleChanges(log: Log, changes: readonly RuleChange[]): void {
  for (const change of changes) {
    const fields = { from: change.from, change: describeRuleChange(change) };
    if (change.problems.length > 0) log.warn('rule_change_ahead', fields);
    else log.info('rule_change_ahead', fields);
  }
}
