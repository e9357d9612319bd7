import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabView } from '../lab/dns/dns-server.ts';
import type { LabPath } from '../lab/dns/lab-path.ts';
import type { WebServerOptions } from '../lab/web/web-server.ts';
import { plainEnvironment, startChild } from './child.ts';
import { type Lab, startLab } from './lab.ts';
import type { BenchOptions } from './options.ts';

export interface BenchServer {
  readonly url: string;
  /** Null for a server that is not ours. */
  readonly pid: number | null;
  /** From the start of the process to the line that says it listens. */
  readonly startMs: number;
  /** Live heap after a full collection, MiB; only when started with `probesHeap`. */
  readHeapMiB(): Promise<number>;
  stop(): Promise<void>;
}

export interface ServerPlan {
  readonly scripts?: Readonly<Record<string, LabView['scripts']>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** The network between each perspective and its name server. */
  readonly path?: LabPath;
  /** Web servers for ports 80 and 443 of every target. */
  readonly web?: { readonly http: WebServerOptions; readonly https: WebServerOptions };
  readonly probesHeap?: boolean;
}

/** Loaded into the server before it starts, and idle until it is needed. */
const PRELOADS = {
  /** Whatever ends the bench must not leave a server behind. */
  leash: "process.on('disconnect', () => process.exit());",
  /** Collects garbage and reports the heap on demand. */
  heapProbe:
    "process.on('message', () => { gc(); gc(); process.send({ heapUsed: process.memoryUsage().heapUsed }); });",
};

const MIB = 1024 * 1024;

/** Local mode as `npm start` runs it, on a free port, with a fresh data folder and name servers of the bench. */
export async function startServer(
  { backend }: Pick<BenchOptions, 'backend'>,
  { scripts = {}, settings = {}, web, path, probesHeap = false }: ServerPlan = {},
): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mpic-bench-'));
  const lab = await startLab(folder, scripts, { ...web }, path);
  const start = performance.now();
  const server = await startChild({
    script: new URL('./local.mjs', import.meta.url),
    nodeArgs: [
      '--enable-source-maps',
      ...preload(PRELOADS.leash),
      ...(probesHeap ? ['--expose-gc', ...preload(PRELOADS.heapProbe)] : []),
    ],
    env: {
      ...plainEnvironment(),
      MPIC_BACKEND: backend,
      MPIC_PORT: '0',
      MPIC_DATA_DIR: join(folder, 'data'),
      MPIC_CONFIG: lab.configFile,
      MPIC_LOG_LEVEL: 'error',
      ...(web === undefined ? {} : labWeb(lab)),
      ...settings,
    },
  });
  const startMs = performance.now() - start;
  const url = /http:\S+/.exec(server.firstLine)?.[0];
  if (url === undefined) throw new Error(`the server said: ${server.firstLine}`);
  return {
    url,
    pid: server.pid,
    startMs,
    async readHeapMiB() {
      const answered = once(server.child, 'message');
      server.child.send('heap');
      const [{ heapUsed }] = (await answered) as [{ heapUsed: number }];
      return heapUsed / MIB;
    },
    async stop() {
      await server.stop();
      await lab.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Loopback may be connected to, at the ports of the lab. */
function labWeb({ web }: Lab): NodeJS.ProcessEnv {
  return {
    MPIC_ALLOW_NETWORKS: '127.0.0.0/8',
    MPIC_LAB_PORTS: `80:${web.http},443:${web.https}`,
  };
}

function preload(code: string): readonly string[] {
  return ['--import', `data:text/javascript,${code}`];
}

/** A server that runs already. */
export function foreignServer(url: string): BenchServer {
  return {
    url,
    pid: null,
    startMs: Number.NaN,
    readHeapMiB: () => Promise.reject(new Error('the heap of a foreign server cannot be read')),
    stop: async () => {},
  };
}
