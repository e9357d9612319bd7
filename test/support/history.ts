import { createEmbeddedBackend, openLevel } from '../../services/local/embedded-backend.ts';
import type { JobView, MpicResponse } from '../../shared/api/response.ts';
import type { RequestRecord } from '../../shared/mpic/lifecycle.ts';
import { sleep } from '../../shared/ports/clock.ts';
import type { ResultReader } from '../../shared/ports/request-store.ts';
import { interceptLevel, never } from './faults.ts';
import { type Role, World } from './history-world.ts';
import { watchLevel } from './level-watch.ts';
import { SIX } from './perspectives.ts';
import { VirtualQueue } from './virtual-sqs.ts';
import { VirtualTables } from './virtual-tables.ts';
import { CA } from './views.ts';

/** What one client was told about its request, in order. */
export interface ClientReport {
  readonly requestId: string | null;
  readonly verdicts: readonly boolean[];
}

/** A history that is over: what there is to be checked. */
export interface History {
  readonly world: World;
  readonly clients: readonly ClientReport[];
  /** Every request that the store knows. */
  readonly records: readonly RequestRecord[];
  readonly results: ResultReader;
  /** What the watch over the store has found wrong. */
  readonly violations: readonly string[];
}

const ARRIVALS_MS = 20_000;
const TROUBLED_MS = 45_000;
/** Enough for every visibility timeout, and for the dead letters to be sent again. */
const AFTERMATH_MS = 1_200_000;
const PATIENCE_MS = 30_000;
const DISK_MS = 1;

const nobody: readonly string[] = [];
const SHARED_ROLES: readonly Role[] = [
  { name: 'api-1', decides: false, perspectives: nobody },
  { name: 'api-2', decides: false, perspectives: nobody },
  { name: 'decision-1', decides: true, perspectives: nobody },
  { name: 'decision-2', decides: true, perspectives: nobody },
  ...SIX.map((code) => ({ name: code, decides: false, perspectives: [code] })),
];

/** Many processes over shared tables and durable queues, as in the cloud. */
export async function runSharedHistory(seed: number, requests: number): Promise<History> {
  const tables = new VirtualTables();
  const queues = new Map<string, VirtualQueue>();
  const world = new World(seed, SHARED_ROLES, (inWorld, clock) => {
    const queueOf = (name: string) => {
      const queue = queues.get(name) ?? new VirtualQueue(inWorld.clock, inWorld.random, () => inWorld.troubles);
      queues.set(name, queue);
      return queue;
    };
    return {
      ...tables.connect(clock),
      jobs: { send: async (perspective, body) => queueOf(perspective).send(body) },
      decisions: { send: async (body, delayMs) => queueOf('decision').send(body, delayMs) },
      bus: { publish: async (event) => void inWorld.events.push(event) },
      consumeJobs: (code, handler) => queueOf(code).consume(handler),
      consumeDecisions: (handler) => queueOf('decision').consume(handler),
      recover: async () => [],
      countOpen: () => null,
      close: async () => {},
    };
  });
  const clients = await runClients(world, requests);
  return {
    world,
    clients,
    records: [...tables.requests.values()],
    results: tables.connect(world.clock).results,
    violations: findUnstored(tables),
  };
}

/** A verdict may only count what was stored when it was written. */
function findUnstored({ verdictWrites }: VirtualTables): readonly string[] {
  return verdictWrites.flatMap(({ requestId, verdict, stored }) =>
    verdict.counted
      .filter((code) => !stored.has(`${verdict.attempt}!${code}`))
      .map((code) => `${requestId}: attempt ${verdict.attempt} counts ${code} before its result was stored`),
  );
}

/** One process over its own database; its queues die with it. */
export async function runEmbeddedHistory(seed: number, requests: number): Promise<History> {
  const level = await openLevel(null);
  const watch = watchLevel();
  const role: Role = { name: 'all', decides: true, perspectives: SIX };
  const world = new World(seed, [role], (inWorld, clock, around) => {
    const disk = interceptLevel(level, async (call, effect) => {
      await sleep(clock, DISK_MS);
      return call.method === 'batch' ? around({ ...call, method: 'deliver' }, effect) : effect();
    });
    const backend = createEmbeddedBackend({
      level: watch.over(disk, level),
      perspectives: SIX,
      clock,
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
    backend.bus.subscribe((event) => inWorld.events.push(event));
    return duplicating(backend, inWorld);
  });
  const clients = await runClients(world, requests);
  const reader = createEmbeddedBackend({
    level,
    perspectives: SIX,
    clock: world.clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  await reader.recover();
  const records = await Promise.all(watch.requestIds().map((id) => reader.requests.read(id)));
  return {
    world,
    clients,
    records: records.filter((record) => record !== null),
    results: reader.results,
    violations: watch.violations,
  };
}
