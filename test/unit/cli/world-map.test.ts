import { describe, expect, it } from 'vitest';
import { REGIONS } from '../../../infra/config/regions.ts';
import { describeResilience } from '../../../services/cli/ask/resilience.ts';
import { markOf, renderMap } from '../../../services/cli/ask/world-map.ts';
import type { PerspectivesBody } from '../../../shared/client/index.ts';

const at = (latitude: number, longitude: number) => ({ latitude, longitude });

/** Row and column of a mark, from 0. */
function placeOf(mark: string, map: string): readonly [number, number] {
  const rows = map.split('\n');
  const row = rows.findIndex((line) => line.includes(mark));
  return [row, rows[row]?.indexOf(mark) ?? -1];
}

describe('renderMap', () => {
  it('has the mark of each perspective where it is, on land that is where it should be', () => {
    const map = renderMap([at(53.3, -6.3), at(-33.9, 18.4), at(35.7, 139.7)]);
    const [dublin, cape, tokyo] = ['A', 'B', 'C'].map((mark) => placeOf(mark, map));
    expect(dublin).toEqual([3, 36]);
    expect(cape).toEqual([17, 41]);
    expect(tokyo).toEqual([6, 67]);
    expect(map).toMatch(/\.{10}/);
  });

  it.each([
    { name: 'the north pole', place: at(90, 0), row: 0 },
    { name: 'the south pole', place: at(-90, 0), row: 20 },
    { name: 'the date line', place: at(0, 180), row: 12 },
  ])('keeps a perspective at $name within its edge', ({ place, row }) => {
    const map = renderMap([place]);
    expect(placeOf('A', map)[0]).toBe(row);
    expect(Math.max(...map.split('\n').map((line) => line.length))).toBeLessThanOrEqual(76);
  });

  it('shows that several perspectives are in one field', () => {
    const map = renderMap([at(50.1, 8.7), at(50.2, 8.6)]);
    expect(map).toContain('+');
    expect(map).not.toMatch(/[AB]/);
  });

  it('has a mark for any number of perspectives', () => {
    expect([markOf(0), markOf(25), markOf(26), markOf(61), markOf(62), markOf(199)]).toEqual([
      'A',
      'Z',
      'a',
      '9',
      '*',
      '*',
    ]);
  });
});

describe('describeResilience', () => {
  const bodyOf = (codes: readonly string[], moved = 0) =>
    ({
      perspectives: codes.map((code) => {
        const { latitude = 0, longitude = 0 } = REGIONS.get(code) ?? {};
        return { code, role: 'remote', latitude: latitude + moved, longitude };
      }),
    }) as unknown as PerspectivesBody;
  const BEST = ['ap-northeast-2', 'ap-southeast-2', 'ca-central-1', 'eu-central-1', 'eu-west-1', 'us-east-2'];

  it('gives the figures by quorum, with their source', () => {
    expect(describeResilience(bodyOf(BEST))).toEqual([
      'resilience against hijacks (MPIC Labs, 2025-03-10: median of 32 victims, one attacker network):',
      '  quorum 5 of 6: 96.8 % of attackers miss it',
      '  quorum 4 of 6: at most 87.1 % of attackers miss it (this set is not among the ten published)',
    ]);
  });

  it.each([
    {
      name: 'regions that were not measured',
      body: bodyOf(['us-east-1', ...BEST.slice(1)]),
      says: 'not measured at us-east-1',
    },
    {
      name: 'perspectives elsewhere than their codes say',
      body: bodyOf(BEST, 1),
      says: `not measured at ${BEST.join(', ')}`,
    },
    {
      name: 'a size without figures',
      body: bodyOf(BEST.slice(0, 4)),
      says: 'measured for sets of 5, 6, 7, 8, and not of 4',
    },
  ])('says that there is none for $name', ({ body, says }) => {
    expect(describeResilience(body)).toEqual([`resilience against hijacks: ${says}`]);
  });
});
