import type { SourceName } from './sources.ts';

/** What a gigabyte costs that leaves a region, in US dollars. What comes in is free. */
export interface TransferPrice {
  readonly toRegions: number;
  readonly toInternet: number;
}

/** Read for us-east-1; the rows below are from memory. */
export const TRANSFER_SOURCES = {
  toRegions: 'betweenRegions',
  toInternet: 'internet',
} as const satisfies Readonly<Record<keyof TransferPrice, SourceName>>;

/** AWS charges the region that data leaves. The pair us-east-1 and us-east-2, at half the price, is not told apart. */
const AMERICA_AND_EUROPE: TransferPrice = { toRegions: 0.02, toInternet: 0.09 };

const ROWS: Readonly<Record<string, TransferPrice>> = {
  'af-south-1': { toRegions: 0.147, toInternet: 0.154 },
  'ap-east-1': { toRegions: 0.09, toInternet: 0.12 },
  'ap-northeast-1': { toRegions: 0.09, toInternet: 0.114 },
  'ap-northeast-2': { toRegions: 0.08, toInternet: 0.126 },
  'ap-northeast-3': { toRegions: 0.09, toInternet: 0.114 },
  'ap-south-1': { toRegions: 0.086, toInternet: 0.1093 },
  'ap-southeast-1': { toRegions: 0.09, toInternet: 0.12 },
  'ap-southeast-2': { toRegions: 0.098, toInternet: 0.114 },
  'me-south-1': { toRegions: 0.1105, toInternet: 0.117 },
  'sa-east-1': { toRegions: 0.138, toInternet: 0.15 },
};

/** The dearest known, so that an unknown region is not estimated too low. */
const UNKNOWN: TransferPrice = { toRegions: 0.147, toInternet: 0.154 };

export function transferPriceOf(region: string): TransferPrice {
  return ROWS[region] ?? (/^(?:us|ca|eu)-/.test(region) ? AMERICA_AND_EUROPE : UNKNOWN);
}
