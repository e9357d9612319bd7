import type { RecordKind } from './record-kind.ts';

/** The setting by which a process finds its table of each kind. */
const SETTINGS: Readonly<Record<RecordKind, string>> = {
  requests: 'MPIC_REQUESTS_TABLE',
  results: 'MPIC_RESULTS_TABLE',
};

/** What no restore does, in the order to do it. `kind`: null for a table whose keys are not those of this service. */
export function remainingSteps(kind: RecordKind | null, table: string): readonly string[] {
  return [
    ...(kind === null ? [`look again: the keys of ${table} are those of neither table of this service`] : []),
    'tags, alarms, auto scaling and a resource policy are not restored: set them if the old table had them',
    'no expiry of items (TTL) is on, and none should be: the service sets no expiry',
    ...(kind === null ? [] : useOf(kind, table)),
    'test it, then delete what is no longer needed: a restored table costs as much as any other',
  ];
}

function useOf(kind: RecordKind, table: string): readonly string[] {
  const other = kind === 'requests' ? 'results' : 'requests';
  return [
    `to put lost records back into the old tables: restore the ${other} table of the same time too, export both new tables, import into the old ones; nothing that is there is changed`,
    `to work with the new table instead: ${SETTINGS[kind]}=${table} for every process and function, and allow their roles to use it`,
  ];
}
