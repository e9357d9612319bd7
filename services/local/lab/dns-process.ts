import { readFileSync } from 'node:fs';
import { formatServerAddress } from '../../../shared/adapters/dns/server-address.ts';
import { type LabServerOptions, startDnsServer } from './dns-server.ts';

/**
 * What the process is to serve: one server, or one per perspective. Each has sockets of its own, so that the burst of one
 * perspective does not overflow the receive buffer of another.
 */
export type DnsProcessOptions =
  | LabServerOptions
  | { readonly views: Readonly<Record<string, LabServerOptions>> };

/** The line that the process prints once it serves; `servers` holds `address:port` by the key of the view. */
export type DnsProcessReady =
  | { readonly address: string; readonly port: number }
  | { readonly servers: Readonly<Record<string, string>> };

/**
 * A scripted DNS server as a process of its own, so that its work is not counted as that of the one measured.
 *
 * Usage: `dns-process <file with DnsProcessOptions as JSON>`. Prints {@link DnsProcessReady} as one line of JSON once it
 * serves, and ends with SIGTERM or when the IPC channel to its parent, if it has one, goes away.
 */
async function main(file: string | undefined): Promise<void> {
  if (file === undefined) throw new Error('usage: dns-process <options.json>');
  const options: DnsProcessOptions = JSON.parse(readFileSync(file, 'utf8'));
  const views = 'views' in options ? Object.entries(options.views) : [['', options] as const];
  const servers = await Promise.all(
    views.map(async ([key, view]) => [key, await startDnsServer({ logSize: 0, ...view })] as const),
  );
  const stop = () =>
    void Promise.all(servers.map(([, server]) => server.close())).then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  process.stdout.write(`${JSON.stringify(describe(servers, 'views' in options))}\n`);
}

type Started = readonly (readonly [key: string, server: Awaited<ReturnType<typeof startDnsServer>>])[];

function describe(servers: Started, byKey: boolean): DnsProcessReady {
  const [first] = servers;
  if (!byKey && first) return { address: first[1].address, port: first[1].port };
  return { servers: Object.fromEntries(servers.map(([key, server]) => [key, formatServerAddress(server)])) };
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
