import type { Inputs } from './inputs.ts';
import {
  PRICES,
  type Price,
  type PriceName,
  type SourceName,
  STORAGE,
  TRANSFER_SOURCES,
  type TransferPrice,
  transferPriceOf,
} from './prices.ts';
import { type ReferenceMode, referenceIdleUsage, referenceRequestUsage } from './reference.ts';
import { idleUsage, type Quantities, requestUsage, scale } from './usage.ts';

/** One line of a bill. */
export interface Line {
  readonly service: string;
  readonly what: string;
  readonly quantity: number;
  readonly unit: string;
  readonly usd: number;
  readonly source: SourceName;
  /** Paid for as long as it is kept. */
  readonly isStorage: boolean;
}

/** What a deployment costs in a month. The whole is `idle` and `requests / 1,000,000` times `perMillion`. */
export interface Estimate {
  readonly idle: readonly Line[];
  readonly perMillion: readonly Line[];
}

const MILLION = 1_000_000;

export function estimateService(inputs: Inputs): Estimate {
  return {
    idle: priceQuantities(idleUsage(inputs)),
    perMillion: priceQuantities(scale(requestUsage(inputs), MILLION)),
  };
}

export function estimateReference(inputs: Inputs, mode: ReferenceMode): Estimate {
  return {
    idle: priceQuantities(referenceIdleUsage(inputs, mode)),
    perMillion: priceQuantities(scale(referenceRequestUsage(inputs), MILLION)),
  };
}

/** One line for every price, in the order of the price table, then the data that leaves regions. */
export function priceQuantities({ amounts, toRegionsGb, toInternetGb }: Quantities): readonly Line[] {
  return [
    ...(Object.keys(PRICES) as PriceName[]).map((name) => priceLine(name, amounts[name] ?? 0)),
    transferLine('between regions', toRegionsGb, 'toRegions'),
    transferLine('to the Internet', toInternetGb, 'toInternet'),
  ];
}

export function totalOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

/** A month with this many requests. */
export function monthlyUsd({ idle, perMillion }: Estimate, requests: number): number {
  return totalOf(idle) + (totalOf(perMillion) * requests) / MILLION;
}

/** Requests per month from which the one that is cheaper when idle costs more than the other; null: it never does. */
export function breakEven(cheaperIdle: Estimate, other: Estimate): number | null {
  const ahead = totalOf(other.idle) - totalOf(cheaperIdle.idle);
  const behind = totalOf(cheaperIdle.perMillion) - totalOf(other.perMillion);
  return ahead > 0 && behind > 0 ? (ahead / behind) * MILLION : null;
}

function priceLine(name: PriceName, quantity: number): Line {
  const { service, what, usd, per, unit, source }: Price = PRICES[name];
  return { service, what, quantity, unit, usd: (quantity * usd) / per, source, isStorage: STORAGE.has(name) };
}

function transferLine(
  what: string,
  gigabytes: Readonly<Record<string, number>>,
  to: keyof TransferPrice,
): Line {
  const parts = Object.entries(gigabytes);
  return {
    service: 'Data transfer',
    what,
    quantity: parts.reduce((sum, [, gb]) => sum + gb, 0),
    unit: 'GB',
    usd: parts.reduce((sum, [region, gb]) => sum + gb * transferPriceOf(region)[to], 0),
    source: TRANSFER_SOURCES[to],
    isStorage: false,
  };
}
