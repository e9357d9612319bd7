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
  /** One per problem, in order: the rule and what its message must name. */
  readonly problems: readonly (readonly [rule: string, message: RegExp])[];
}

describe('findConfigurationProblems (TLS BR 3.2.2.9 [mpic])', () => {
  it.each<Accepted>([
    { name: 'six distinct perspectives start', changes: {} },
    { name: 'twelve start, asked six at a time', changes: { perspectives: TWELVE_REGIONS } },
    { name: 'a distant site of the CA starts', changes: { primary: site(19.076, 72.8777) } },
    {
      name: 'a primary perspective is not one of the cohort',
      changes: { primary: { kind: 'perspective', code: 'us-east-1' }, cohortSize: 5 },
    },
    { name: 'four are enough in November 2026', changes: { cohortSize: 4 } },
    { name: 'five are enough in December 2026', changes: { cohortSize: 5, rules: DECEMBER_2026 } },
    {
      name: 'the open-mpic policy starts with two',
      changes: {
        perspectives: regions('us-east-1', 'eu-west-1'),
        cohortSize: 2,
        policy: 'open-mpic',
      },
    },
    {
      name: 'the longest code fits',
      changes: { perspectives: sixWith({ code: 'a'.repeat(63) }) },
    },
  ])('$name', ({ changes }) => {
    expect(findConfigurationProblems(configuration(changes))).toEqual([]);
  });

  it.each<Refused>([
    {
      name: 'Virginia and Ohio together are refused, with both names and the distance',
      changes: { perspectives: [...SIX_REGIONS, ...regions('us-east-2')] },
      problems: [['distance', /"us-east-1".*"us-east-2" is 48\d\.\d km.*at least 500 km/]],
    },
    {
      // A pair 300 km apart counts as one, so no six are there to be asked (refused before anything is sent).
      name: 'six perspectives with a pair 300 km apart are refused and make no cohort of six',
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
      name: 'every pair too close is named',
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
      name: 'a site of the CA beside a perspective is refused',
      changes: { primary: site(40, -78) },
      problems: [['distance', /"us-east-1".*primary site "head office" is 11\d\.\d km/]],
    },
    {
      name: 'a primary perspective beside a remote one is refused',
      changes: {
        perspectives: [...SIX_REGIONS, ...regions('us-east-2')],
        primary: { kind: 'perspective', code: 'us-east-2' },
      },
      problems: [['distance', /"us-east-2"/]],
    },
    {
      name: 'a primary perspective nobody configured is refused',
      changes: { primary: { kind: 'perspective', code: 'nowhere' } },
      problems: [['primary', /"nowhere"/]],
    },
    {
      name: 'two perspectives of one code are refused once',
      changes: { perspectives: sixWith({ code: 'us-east-1' }) },
      problems: [['code-unique', /"us-east-1"/]],
    },
    { name: 'an empty code is refused', changes: badCode(''), problems: [['code-syntax', /""/]] },
    {
      name: 'capitals in a code are refused',
      changes: badCode('EU-West-1'),
      problems: [['code-syntax', /EU-West-1/]],
    },
    {
      name: 'a code that begins with a hyphen is refused',
      changes: badCode('-a'),
      problems: [['code-syntax', /"-a"/]],
    },
    {
      name: 'a key separator in a code is refused',
      changes: badCode('eu#1'),
      problems: [['code-syntax', /eu#1/]],
    },
    {
      name: 'a line end after a code is refused',
      changes: badCode('eu-1\n'),
      problems: [['code-syntax', /"eu-1\\n"/]],
    },
    {
      name: 'a code of 64 characters is refused',
      changes: badCode('a'.repeat(64)),
      problems: [['code-syntax', /aaa/]],
    },
    {
      name: 'a latitude beyond the pole is refused',
      changes: { perspectives: sixWith({ latitude: 91 }) },
      problems: [['coordinates', /"eu-west-1", latitude 91 .* within 90 and 180\.$/]],
    },
    {
      name: 'a longitude beyond the date line is refused',
      changes: { perspectives: sixWith({ longitude: -181 }) },
      problems: [['coordinates', /longitude -181,/]],
    },
    {
      name: 'a latitude that is no number is refused',
      changes: { perspectives: sixWith({ latitude: Number.NaN }) },
      problems: [
        ['coordinates', /latitude NaN/],
        ['cohort', /No 6 of the 6/],
      ],
    },
    {
      name: 'a site of the CA that is nowhere is refused',
      changes: { primary: site(Number.NaN, 0) },
      problems: [['coordinates', /primary site "head office"/]],
    },
    {
      name: 'fewer perspectives than the cohort needs are refused',
      changes: { perspectives: SIX_REGIONS.slice(0, 5) },
      problems: [
        ['perspective-count', /is 6, and only 5 remote .* the primary one not counted: add perspectives\.$/],
      ],
    },
    {
      name: 'the primary perspective does not fill a cohort',
      changes: { primary: { kind: 'perspective', code: 'us-east-1' } },
      problems: [['perspective-count', /only 5 remote/]],
    },
    {
      name: 'no perspectives at all are refused',
      changes: { perspectives: [] },
      problems: [['perspective-count', /only 0 remote/]],
    },
    {
      name: 'four by default are refused from 2026-12-15',
      changes: { cohortSize: 4, rules: DECEMBER_2026 },
      problems: [['cohort-size', /count 4 .* from 5, .*2026-12-15/]],
    },
    {
      name: 'one by default is refused under open-mpic too',
      changes: { cohortSize: 1, policy: 'open-mpic' },
      problems: [['cohort-size', /count 1 .* from 2, the least that a request may ask for\.$/]],
    },
    {
      name: 'half a perspective is refused',
      changes: { cohortSize: 5.5 },
      problems: [['cohort-size', /5\.5/]],
    },
    {
      name: 'one service region is refused',
      changes: {
        perspectives: regions('us-east-1', 'us-west-2', 'ca-west-1', 'ca-central-1'),
        cohortSize: 4,
      },
      problems: [['rir-diversity', /ARIN.*at least 2 regions/]],
    },
    {
      name: 'the service region of the primary perspective does not help',
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
      name: 'a primary perspective is left out',
      primary: { kind: 'perspective', code: 'us-east-1' },
      count: 5,
    },
    { name: 'a site of the CA leaves all', primary: site(0, 0), count: 6 },
    { name: 'no primary leaves all', primary: null, count: 6 },
  ])('$name', ({ primary, count }) => {
    expect(selectRemotePerspectives(SIX_REGIONS, primary)).toHaveLength(count);
  });
});
