import { formatServerAddress } from '../../../shared/adapters/dns/stub/server-address.ts';
import { type LabServer, type LabView, startDnsServer } from './dns-server.ts';
import { overrideRecords } from './zone.ts';

export interface LabViews {
  /** `address:port` by perspective code. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, LabServer>;
  close(): Promise<void>;
}

/** What a perspective sees that has `overrides` on top of `base`; its scripts come before the common ones. */
export function combineViews(base: LabView, overrides: Partial<LabView>): LabView {
  return {
    records: overrideRecords(base.records, overrides.records ?? []),
    scripts: [...(overrides.scripts ?? []), ...(base.scripts ?? [])],
  };
}

/** One server for each perspective, all with the same records but for what `overrides` says. */
export async function startDnsViews(
  base: LabView,
  overrides: Readonly<Record<string, Partial<LabView>>>,
): Promise<LabViews> {
  const started = await Promise.all(
    Object.entries(overrides).map(async ([code, own]) => {
      return [code, await startDnsServer(combineViews(base, own))] as const;
    }),
  );
  return {
    addresses: new Map(started.map(([code, server]) => [code, formatServerAddress(server)])),
    servers: new Map(started),
    async close() {
      await Promise.all(started.map(([, server]) => server.close()));
    },
  };
}
