import { describe, expect, it } from 'vitest';
import type { Perspective } from '../../../../shared/domain/check/perspective.ts';
import {
  findConfigurationProblems,
  type PerspectiveConfiguration,
  type PrimaryPlace,
  selectRemotePerspectives,
} from '../../../../shared/domain/mpic/configuration.ts';
import { rulesAt } from '../../../../shared/domain/rules/rules.ts';
import { regions, SIX_REGIONS, TWELVE_REGIONS } from './aws-regions.ts';

const NOVEMBER_2026 = rulesAt(new Date('2026-11-21'));
const DECEMBER_2026 = rulesAt(new Date('2026-12-15'));

function configuration(changes: Partial<PerspectiveConfiguration>): PerspectiveConfiguration {
  return { perspectives: SIX_REGIONS, primary: null, cohortSize: 6, rules: NOVEMBER_2026, ...changes };
}

function sixWith(change: Partial<Perspective>): readonly Perspective[] {
  return SIX_REGIONS.map((perspective, index) => (index === 2 ? { ...perspective, ...change } : perspective));
}

function site(latitude: number, longitude: number): PrimaryPlace {
  return { kind: 'site', name: 'head office', latitude, longitude };
}

function badCode(code: string): Partial<PerspectiveConfiguration> {
  return { perspectives: sixWith({ code }) };
}

interface Accepted {
  readonly name: string;
  readonly changes: Partial<PerspectiveConfiguration>;
}

interface Refused extends Accepted {
  /** One per problem, in order: the rule and what its message must contain. */
  readonly problems: readonly (readonly [rule: string, message: RegExp])[];
}

describe('findConfigurationProblems (TLS BR 3.2.2.9 [mpic])', () => {
  it.each<Accepted>([
    { name: 'accepts six distinct perspectives', changes: {} },
    { name: 'accepts twelve perspectives in cohorts of six', changes: { perspectives: TWELVE_REGIONS } },
    { name: 'accepts a distant site of the CA', changes: { primary: site(19.076, 72.8777) } },
    {
      name: 'accepts six remote perspectives and a designated primary',
      changes: { primary: { kind: 'perspective', code: 'us-east-1' }, cohortSize: 5 },
    },
    { name: 'accepts four in November 2026', changes: { cohortSize: 4 } },
    { name: 'accepts five in December 2026', changes: { cohortSize: 5, rules: DECEMBER_2026 } },
    {
      name: 'accepts two under open-mpic',
      changes: {
        perspectives: regions('us-east-1', 'eu-west-1'),
        cohortSize: 2,
        policy: 'open-mpic',
      },
    },
    {
      name: 'accepts the longest code',
      changes: { perspectives: sixWith({ code: 'a'.repeat(63) }) },
    },
  ])('$name', ({ changes }) => {
    expect(findConfigurationProblems(configuration(changes))).toEqual([]);
  });

  it.each<Refused>([
    {
      name: 'rejects Virginia and Ohio together, with both names and the distance',
      changes: { perspectives: [...SIX_REGIONS, ...regions('us-east-2')] },
      problems: [['distance', /"us-east-1".*"us-east-2" is 48\d\.\d km.*at least 500 km/]],
    },
    {
      // A pair 300 km apart counts as one, so there are no six distinct perspectives (rejected before anything is
      // sent).
      name: 'rejects six perspectives with a pair 300 km apart, which form no cohort of six',
      changes: { perspectives: sixWith({ latitude: 36.4, longitude: -77.4874 }) },
      problems: [
        ['distance', /"us-east-1".*"eu-west-1" is 29\d\.\d km/],
        [
          'cohort',
          /No 6 of the 6 remote perspectives .* apart and in at least 2 service regions, as TLS BR 3\.2\.2\.9 demands\.$/,
        ],
      ],
    },
    {
      name: 'names every pair that is too close',
      changes: {
        perspectives: [...SIX_REGIONS, ...regions('us-east-2', 'eu-west-2', 'eu-west-3')],
      },
      problems: [
        ['distance', /"us-east-1".*"us-east-2"/],
        ['distance', /"eu-west-1".*"eu-west-2"/],
        ['distance', /"eu-west-2".*"eu-west-3"/],
      ],
    },
    {
      name: 'rejects a site of the CA near a perspective',
      changes: { primary: site(40, -78) },
      problems: [['distance', /"us-east-1".*primary site "head office" is 11\d\.\d km/]],
    },
    {
      name: 'rejects a primary perspective near a remote one',
      changes: {
        perspectives: [...SIX_REGIONS, ...regions('us-east-2')],
        primary: { kind: 'perspective', code: 'us-east-2' },
      },
      problems: [['distance', /"us-east-2"/]],
    },
    {
      name: 'rejects a primary perspective that is not configured',
      changes: { primary: { kind: 'perspective', code: 'nowhere' } },
      problems: [['primary', /"nowhere"/]],
    },
    {
      name: 'rejects two perspectives with the same code once',
      changes: { perspectives: sixWith({ code: 'us-east-1' }) },
      problems: [['code-unique', /"us-east-1"/]],
    },
    { name: 'rejects an empty code', changes: badCode(''), problems: [['code-syntax', /""/]] },
    {
      name: 'rejects capitals in a code',
      changes: badCode('EU-West-1'),
      problems: [['code-syntax', /EU-West-1/]],
    },
    {
      name: 'rejects a code that begins with a hyphen',
      changes: badCode('-a'),
      problems: [['code-syntax', /"-a"/]],
    },
    {
      name: 'rejects a key separator in a code',
      changes: badCode('eu#1'),
      problems: [['code-syntax', /eu#1/]],
    },
    {
      name: 'rejects a line end after a code',
      changes: badCode('eu-1\n'),
      problems: [['code-syntax', /"eu-1\\n"/]],
    },
    {
      name: 'rejects a code of 64 characters',
      changes: badCode('a'.repeat(64)),
      problems: [['code-syntax', /aaa/]],
    },
    {
      name: 'rejects a latitude above 90 degrees',
      changes: { perspectives: sixWith({ latitude: 91 }) },
      problems: [['coordinates', /"eu-west-1", latitude 91 .* within 90 and 180\.$/]],
    },
    {
      name: 'rejects a longitude above 180 degrees',
      changes: { perspectives: sixWith({ longitude: -181 }) },
      problems: [['coordinates', /longitude -181,/]],
    },
    {
      name: 'rejects a latitude that is not a number',
      changes: { perspectives: sixWith({ latitude: Number.NaN }) },
      problems: [
        ['coordinates', /latitude NaN/],
        ['cohort', /No 6 of the 6/],
      ],
    },
    {
      name: 'rejects a site of the CA with invalid coordinates',
      changes: { primary: site(Number.NaN, 0) },
      problems: [['coordinates', /primary site "head office"/]],
    },
    {
      name: 'rejects fewer perspectives than the cohort needs',
      changes: { perspectives: SIX_REGIONS.slice(0, 5) },
      problems: [
        ['perspective-count', /is 6, and only 5 remote .* the primary one not counted: add perspectives\.$/],
      ],
    },
    {
      name: 'does not count the primary perspective towards a cohort',
      changes: { primary: { kind: 'perspective', code: 'us-east-1' } },
      problems: [['perspective-count', /only 5 remote/]],
    },
    {
      name: 'rejects an empty list of perspectives',
      changes: { perspectives: [] },
      problems: [['perspective-count', /only 0 remote/]],
    },
    {
      name: 'rejects a default of four from 2026-12-15',
      changes: { cohortSize: 4, rules: DECEMBER_2026 },
      problems: [['cohort-size', /count 4 .* from 5, .*2026-12-15/]],
    },
    {
      name: 'rejects a default of one under open-mpic',
      changes: { cohortSize: 1, policy: 'open-mpic' },
      problems: [['cohort-size', /count 1 .* from 2, the least that a request may ask for\.$/]],
    },
    {
      name: 'rejects a fractional default',
      changes: { cohortSize: 5.5 },
      problems: [['cohort-size', /5\.5/]],
    },
    {
      name: 'rejects perspectives of one service region',
      changes: {
        perspectives: regions('us-east-1', 'us-west-2', 'ca-west-1', 'ca-central-1'),
        cohortSize: 4,
      },
      problems: [['rir-diversity', /ARIN.*at least 2 regions/]],
    },
    {
      name: 'does not count the service region of the primary perspective',
      changes: {
        perspectives: regions('us-east-1', 'us-west-2', 'ca-west-1', 'ca-central-1', 'eu-west-1'),
        primary: { kind: 'perspective', code: 'eu-west-1' },
        cohortSize: 4,
      },
      problems: [['rir-diversity', /ARIN/]],
    },
  ])('$name', ({ changes, problems }) => {
    const found = findConfigurationProblems(configuration(changes));
    expect(found.map(({ rule }) => rule)).toEqual(problems.map(([rule]) => rule));
    for (const [index, [, message]] of problems.entries()) expect(found[index]?.message).toMatch(message);
  });
});

describe('selectRemotePerspectives', () => {
  it.each<{ name: string; primary: PrimaryPlace | null; count: number }>([
    {
      name: 'excludes a primary perspective',
      primary: { kind: 'perspective', code: 'us-east-1' },
      count: 5,
    },
    { name: 'returns all with a site of the CA', primary: site(0, 0), count: 6 },
    { name: 'returns all without a primary', primary: null, count: 6 },
  ])('$name', ({ primary, count }) => {
    expect(selectRemotePerspectives(SIX_REGIONS, primary)).toHaveLength(count);
  });
});
