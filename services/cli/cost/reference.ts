import type { Inputs } from './inputs.ts';
import { byRegion, gigabytes, HOURS_PER_MONTH, type Quantities } from './usage.ts';

/**
 * The deployment of the Python reference, open-mpic/aws-lambda-python, as its templates have it: a REST API, a coordinator
 * function that waits for all perspectives, and in each region one function for CAA and one for DCV, all arm64. With DNSSEC,
 * its default, the functions of each region stand in a VPC whose way out is a NAT gateway with a public address.
 *
 * It stores nothing and has no queue, alarm, audit trail or dashboard, so there is nothing to count for these; its warmer is
 * off unless asked for.
 */
export type ReferenceMode = 'dnssec' | 'no-dnssec';

/** Memory of all its functions, the default of its variables. */
const MEMORY_GB = 256 / 1024;

/** What it sends and gets for one check: the parameters, and a result that has less evidence than ours. */
const CALL_PAYLOAD_KB = 1;

export function referenceIdleUsage({ regions }: Inputs, mode: ReferenceMode): Quantities {
  const hours = mode === 'dnssec' ? regions.length * HOURS_PER_MONTH : 0;
  return { amounts: { natHours: hours, addressHours: hours }, toRegionsGb: {}, toInternetGb: {} };
}

/** The same checks as ours, with the same durations; a synchronous answer is all it knows. */
export function referenceRequestUsage(inputs: Inputs): Quantities {
  const { callKb, checkMs, home, logKb, logMonths, lookupKb, regions, responseKb } = inputs;
  const invocations = 1 + regions.length;
  const logGb = gigabytes(logKb * invocations);
  const remote = regions.filter((region) => region !== home);
  const oneWay = gigabytes(CALL_PAYLOAD_KB + callKb);
  return {
    amounts: {
      apiRequests: 1,
      lambdaRequests: invocations,
      lambdaGbSeconds: (invocations * checkMs * MEMORY_GB) / 1000,
      logGb,
      logGbMonths: logGb * logMonths,
    },
    toRegionsGb: byRegion(remote.flatMap((region) => [[home, oneWay] as const, [region, oneWay] as const])),
    toInternetGb: byRegion([
      [home, gigabytes(responseKb)],
      ...regions.map((region) => [region, gigabytes(lookupKb)] as const),
    ]),
  };
}
