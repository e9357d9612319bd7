import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DnsProcessReady } from '../../services/local/lab/dns-process.ts';
import type { LabView } from '../../services/local/lab/dns-server.ts';
import { BUILT_IN_PERSPECTIVES } from '../../shared/config/perspective-file.ts';
import { plainEnvironment, type StartedChild, startChild } from './child.ts';
import { CAA_DOMAIN } from './options.ts';

/** The six built-in perspectives, in the order in which scenarios hand out delays. */
export const PERSPECTIVE_CODES = BUILT_IN_PERSPECTIVES.perspectives.map(({ code }) => code);

/** What every perspective sees: each name directly below `test` permits the CA of the bench. */
const RECORDS: LabView['records'] = [{ name: '*.test', type: 'CAA', values: [`0 issue "${CAA_DOMAIN}"`] }];

export interface Lab {
  /** A configuration file in which each perspective has its own name server. */
  readonly configFile: string;
  stop(): Promise<void>;
}

/**
 * Name servers in a process of their own, so that their work is not counted as that of the service.
 *
 * @param scripts misbehaviour by perspective code.
 */
export async function startLab(
  folder: string,
  scripts: Readonly<Record<string, LabView['scripts']>>,
): Promise<Lab> {
  const views = Object.fromEntries(
    PERSPECTIVE_CODES.map((code) => [code, { records: RECORDS, scripts: scripts[code] ?? [] }]),
  );
  const optionsFile = join(folder, 'lab.json');
  await writeFile(optionsFile, JSON.stringify({ views }));
  const lab = await startChild({
    script: new URL('./lab-dns.mjs', import.meta.url),
    args: [optionsFile],
    env: plainEnvironment(),
  });
  const configFile = join(folder, 'perspectives.json');
  await writeFile(configFile, JSON.stringify(withResolvers(readServers(lab))));
  return { configFile, stop: lab.stop };
}

function readServers({ firstLine }: StartedChild): Readonly<Record<string, string>> {
  const ready: DnsProcessReady = JSON.parse(firstLine);
  if (!('servers' in ready)) throw new Error(`the name servers of the bench did not start: ${firstLine}`);
  return ready.servers;
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
