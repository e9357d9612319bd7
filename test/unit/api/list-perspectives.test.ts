import { describe, expect, it } from 'vitest';
import { listPerspectives } from '../../../services/api/list-perspectives.ts';
import { HealthBook } from '../../../services/api/perspective-health.ts';
import { logRuleChanges, ruleChangesAhead } from '../../../services/wiring/rule-changes.ts';
import { createRecordingLog } from '../../support/recording-log.ts';
import { SIX_REGIONS } from '../mpic/aws-regions.ts';

const NOW = Date.UTC(2026, 10, 29, 12);
const config = (count: number) => ({
  perspectives: SIX_REGIONS.map((perspective) => ({ ...perspective, resolver: null, queue: null })),
  primary: null,
  defaultPerspectiveCount: count,
  policy: 'baseline-requirements' as const,
});

describe('The rules ahead', () => {
  it.each([
    { count: 4, problems: [expect.stringContaining('count 4 is not a whole number from 5')], level: 'warn' },
    { count: 5, problems: [], level: 'info' },
  ])('are listed and logged as $level for a default of $count', ({ count, problems, level }) => {
    const changes = ruleChangesAhead(config(count), NOW);
    const listed = listPerspectives({
      perspectives: SIX_REGIONS,
      primary: null,
      resolverModes: new Map(),
      sharedHost: false,
      health: new HealthBook(),
      ruleChangesAhead: () => changes,
    });
    expect(listed.rule_changes_ahead).toEqual([
      { from: '2026-12-15', section: 'TLS BR 3.2.2.9', text: 'at least 5 remote perspectives', problems },
    ]);
    const log = createRecordingLog();
    logRuleChanges(log, changes);
    expect(log.entries).toMatchObject([
      { level, event: 'rule_change_ahead', fields: { from: '2026-12-15' } },
    ]);
  });
});
