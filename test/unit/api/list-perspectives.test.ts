import { describe, expect, it } from 'vitest';
import { listPerspectives, type PerspectivesDeps } from '../../../services/api/list-perspectives.ts';
import { HealthBook } from '../../../services/api/perspective-health.ts';
import { logRuleChanges, ruleChangesAhead } from '../../../services/hosts/rule-changes.ts';
import { createRecordingLog } from '../../support/recording-log.ts';
import { SIX_REGIONS } from '../domain/mpic/aws-regions.ts';

const NOW = Date.UTC(2026, 10, 29, 12);
const config = (count: number) => ({
  perspectives: SIX_REGIONS.map((perspective) => ({
    ...perspective,
    resolver: null,
    queue: null,
    queueRegion: null,
  })),
  primary: null,
  defaultPerspectiveCount: count,
  policy: 'baseline-requirements' as const,
});

describe('What is known of the places', () => {
  const list = (changes: Partial<PerspectivesDeps>) =>
    listPerspectives({
      perspectives: SIX_REGIONS,
      primary: null,
      resolverModes: new Map(),
      sharedHost: false,
      health: new HealthBook(),
      ruleChangesAhead: () => [],
      ...changes,
    });
  const site = { kind: 'site' as const, name: 'head office', latitude: 52, longitude: 13 };

  it.each<{ name: string; changes: Partial<PerspectivesDeps>; primary: object; codes: readonly string[] }>([
    {
      name: 'a primary that is not declared is said, with an advisory',
      changes: {},
      primary: { status: 'not-declared' },
      codes: ['primary-not-declared'],
    },
    {
      name: 'the site of a CA is named',
      changes: { primary: site },
      primary: { status: 'site', name: 'head office' },
      codes: [],
    },
    {
      name: 'a primary perspective is named by its code',
      changes: { primary: { kind: 'perspective', code: 'eu-west-1' } },
      primary: { status: 'perspective', perspective_code: 'eu-west-1' },
      codes: [],
    },
    {
      name: 'one machine for all is an advisory',
      changes: { primary: site, sharedHost: true },
      primary: { status: 'site', name: 'head office' },
      codes: ['shared-host'],
    },
  ])('$name', ({ changes, primary, codes }) => {
    const listed = list(changes);
    expect(listed.primary).toEqual(primary);
    expect(listed.advisories.map(({ code }) => code)).toEqual(codes);
  });
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
