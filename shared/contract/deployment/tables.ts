import { SETTINGS } from '../settings/settings.ts';

/** Names of the two tables of the home region. */
export interface TableNames {
  readonly requests: string;
  readonly results: string;
}

export const DEFAULT_TABLE_NAMES: TableNames = {
  requests: SETTINGS.requestsTable.defaults.local,
  results: SETTINGS.resultsTable.defaults.local,
};

/** Key attributes, as the infrastructure declares them and the adapters use them. */
export const REQUESTS_KEY = { partition: 'request_id' } as const;
export const RESULTS_KEY = { partition: 'pk', sort: 'sk' } as const;

/** DynamoDB refuses items above 400 KB (409,600 bytes, names included). */
export const MAX_ITEM_BYTES = 400 * 1024;
