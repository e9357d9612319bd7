import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Perspective, RIRS, type Rir } from '../../../../shared/domain/check/perspective.ts';
import { chooseCohorts, cohortInTurn, selectCohort } from '../../../../shared/domain/mpic/cohort.ts';
import { buildCohorts } from '../../../../shared/domain/mpic/cohort-search.ts';
import { areDistinct } from '../../../../shared/domain/mpic/geography.ts';
import { AWS_REGIONS, regions, SIX_REGIONS, TWELVE_REGIONS } from './aws-regions.ts';

type Cohort = readonly Perspective[];

const SECRET = 'a secret of the tests';

function codes(cohorts: readonly Cohort[]): readonly (readonly string[])[] {
  return cohorts.map((cohort) => cohort.map(({ code }) => code));
}

function choose(perspectives: readonly Perspective[], size: number, key = 'example.test', secret = SECRET) {
  return chooseCohorts({ perspectives, size, secret, key });
}

function countRirs(perspectives: readonly Perspective[]): number {
  return new Set(perspectives.map(({ rir }) => rir)).size;
}

function isDistinctSet(perspectives: readonly Perspective[]): boolean {
  return perspectives.every((a, index) => perspectives.slice(index + 1).every((b) => areDistinct(a, b)));
}

/** Perspectives of these regions, all far from each other. */
function spread(...rirs: readonly Rir[]): readonly Perspective[] {
  return rirs.map((rir, index) => ({
    code: `p${index}`,
    name: `p${index}`,
    rir,
    latitude: -60 + 20 * Math.floor(index / 12),
    longitude: -170 + 28 * (index % 12),
  }));
}

/** Up to nine perspectives in a line where every second neighbour is too close. */
const crowdedSet = fc
  .array(
    fc.record({ rir: fc.constantFrom(...RIRS.slice(0, 3)), position: fc.integer({ min: 0, max: 12 }) }),
    { minLength: 1, maxLength: 9 },
  )
  .map((rows) =>
    rows.map(
      ({ rir, position }, index): Perspective => ({
        code: `p${index}`,
        name: `p${index}`,
        rir,
        latitude: 0,
        longitude: position * 2.5,
      }),
    ),
  );

const distinctSet = fc
  .array(fc.constantFrom(...RIRS), { minLength: 1, maxLength: 30 })
  .map((rirs) => spread(...rirs));

function subsets(perspectives: readonly Perspective[], size: number): readonly Cohort[] {
  if (size === 0) return [[]];
  return perspectives.flatMap((perspective, index) =>
    subsets(perspectives.slice(index + 1), size - 1).map((rest) => [perspective, ...rest]),
  );
}

/**
 * The cohorts of `example.test` with {@link SECRET}: any other choice would change cohorts when the service is updated.
 */
const VECTOR: readonly (readonly string[])[] = [
  ['us-west-2', 'eu-west-1', 'af-south-1', 'mx-central-1', 'ap-southeast-2', 'il-central-1'],
  ['eu-north-1', 'ca-west-1', 'ap-northeast-1', 'sa-east-1', 'us-east-1', 'ap-south-1'],
];

describe('chooseCohorts', () => {
  it('uses all six perspectives if there are six', () => {
    const [cohort = [], ...others] = choose(SIX_REGIONS, 6);
    expect(others).toEqual([]);
    expect(new Set(cohort)).toEqual(new Set(SIX_REGIONS));
  });

  it('builds two cohorts of six from twelve, each with enough service regions', () => {
    for (let turn = 0; turn < 100; turn += 1) {
      const cohorts = choose(TWELVE_REGIONS, 6, `${turn}.test`);
      expect(cohorts.map((cohort) => cohort.length)).toEqual([6, 6]);
      expect(new Set(cohorts.flat())).toEqual(new Set(TWELVE_REGIONS));
      for (const cohort of cohorts) expect(countRirs(cohort)).toBeGreaterThanOrEqual(4);
    }
  });

  it('never puts two neighbours into one cohort, for any key', () => {
    for (let turn = 0; turn < 300; turn += 1) {
      const cohorts = choose(AWS_REGIONS, 6, `${turn}.test`);
      expect(cohorts.length).toBeGreaterThanOrEqual(3);
      for (const cohort of cohorts) expect(isDistinctSet(cohort)).toBe(true);
    }
  });

  it.each([
    {
      name: 'uses the only perspective of a region in one cohort, not both',
      rirs: 'AAAABC',
      size: 3,
      cohorts: 2,
    },
    {
      name: 'distributes regions so that two cohorts have two regions each',
      rirs: 'AAAAAABB',
      size: 4,
      cohorts: 2,
    },
    {
      name: 'builds only one cohort if only one perspective is of another region',
      rirs: 'AAAAAAAB',
      size: 3,
      cohorts: 1,
    },
    { name: 'builds no cohort of three from one region', rirs: 'AAAAAA', size: 3, cohorts: 0 },
    { name: 'builds pairs from one region if no other pairs exist', rirs: 'AAAAA', size: 2, cohorts: 2 },
    { name: 'builds no pair from one region if a diverse pair exists', rirs: 'AAAB', size: 2, cohorts: 1 },
    { name: 'builds one cohort per perspective for size one', rirs: 'AAB', size: 1, cohorts: 3 },
    { name: 'builds no cohort larger than the set', rirs: 'ABC', size: 4, cohorts: 0 },
    { name: 'builds no cohort of size zero', rirs: 'ABC', size: 0, cohorts: 0 },
    { name: 'builds no cohort of a fractional size', rirs: 'ABC', size: 1.5, cohorts: 0 },
    { name: 'builds no cohort without perspectives', rirs: '', size: 2, cohorts: 0 },
  ])('$name', ({ rirs, size, cohorts }) => {
    const letters: Record<string, Rir> = { A: 'ARIN', B: 'RIPE NCC', C: 'APNIC' };
    const perspectives = spread(...[...rirs].map((letter) => letters[letter] ?? 'LACNIC'));
    for (let turn = 0; turn < 50; turn += 1) {
      expect(choose(perspectives, size, `${turn}.test`)).toHaveLength(cohorts);
    }
  });

  it('backtracks if the perspective in the middle must not be used', () => {
    // London is too close to both Dublin and Paris, which are far enough from each other.
    const perspectives = regions('eu-west-1', 'eu-west-2', 'eu-west-3', 'us-east-1');
    for (let turn = 0; turn < 50; turn += 1) {
      const [cohort = []] = choose(perspectives, 3, `${turn}.test`);
      expect(cohort.map(({ code }) => code).sort()).toEqual(['eu-west-1', 'eu-west-3', 'us-east-1']);
    }
  });

  it('backtracks out of many dead ends', () => {
    // Twelve lines of three, whose middle one must be left out, and 25 that are distinct from all others.
    const at = (latitude: number, longitude: number, index: number): Perspective => {
      const code = `p${latitude}.${longitude}`;
      return { code, name: code, rir: index % 2 === 0 ? 'ARIN' : 'APNIC', latitude, longitude };
    };
    const streets = Array.from({ length: 12 }, (_, street) =>
      [0, 4.2, 8.4].map((offset) => at(street < 8 ? 0 : 40, 20 * (street % 8) + offset, street)),
    ).flat();
    const others = Array.from({ length: 25 }, (_, index) =>
      at(index < 13 ? 20 : -20, 20 * (index % 13) - 120, index),
    );
    for (let turn = 0; turn < 20; turn += 1) {
      expect(choose([...streets, ...others], 24 + 25, `${turn}.test`)).toHaveLength(1);
    }
  });

  it('finds the largest cohort of the AWS regions, and none of a larger size', () => {
    const largest = AWS_REGIONS.map((_, index) => index + 1).filter(
      (size) => choose(AWS_REGIONS, size).length > 0,
    );
    // Left out at least: Ohio, one of Tokyo and Osaka, one of Singapore and Kuala Lumpur, one in the Gulf, and three
    // of the six between Dublin and Milan.
    expect(Math.max(...largest)).toBe(AWS_REGIONS.length - 7);
  });

  it('rejects an empty secret', () => {
    expect(() => choose(SIX_REGIONS, 6, 'example.test', '')).toThrow(
      new RangeError('The cohort secret is empty.'),
    );
    expect(() =>
      chooseCohorts({ perspectives: SIX_REGIONS, size: 6, secret: new Uint8Array(), key: 'a.test' }),
    ).toThrow(RangeError);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('builds no cohort of %d members', (size) => {
    expect(choose(SIX_REGIONS, size)).toEqual([]);
    expect(buildCohorts(SIX_REGIONS, size)).toEqual([]);
  });

  it('builds no pair of one region if the first two distinct perspectives are of one (TLS BR 3.2.2.9 [mpic])', () => {
    const at = (code: string, rir: Rir, longitude: number): Perspective => ({
      code,
      name: code,
      rir,
      latitude: 0,
      longitude,
    });
    // The first of RIPE NCC is 278 km from both of ARIN, which are 556 km apart.
    const ordered = [
      at('a1', 'ARIN', 0),
      at('r1', 'RIPE NCC', 2.5),
      at('a2', 'ARIN', 5),
      at('r2', 'RIPE NCC', 99),
    ];
    expect(codes(buildCohorts(ordered, 2))).toEqual([['a1', 'r2']]);
  });

  it('stops after a bounded search if perspectives are too close to each other', () => {
    /** How often a longitude is read for a cohort that needs one more pair than exists. */
    const looksAt = (pairs: number) => {
      let looks = 0;
      const perspectives = Array.from({ length: 2 * pairs }, (_, index) => ({
        code: `p${index}`,
        name: `p${index}`,
        rir: index % 4 < 2 ? ('ARIN' as const) : ('APNIC' as const),
        latitude: 0,
        get longitude() {
          looks += 1;
          return 10 * Math.floor(index / 2) + (index % 2);
        },
      }));
      expect(buildCohorts(perspectives, pairs + 1)).toEqual([]);
      return looks;
    };
    // Without a bound each additional pair would double the search.
    expect(looksAt(16)).toBeLessThan(2 * looksAt(14));
  });

  it('returns a fixed choice for a target: the order depends only on codes, secret and key', () => {
    expect(codes(choose(TWELVE_REGIONS, 6))).toEqual(VECTOR);
  });

  it('accepts the secret as text or octets', () => {
    const secret = new TextEncoder().encode(SECRET);
    expect(chooseCohorts({ perspectives: TWELVE_REGIONS, size: 6, secret, key: 'example.test' })).toEqual(
      choose(TWELVE_REGIONS, 6),
    );
  });
});

describe('the choice of cohorts', () => {
  it('is the same on every call and for any order of the configuration', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...AWS_REGIONS], { minLength: 2 }),
        fc.integer({ min: 1, max: 8 }),
        fc.string(),
        (perspectives, size, key) => {
          const sorted = [...perspectives].sort((a, b) => (a.code < b.code ? -1 : 1));
          expect(codes(choose(perspectives, size, key))).toEqual(codes(choose(sorted, size, key)));
        },
      ),
    );
  });

  it('does not modify the configuration', () => {
    const before = [...TWELVE_REGIONS];
    choose(TWELVE_REGIONS, 6);
    expect(TWELVE_REGIONS).toEqual(before);
  });

  it('changes with the secret', () => {
    const keys = Array.from({ length: 200 }, (_, index) => `${index}.test`);
    const same = keys.filter(
      (key) =>
        JSON.stringify(codes(choose(TWELVE_REGIONS, 6, key))) ===
        JSON.stringify(codes(choose(TWELVE_REGIONS, 6, key, 'another secret'))),
    );
    expect(same.length).toBeLessThan(5);
  });

  it('uses all perspectives about equally often', () => {
    const perspectives = spread(
      'ARIN',
      'ARIN',
      'ARIN',
      'RIPE NCC',
      'RIPE NCC',
      'RIPE NCC',
      'APNIC',
      'APNIC',
      'APNIC',
    );
    const asked = new Map<string, number>();
    const turns = 3000;
    for (let turn = 0; turn < turns; turn += 1) {
      const [cohort = []] = choose(perspectives, 3, `${turn}.test`);
      for (const { code } of cohort) asked.set(code, (asked.get(code) ?? 0) + 1);
    }
    // Keys and secret are fixed, so the result is deterministic.
    for (const { code } of perspectives) {
      expect(Math.abs((asked.get(code) ?? 0) - turns / 3)).toBeLessThan(turns * 0.05);
    }
  });
});

describe('For every set of perspectives,', () => {
  const size = fc.integer({ min: 1, max: 7 });

  it('cohorts are disjoint, of the requested size, distinct, and of two regions from three members on', () => {
    fc.assert(
      fc.property(fc.oneof(crowdedSet, distinctSet), size, fc.string(), (perspectives, wanted, key) => {
        const cohorts = choose(perspectives, wanted, key);
        const members = cohorts.flat();
        expect(new Set(members).size).toBe(members.length);
        for (const cohort of cohorts) {
          expect(cohort).toHaveLength(wanted);
          expect(isDistinctSet(cohort)).toBe(true);
          if (wanted > 2) expect(countRirs(cohort)).toBeGreaterThanOrEqual(2);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a cohort is found if and only if one exists', () => {
    fc.assert(
      fc.property(crowdedSet, size, fc.string(), (perspectives, wanted, key) => {
        const possible = subsets(perspectives, wanted).filter(isDistinctSet);
        const diverse = possible.filter((cohort) => countRirs(cohort) >= 2);
        const [first] = choose(perspectives, wanted, key);
        expect(first !== undefined).toBe((wanted <= 2 ? possible : diverse).length > 0);
        if (wanted === 2 && first !== undefined) {
          expect(countRirs(first)).toBe(diverse.length > 0 ? 2 : 1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('distinct perspectives yield as many cohorts as their regions allow', () => {
    fc.assert(
      fc.property(distinctSet, fc.integer({ min: 3, max: 7 }), fc.string(), (perspectives, wanted, key) => {
        const largestRegion = Math.max(
          ...RIRS.map((rir) => perspectives.filter((perspective) => perspective.rir === rir).length),
        );
        const most = Math.min(Math.floor(perspectives.length / wanted), perspectives.length - largestRegion);
        expect(choose(perspectives, wanted, key)).toHaveLength(most);
      }),
      { numRuns: 500 },
    );
  });

  it('a single cohort of distinct perspectives has as many regions as possible', () => {
    fc.assert(
      fc.property(distinctSet, fc.string(), (perspectives, key) => {
        const wanted = Math.floor(perspectives.length / 2) + 1;
        for (const cohort of choose(perspectives, wanted, key)) {
          if (wanted > 1) expect(countRirs(cohort)).toBe(Math.min(wanted, countRirs(perspectives)));
        }
      }),
    );
  });
});

describe('selectCohort and cohortInTurn', () => {
  const cohorts = ['first', 'second'];

  it.each([
    { number: 1, cohort: 'first' },
    { number: 2, cohort: 'second' },
    { number: 3, cohort: null },
    { number: 0, cohort: null },
    { number: -1, cohort: null },
    { number: 1.5, cohort: null },
  ])('return $cohort for cohort number $number', ({ number, cohort }) => {
    expect(selectCohort(cohorts, number)).toBe(cohort);
  });

  it.each([
    { attempt: 1, cohort: 'first' },
    { attempt: 2, cohort: 'second' },
    { attempt: 3, cohort: 'first' },
    { attempt: 4, cohort: 'second' },
    { attempt: 0, cohort: null },
  ])('return the $cohort for attempt $attempt', ({ attempt, cohort }) => {
    expect(cohortInTurn(cohorts, attempt)).toBe(cohort);
  });

  it('return null without cohorts', () => {
    expect(cohortInTurn([], 1)).toBeNull();
  });
});

/** The order in which perspectives are chosen, without a key. */
describe('buildCohorts', () => {
  const named = (words: string) =>
    spread(...words.split(' ').map((region) => REGION_NAMES[region] ?? 'ARIN'));
  const REGION_NAMES: Record<string, Rir> = { A: 'ARIN', R: 'RIPE NCC', P: 'APNIC', L: 'LACNIC' };

  it.each([
    {
      name: 'one of each region in turn, in input order',
      words: 'A R P L',
      size: 4,
      expected: ['p0 p1 p2 p3'],
    },
    {
      name: 'the first of another region, not the second',
      words: 'A A R R',
      size: 2,
      expected: ['p0 p2', 'p1 p3'],
    },
    {
      name: 'the first perspective of the region with the fewest members',
      words: 'A R A A P P',
      size: 3,
      expected: ['p0 p1 p5', 'p2 p4 p3'],
    },
    {
      name: 'pairs that leave enough for later pairs',
      words: 'A R P A A',
      size: 2,
      expected: ['p0 p1', 'p2 p3'],
    },
    {
      name: 'one cohort if a second would have only one region',
      words: 'A A A A A R',
      size: 3,
      expected: ['p0 p5 p1'],
    },
    { name: 'a pair of one region if no other pair exists', words: 'A A A', size: 2, expected: ['p0 p1'] },
    { name: 'no cohort of three from one region', words: 'A A A', size: 3, expected: [] },
    {
      name: 'regions in the order in which they first appear, in each round',
      words: 'A R R A',
      size: 4,
      expected: ['p0 p1 p3 p2'],
    },
    { name: 'no cohort from fewer perspectives than its size', words: 'A R', size: 3, expected: [] },
  ])('chooses $name', ({ words, size, expected }) => {
    expect(codes(buildCohorts(named(words), size)).map((cohort) => cohort.join(' '))).toEqual(expected);
  });
});
