import { readFileSync } from 'node:fs';
import { formatServerAddress } from '../../shared/adapters/dns/stub/server-address.ts';
import { type LabServerOptions, startDnsServer } from './dns/dns-server.ts';
import { startWebServer, type WebServerOptions } from './web/web-server.ts';

/**
 * What the process is to serve: one name server, or one per perspective, web servers, or both. Each has sockets of its own,
 * so that the burst of one perspective does not overflow the receive buffer of another.
 */
export type LabProcessOptions =
  | LabServerOptions
  | {
      readonly views?: Readonly<Record<string, LabServerOptions>>;
      readonly web?: Readonly<Record<string, WebServerOptions>>;
    };

/** The line that the process prints once it serves: `address:port` by the key of the view, ports by that of the web server. */
export type LabProcessReady =
  | { readonly address: string; readonly port: number }
  | { readonly servers: Readonly<Record<string, string>>; readonly web: Readonly<Record<string, number>> };

/**
 * Scripted name and web servers as a process of their own, so that their work is not counted as that of the one measured.
 *
 * Usage: `lab-process <file with LabProcessOptions as JSON>`. Prints {@link LabProcessReady} as one line of JSON once it
 * serves, and ends with SIGTERM or when the IPC channel to its parent, if it has one, goes away.
 */
async function main(file: string | undefined): Promise<void> {
  if (file === undefined) throw new Error('usage: lab-process <options.json>');
  const options: LabProcessOptions = JSON.parse(readFileSync(file, 'utf8'));
  const { views, web: sites } = serversOf(options);
  const servers = await Promise.all(
    views.map(async ([key, view]) => [key, await startDnsServer({ logSize: 0, ...view })] as const),
  );
  const web = await Promise.all(
    sites.map(async ([key, site]) => [key, await startWebServer({ logSize: 0, ...site })] as const),
  );
  const stop = () =>
    void Promise.all([...servers, ...web].map(([, server]) => server.close())).then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  const ports = Object.fromEntries(web.map(([key, { port }]) => [key, port]));
  process.stdout.write(`${JSON.stringify(describe(servers, ports, !('records' in options)))}\n`);
}

/** @throws Error when there is nothing to serve. */
function serversOf(options: LabProcessOptions) {
  if ('records' in options) return { views: [['', options] as const], web: [] };
  const { views = {}, web = {} } = options;
  const found = { views: Object.entries(views), web: Object.entries(web) };
  if (found.views.length + found.web.length > 0) return found;
  throw new Error('there is nothing to serve; give records, views or web');
}

type Started = readonly (readonly [key: string, server: Awaited<ReturnType<typeof startDnsServer>>])[];

function describe(servers: Started, web: Readonly<Record<string, number>>, byKey: boolean): LabProcessReady {
  const [first] = servers;
  if (!byKey && first) return { address: first[1].address, port: first[1].port };
  return {
    servers: Object.fromEntries(servers.map(([key, server]) => [key, formatServerAddress(server)])),
    web,
  };
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
