import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  breakEven,
  type Estimate,
  estimateReference,
  estimateService,
  monthlyUsd,
  totalOf,
} from '../../../services/cli/cost/estimate.ts';
import {
  boundsOf,
  DEFAULT_INPUTS,
  INPUT_NAMES,
  type InputName,
  type Inputs,
} from '../../../services/cli/cost/inputs.ts';
import {
  PRICES,
  type PriceName,
  SOURCES,
  STORAGE,
  transferPriceOf,
} from '../../../services/cli/cost/prices.ts';
import { callsPerRequest, idleUsage, requestUsage, scale } from '../../../services/cli/cost/usage.ts';

/** Cost falls with these, since they are times between two things that cost. */
const FALLING: readonly InputName[] = ['warmMinutes', 'pollSeconds'];

/** Largest values that are tried, so that rounding cannot hide a difference. */
const MOST_TRIED = 10_000;

const month = (inputs: Inputs) => monthlyUsd(estimateService(inputs), inputs.requestsPerMonth);
const idle = (changes: Partial<Inputs> = {}) => idleUsage({ ...DEFAULT_INPUTS, ...changes }).amounts;
const request = (changes: Partial<Inputs> = {}) => requestUsage({ ...DEFAULT_INPUTS, ...changes }).amounts;

function usdOf(estimate: Estimate, name: PriceName): number {
  const { service, what } = PRICES[name];
  const line = estimate.idle.find((one) => one.service === service && one.what === what);
  return line?.usd ?? Number.NaN;
}

const anyInputs: fc.Arbitrary<Inputs> = fc
  .tuple(
    fc.record(
      Object.fromEntries(
        INPUT_NAMES.map((name) => {
          const { least, most } = boundsOf(name);
          const max = Math.min(most, MOST_TRIED);
          return [name, fc.double({ min: least, max, noNaN: true, noDefaultInfinity: true })];
        }),
      ) as Record<InputName, fc.Arbitrary<number>>,
    ),
    fc.constantFrom('us-east-1', 'eu-west-1', 'sa-east-1'),
    fc.uniqueArray(fc.constantFrom('us-east-1', 'eu-west-1', 'sa-east-1', 'ap-northeast-1', 'xx-new-9'), {
      minLength: 1,
    }),
  )
  .map(([numbers, home, regions]) => ({ ...numbers, home, regions }));

describe('the monthly cost', () => {
  it.each(INPUT_NAMES.map((name) => ({ name, how: FALLING.includes(name) ? 'falls' : 'grows' })))(
    '$how with $name, whatever the others are, or stays',
    ({ name }) => {
      const { least, most } = boundsOf(name);
      const max = Math.min(most, MOST_TRIED);
      fc.assert(
        fc.property(anyInputs, fc.double({ min: least, max, noNaN: true }), (inputs, other) => {
          const [less, more] = [inputs[name], other].sort((a, b) => a - b) as [number, number];
          const [first, second] = FALLING.includes(name) ? [more, less] : [less, more];
          const before = month({ ...inputs, [name]: first });
          const after = month({ ...inputs, [name]: second });
          expect(after).toBeGreaterThanOrEqual(before * (1 - 1e-12));
        }),
        { numRuns: 60 },
      );
    },
  );

  it('grows with another perspective', () => {
    fc.assert(
      fc.property(anyInputs, fc.constantFrom('ca-central-1', 'ap-south-1'), (inputs, region) => {
        const more = { ...inputs, regions: [...inputs.regions, region] };
        expect(month(more)).toBeGreaterThanOrEqual(month(inputs));
      }),
    );
  });

  it('is that of an idle month and the same for every request', () => {
    fc.assert(
      fc.property(anyInputs, fc.nat(1e6), (inputs, requests) => {
        const estimate = estimateService(inputs);
        const one = totalOf(estimateService(inputs).perMillion) / 1e6;
        expect(monthlyUsd(estimate, 0)).toBe(totalOf(estimate.idle));
        expect(monthlyUsd(estimate, requests)).toBeCloseTo(totalOf(estimate.idle) + one * requests, 4);
      }),
    );
  });

  it('has no line that is less than nothing or no number', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const { idle: lines, perMillion } = estimateService(inputs);
        for (const { usd } of [...lines, ...perMillion]) expect(usd).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('an idle month', () => {
  it('has nothing that is billed by the hour', () => {
    const estimate = estimateService(DEFAULT_INPUTS);
    const hourly: PriceName[] = ['natHours', 'addressHours', 'pollerHours', 'provisionedGbSeconds'];
    for (const name of hourly) expect(usdOf(estimate, name)).toBe(0);
  });

  it('stores, writes and transfers nothing', () => {
    const { amounts, toRegionsGb, toInternetGb } = idleUsage({ ...DEFAULT_INPUTS, warmInstances: 0 });
    expect(amounts).toMatchObject({ lambdaRequests: 0, lambdaGbSeconds: 0, logGb: 0, schedules: 0 });
    expect(Object.keys(amounts)).not.toContain('writeUnits');
    expect([toRegionsGb, toInternetGb]).toEqual([{}, {}]);
  });

  it.each([
    // Eight queues, five receives each, three a minute, 43,800 minutes.
    {
      name: 'long polls of every queue are requests',
      changes: {},
      amounts: { sqsRequests: 8 * 5 * 3 * 43_800 },
    },
    {
      name: 'two pollers cost two fifths',
      changes: { pollers: 2 },
      amounts: { sqsRequests: 8 * 2 * 3 * 43_800 },
    },
    { name: 'each function is warmed every five minutes', changes: {}, amounts: { schedules: 8 * 8760 } },
    {
      name: 'a free tier is not taken off',
      changes: { warmInstances: 0, pollers: 1 },
      amounts: { sqsRequests: 1_051_200 },
    },
    {
      name: 'a provisioned environment of the API is billed for every second',
      changes: { provisionedApi: 1, apiMemoryMb: 1024 },
      amounts: { provisionedGbSeconds: 730 * 3600 },
    },
    {
      name: 'provisioned environments of perspectives are billed in every region',
      changes: { provisionedPerspective: 2, perspectiveMemoryMb: 512 },
      amounts: { provisionedGbSeconds: 6 * 730 * 3600 },
    },
    {
      name: 'provisioned pollers are billed by the hour',
      changes: { provisionedPollers: 2 },
      amounts: { pollerHours: 12 * 730 },
    },
    { name: 'no key of the customer is billed unless asked for', changes: {}, amounts: { keyMonths: 0 } },
    { name: 'there is one key in each region', changes: { customerKeys: 1 }, amounts: { keyMonths: 6 } },
    {
      name: 'the home region has a key and an image of its own',
      changes: { customerKeys: 1, home: 'eu-west-2', imageGb: 1 },
      amounts: { keyMonths: 7, imageGbMonths: 7 },
    },
    {
      name: 'two perspectives in one region share its image',
      changes: { regions: ['us-east-1', 'us-east-1'], imageGb: 1 },
      amounts: { imageGbMonths: 1 },
    },
  ])('$name', ({ changes, amounts }) => {
    for (const [name, amount] of Object.entries(amounts))
      expect(idle(changes)[name as PriceName]).toBeCloseTo(amount, 6);
  });
});

describe('a request', () => {
  it.each([
    { name: 'makes the AWS calls that a test counts, when synchronous', mode: 'sync', calls: 24 },
    { name: 'makes the AWS calls that a test counts, when asynchronous', mode: 'async', calls: 30 },
  ] as const)('$name', ({ mode, calls }) => {
    const made = Object.values(callsPerRequest(6, mode)).reduce((sum, count) => sum + count, 0);
    expect(made).toBe(calls);
  });

  it.each([
    {
      name: 'is one invocation for the API, one for each perspective, one for its deadline',
      changes: { asyncShare: 0 },
      amounts: { lambdaRequests: 8, apiRequests: 1, sqsRequests: 21 },
    },
    {
      name: 'tells of each result when asynchronous, and is asked for once more',
      changes: { asyncShare: 1 },
      amounts: { lambdaRequests: 15, apiRequests: 2, sqsRequests: 39 },
    },
    {
      name: 'may be asked for many times when asynchronous',
      changes: { asyncShare: 1, pollsPerAsync: 10 },
      amounts: { apiRequests: 11, lambdaRequests: 24 },
    },
    {
      name: 'writes whole units: an item of a byte more costs one more',
      changes: { requestItemKb: 3, resultItemKb: 1.001 },
      amounts: { writeUnits: 3 * 3 + 6 * 2 },
    },
    {
      name: 'writes whole units: an item that just fits',
      changes: { requestItemKb: 3, resultItemKb: 1 },
      amounts: { writeUnits: 3 * 3 + 6 },
    },
    {
      name: 'is never written for nothing',
      changes: { requestItemKb: 0, resultItemKb: 0 },
      amounts: { writeUnits: 9 },
    },
    {
      name: 'reads request and results seven times at most',
      changes: { requestItemKb: 4, resultItemKb: 4.1 },
      amounts: { readUnits: 7 * (1 + 6 * 2) },
    },
    {
      name: 'costs no archive when none is kept',
      changes: { archiveMonths: 0 },
      amounts: { archivedGb: 0, archiveGbMonths: 0 },
    },
    { name: 'asks KMS nothing without keys of the customer', changes: {}, amounts: { keyRequests: 0 } },
    {
      name: 'runs six checks of half a gigabyte for half a second, and nothing else',
      changes: { waitMs: -500, decisionMs: 0, perspectiveMemoryMb: 512 },
      amounts: { lambdaGbSeconds: 1.5 },
    },
  ])('$name', ({ changes, amounts }) => {
    for (const [name, amount] of Object.entries(amounts))
      expect(request(changes)[name as PriceName]).toBeCloseTo(amount, 9);
  });

  it('sends nothing between regions when there is only one', () => {
    const { toRegionsGb } = requestUsage({ ...DEFAULT_INPUTS, regions: ['us-east-1'] });
    expect(toRegionsGb).toEqual({});
  });

  it('is billed for what leaves a region, by the price of that region', () => {
    const { toRegionsGb } = requestUsage({ ...DEFAULT_INPUTS, regions: ['us-east-1', 'sa-east-1'] });
    expect(Object.keys(toRegionsGb).sort()).toEqual(['sa-east-1', 'us-east-1']);
    expect(transferPriceOf('sa-east-1').toRegions).toBeGreaterThan(transferPriceOf('us-east-1').toRegions);
    expect(transferPriceOf('xx-new-9').toRegions).toBeGreaterThanOrEqual(
      transferPriceOf('sa-east-1').toRegions,
    );
  });
});

describe('the deployment of the reference', () => {
  it('has a NAT gateway and an address in every region when it validates DNSSEC, however idle', () => {
    const { idle: lines } = estimateReference(DEFAULT_INPUTS, 'dnssec');
    expect(totalOf(lines)).toBeCloseTo(6 * 730 * (0.045 + 0.005), 6);
  });

  it('costs nothing when idle without DNSSEC', () => {
    expect(totalOf(estimateReference(DEFAULT_INPUTS, 'no-dnssec').idle)).toBe(0);
  });

  it('costs the same for a request in either case', () => {
    expect(estimateReference(DEFAULT_INPUTS, 'dnssec').perMillion).toEqual(
      estimateReference(DEFAULT_INPUTS, 'no-dnssec').perMillion,
    );
  });

  it('is broken even with where both cost the same', () => {
    const [ours, theirs] = [estimateService(DEFAULT_INPUTS), estimateReference(DEFAULT_INPUTS, 'dnssec')];
    const requests = breakEven(ours, theirs) ?? Number.NaN;
    expect(monthlyUsd(ours, requests)).toBeCloseTo(monthlyUsd(theirs, requests), 6);
  });

  it('is never broken even with when it costs less from the beginning', () => {
    const [ours, theirs] = [estimateService(DEFAULT_INPUTS), estimateReference(DEFAULT_INPUTS, 'no-dnssec')];
    expect(breakEven(ours, theirs)).toBeNull();
  });
});

describe('the prices', () => {
  it.each(Object.entries(PRICES).map(([name, price]) => ({ name, ...price })))(
    '$name is above nothing, has a unit and a source with a date',
    ({ usd, per, unit, source }) => {
      expect(usd).toBeGreaterThan(0);
      expect(per).toBeGreaterThan(0);
      expect(unit).not.toBe('');
      expect(SOURCES[source].date).toMatch(/^\d{4}-\d\d-\d\d$/);
    },
  );

  it.each(Object.entries(SOURCES).map(([name, source]) => ({ name, ...source })))(
    'the source $name has an address, or says that it has none',
    ({ address, how }) => {
      expect(address === null).toBe(how === 'from memory');
    },
  );

  it('of storage are those by the month of what requests leave behind', () => {
    for (const name of STORAGE) expect(PRICES[name as PriceName].unit).toBe('GB-months');
  });
});

describe('scaling quantities', () => {
  it('multiplies everything', () => {
    const quantities = { amounts: { events: 2 }, toRegionsGb: { a: 3 }, toInternetGb: {} };
    expect(scale(quantities, 2)).toEqual({ amounts: { events: 4 }, toRegionsGb: { a: 6 }, toInternetGb: {} });
  });
});
