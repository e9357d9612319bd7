import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT_IN_PERSPECTIVES } from '../../shared/contract/settings/perspective-file.ts';
import type { LabView } from '../lab/dns/dns-server.ts';
import type { LabPath } from '../lab/dns/lab-path.ts';
import type { LabProcessReady } from '../lab/lab-process.ts';
import type { WebServerOptions } from '../lab/web/web-server.ts';
import { plainEnvironment, type StartedChild, startChild } from './child.ts';
import { CAA_DOMAIN } from './options.ts';

/** The six built-in perspectives, in the order in which scenarios hand out delays. */
export const PERSPECTIVE_CODES = BUILT_IN_PERSPECTIVES.perspectives.map(({ code }) => code);

/** What every perspective sees: each name directly below `test` permits the CA of the bench and leads to its web servers. */
const RECORDS: LabView['records'] = [
  { name: '*.test', type: 'CAA', values: [`0 issue "${CAA_DOMAIN}"`] },
  { name: '*.test', type: 'A', values: ['127.0.0.1'] },
];

export interface Lab {
  /** A configuration file in which each perspective has its own name server. */
  readonly configFile: string;
  /** `address:port` of the name server of each perspective. */
  readonly servers: Readonly<Record<string, string>>;
  /** Ports of the web servers. */
  readonly web: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/**
 * Name servers in a process of their own, so that their work is not counted as that of the service; web servers as well,
 * where there is something to measure with them.
 *
 * @param scripts misbehaviour of the DNS by perspective code.
 * @param path the network between each perspective and its name server.
 */
export async function startLab(
  folder: string,
  scripts: Readonly<Record<string, LabView['scripts']>>,
  web: Readonly<Record<string, WebServerOptions>> = {},
  path: LabPath = {},
): Promise<Lab> {
  const views = Object.fromEntries(
    PERSPECTIVE_CODES.map((code, index) => {
      const { seed = 1 } = path;
      return [
        code,
        { records: RECORDS, scripts: scripts[code] ?? [], path: { ...path, seed: seed + index } },
      ];
    }),
  );
  const optionsFile = join(folder, 'lab.json');
  await writeFile(optionsFile, JSON.stringify({ views, web }));
  const lab = await startChild({
    script: new URL('./lab-servers.mjs', import.meta.url),
    args: [optionsFile],
    env: plainEnvironment(),
  });
  const configFile = join(folder, 'perspectives.json');
  const ready = readReady(lab);
  await writeFile(configFile, JSON.stringify(withResolvers(ready.servers)));
  return { configFile, ...ready, stop: lab.stop };
}

function readReady({ firstLine }: StartedChild): Extract<LabProcessReady, { readonly servers: unknown }> {
  const ready: LabProcessReady = JSON.parse(firstLine);
  if (!('servers' in ready)) throw new Error(`the servers of the bench did not start: ${firstLine}`);
  return ready;
}

function withResolvers(servers: Readonly<Record<string, string>>) {
  return {
    ...BUILT_IN_PERSPECTIVES,
    perspectives: BUILT_IN_PERSPECTIVES.perspectives.map((perspective) => ({
      ...perspective,
      resolver: servers[perspective.code],
    })),
  };
}
