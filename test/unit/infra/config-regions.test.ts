import { describe, expect, it } from 'vitest';
import { REGIONS } from '../../../infra/config/regions.ts';
import { bootstrapTargets } from '../../../services/cli/deployment/cdk.ts';
import { BUILT_IN_PERSPECTIVES } from '../../../shared/contract/settings/perspective-file.ts';
import { parseRir } from '../../../shared/domain/check/perspective.ts';
import { isPlace } from '../../../shared/domain/mpic/geography.ts';
import { DEFAULT_REGIONS, EXAMPLE, parseExample, WORKER } from '../../support/infra/deployments.ts';

describe('the regions that are known', () => {
  it.each(BUILT_IN_PERSPECTIVES.perspectives)(
    '$code stands where the service without a configuration says',
    ({ code, ...place }) => {
      expect(REGIONS.get(code)).toEqual({ ...place, optIn: false });
    },
  );

  it.each([...REGIONS].map(([code, region]) => ({ code, ...region })))(
    '$code has a place, a registry and a code that a deployment may name',
    ({ code, rir, latitude, longitude }) => {
      expect(isPlace({ latitude, longitude })).toBe(true);
      expect(parseRir(rir)).toBe(rir);
      expect(parseExample({ home_region: code }).home_region).toBe(code);
    },
  );

  it('stand at places and have names of their own', () => {
    const regions = [...REGIONS.values()];
    expect(new Set(regions.map(({ name }) => name)).size).toBe(REGIONS.size);
    expect(new Set(regions.map(({ latitude, longitude }) => `${latitude} ${longitude}`)).size).toBe(
      REGIONS.size,
    );
  });

  it('stand in the half of the world that their codes tell of', () => {
    const west = (longitude: number) => longitude < -30;
    for (const [code, { longitude, latitude }] of REGIONS) {
      expect([code, west(longitude)]).toEqual([code, /^(us|ca|sa|mx)-/.test(code)]);
      if (/^(us|ca|eu|il|me)-/.test(code)) expect([code, latitude > 20]).toEqual([code, true]);
    }
  });

  it.each([
    { registry: 'AFRINIC', codes: /^af-/ },
    { registry: 'APNIC', codes: /^ap-/ },
    { registry: 'ARIN', codes: /^(us|ca)-/ },
    { registry: 'LACNIC', codes: /^(sa|mx)-/ },
    { registry: 'RIPE NCC', codes: /^(eu|il|me)-/ },
  ])('$registry serves those whose codes match $codes, and no others', ({ registry, codes }) => {
    const own = [...REGIONS].filter(([, { rir }]) => rir === registry).map(([code]) => code);
    expect(own).toEqual([...REGIONS.keys()].filter((code) => codes.test(code)));
  });
});

describe('the regions that have to be prepared', () => {
  const { account } = EXAMPLE;
  it.each([
    {
      name: 'are those of the perspectives, the home region once among them',
      changes: {},
      regions: ['eu-west-1', ...DEFAULT_REGIONS.filter((region) => region !== 'eu-west-1')],
    },
    {
      name: 'include a home region without a perspective',
      changes: { home_region: 'eu-central-2' },
      regions: ['eu-central-2', ...DEFAULT_REGIONS],
    },
    {
      name: 'are not more for a worker whose queue is where others are',
      changes: { perspectives: [...DEFAULT_REGIONS.map((region) => ({ region })), WORKER] },
      regions: ['eu-west-1', ...DEFAULT_REGIONS.filter((region) => region !== 'eu-west-1')],
    },
  ])('$name', ({ changes, regions }) => {
    expect(bootstrapTargets(parseExample(changes))).toEqual(
      regions.map((region) => `aws://${account}/${region}`),
    );
  });
});
