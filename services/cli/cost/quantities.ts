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
