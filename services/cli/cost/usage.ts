import type { Inputs } from './inputs.ts';
import type { PriceName } from './prices.ts';

/** How much of what, in the units of the prices. What is missing is zero. */
export interface Quantities {
  readonly amounts: Readonly<Partial<Record<PriceName, number>>>;
  /** Gigabytes that leave a region for another one. */
  readonly toRegionsGb: Readonly<Record<string, number>>;
  /** Gigabytes that leave a region for the Internet. */
  readonly toInternetGb: Readonly<Record<string, number>>;
}

export function scale(quantities: Quantities, factor: number): Quantities {
  const scaled = <Key extends string>(record: Readonly<Partial<Record<Key, number>>>) =>
    Object.fromEntries(
      Object.entries<number | undefined>(record).map(([key, amount]) => [key, (amount ?? 0) * factor]),
    ) as Record<Key, number>;
  return {
    amounts: scaled(quantities.amounts),
    toRegionsGb: scaled(quantities.toRegionsGb),
    toInternetGb: scaled(quantities.toInternetGb),
  };
}

/** Kilobytes and gigabytes of a bill: powers of 1024. */
const KB_PER_GB = 1024 ** 2;

export function gigabytes(kilobytes: number): number {
  return kilobytes / KB_PER_GB;
}

/** Amounts by region; several for one region are added. */
export function byRegion(parts: Iterable<readonly [region: string, gb: number]>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [region, gb] of parts) sums[region] = (sums[region] ?? 0) + gb;
  return sums;
}

/** Counted over six perspectives; test/flow/aws-calls.test.ts holds the code to them. Gets at most: the API looks while checks run. */
const UPDATES = 2;
const EVENTS = 1;
const GETS = 7;

/**
 * Calls that our code makes of AWS services for one request: one put for the request and one for each result; one message
 * for the deadline and one for each job, and when the request is asynchronous one for each result that was written.
 */
export function callsPerRequest(perspectives: number, mode: 'sync' | 'async') {
  const sends = 1 + (mode === 'async' ? 2 : 1) * perspectives;
  return { puts: 1 + perspectives, updates: UPDATES, gets: GETS, sends, events: EVENTS };
}

/** Hours of a month in AWS's own examples. */
export const HOURS_PER_MONTH = 730;

const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600;
const MB_PER_GB = 1024;

/** A message is sent, received and deleted: three requests, in batches of one. */
const REQUESTS_PER_MESSAGE = 3;

/** A write or a read is billed in whole units. */
const WRITE_UNIT_KB = 1;
const READ_UNIT_KB = 4;

/** What a month costs in which nobody asks anything. Nothing is billed by the hour but what is provisioned. */
export function idleUsage(inputs: Inputs): Quantities {
  const perspectives = inputs.regions.length;
  const regions = new Set([inputs.home, ...inputs.regions]).size;
  const warmings = (inputs.warmInstances * HOURS_PER_MONTH * 60) / inputs.warmMinutes;
  const invocations = warmings * (perspectives + 2);
  const memoryOfAllMb =
    inputs.apiMemoryMb + inputs.decisionMemoryMb + inputs.perspectiveMemoryMb * perspectives;
  const provisionedMb =
    inputs.provisionedApi * inputs.apiMemoryMb +
    inputs.provisionedPerspective * perspectives * inputs.perspectiveMemoryMb;
  const logGb = gigabytes(inputs.logKb * invocations);
  return {
    amounts: {
      schedules: invocations,
      lambdaRequests: invocations,
      lambdaGbSeconds: (warmings * inputs.warmMs * memoryOfAllMb) / (1000 * MB_PER_GB),
      provisionedGbSeconds: (provisionedMb / MB_PER_GB) * SECONDS_PER_MONTH,
      pollerHours: inputs.provisionedPollers * perspectives * HOURS_PER_MONTH,
      // Lambda polls the queue of an event source without end, with five receives at a time and down to two when there is little
      // traffic and no maximum concurrency. An empty receive is a request like any other. Counted in busy months too,
      // although a receive that brings a message is none that comes back empty.
      sqsRequests: ((perspectives + 2) * inputs.pollers * SECONDS_PER_MONTH) / inputs.pollSeconds,
      secretMonths: 1,
      secretReads: inputs.secretReads,
      logGb,
      logGbMonths: logGb * inputs.logMonths,
      metricMonths: inputs.metricsHome + inputs.metricsPerPerspective * perspectives,
      alarmMonths: inputs.alarmsHome + inputs.alarmsPerPerspective * perspectives,
      dashboardMonths: inputs.dashboards,
      imageGbMonths: inputs.imageGb * regions,
      keyMonths: inputs.customerKeys * regions,
    },
    toRegionsGb: {},
    toInternetGb: {},
  };
}

/** What one request of the mix adds, once its records, logs and events have been kept for as long as they are. */
export function requestUsage(inputs: Inputs): Quantities {
  const { asyncShare, home, regions, requestItemKb, resultItemKb } = inputs;
  const perspectives = regions.length;
  const sync = callsPerRequest(perspectives, 'sync');
  const async = callsPerRequest(perspectives, 'async');
  const sends = sync.sends + asyncShare * (async.sends - sync.sends);
  const httpRequests = 1 + asyncShare * inputs.pollsPerAsync;
  // Job messages go to perspectives, all others to the decision function; each in an invocation of its own.
  const decisions = sends - perspectives;
  const invocations = httpRequests + perspectives + decisions;
  const logGb = gigabytes(inputs.logKb * invocations);
  const tableGb = gigabytes(requestItemKb + perspectives * resultItemKb);
  const eventGb = gigabytes(inputs.eventKb);
  // Of the request and all its results, each item for itself.
  const itemUnits = (unitKb: number) =>
    units(requestItemKb, unitKb) + perspectives * units(resultItemKb, unitKb);
  return {
    amounts: {
      apiRequests: httpRequests,
      lambdaRequests: invocations,
      lambdaGbSeconds: durationGbSeconds(inputs, decisions),
      // An update is billed for the whole item. The first put is billed as if the request were decided already.
      writeUnits: sync.updates * units(requestItemKb, WRITE_UNIT_KB) + itemUnits(WRITE_UNIT_KB),
      readUnits: sync.gets * itemUnits(READ_UNIT_KB),
      tableGbMonths: tableGb * inputs.recordMonths,
      recoveryGbMonths: tableGb * inputs.recordMonths,
      sqsRequests: sends * REQUESTS_PER_MESSAGE,
      events: sync.events,
      archivedGb: inputs.archiveMonths > 0 ? eventGb : 0,
      archiveGbMonths: eventGb * inputs.archiveMonths,
      s3Puts: inputs.auditObjects,
      s3GbMonths: gigabytes(inputs.auditKb) * inputs.auditMonths,
      logGb,
      logGbMonths: logGb * inputs.logMonths,
      keyRequests: inputs.customerKeys * inputs.keyRequests,
    },
    toRegionsGb: betweenRegions(inputs),
    toInternetGb: byRegion([
      [home, gigabytes(inputs.responseKb * httpRequests)],
      ...regions.map((region) => [region, gigabytes(inputs.lookupKb)] as const),
    ]),
  };
}

/**
 * The API function lives until the slowest perspective that is needed has answered, whether it does so for the first
 * request or for the long poll of an asynchronous one.
 */
function durationGbSeconds(inputs: Inputs, decisions: number): number {
  const api = (inputs.checkMs + inputs.waitMs) * inputs.apiMemoryMb;
  const checks = inputs.checkMs * inputs.perspectiveMemoryMb * inputs.regions.length;
  const decided = decisions * inputs.decisionMs * inputs.decisionMemoryMb;
  return (api + checks + decided) / (1000 * MB_PER_GB);
}

/** At least one: an empty item is not free. */
function units(kilobytes: number, unitKb: number): number {
  return Math.max(1, Math.ceil(kilobytes / unitKb));
}

/** Jobs leave the home region; results, and what tells of them, leave the regions of the perspectives. */
function betweenRegions(inputs: Inputs): Record<string, number> {
  const { asyncShare, callKb, home, jobKb, messageKb, resultItemKb } = inputs;
  const remote = inputs.regions.filter((region) => region !== home);
  const job = gigabytes(jobKb + callKb);
  const result = gigabytes(resultItemKb + callKb + asyncShare * (messageKb + callKb));
  // The answers to these calls go the other way.
  const answers = gigabytes(callKb);
  return byRegion(
    remote.flatMap((region) => [
      [home, job + answers * (1 + asyncShare)] as const,
      [region, result + answers] as const,
    ]),
  );
}
