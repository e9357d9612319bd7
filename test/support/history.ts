import type { Backend } from '../../services/local/backend.ts';
import { createEmbeddedBackend, openMemoryLevel } from '../../services/local/embedded-backend.ts';
import type { JobView, MpicResponse } from '../../shared/api/response.ts';
import type { RequestRecord } from '../../shared/mpic/lifecycle.ts';
import { type Clock, sleep } from '../../shared/ports/clock.ts';
import { DEADLINE_RECEIVE_COUNT, MAX_RECEIVE_COUNT, type MessageHandler } from '../../shared/ports/queues.ts';
import type { ResultReader } from '../../shared/ports/request-store.ts';
import { handleOf, interceptLevel, never } from './faults.ts';
import { type Role, World } from './history-world.ts';
import { createLevelWatch, watchLevel } from './level-watch.ts';
import { SIX } from './perspectives.ts';
import { CA } from './views.ts';
import { VirtualQueue } from './virtual-sqs.ts';
import { VirtualTables } from './virtual-tables.ts';

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

const SILENT_LOG = { debug() {}, info() {}, warn() {}, error() {} };

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
  const world = new World(seed, SHARED_ROLES, (inWorld, clock, isDead) => {
    const queueOf = (name: string, maxReceives = MAX_RECEIVE_COUNT) => {
      const queue =
        queues.get(name) ??
        new VirtualQueue(inWorld.clock, inWorld.random, () => inWorld.troubles, maxReceives);
      queues.set(name, queue);
      return queue;
    };
    const deadlines = () => queueOf('deadlines', DEADLINE_RECEIVE_COUNT);
    return {
      ...tables.connect(clock),
      jobs: { send: async (perspective, body) => queueOf(perspective).send(body) },
      deadlines: { send: async (body, delayMs) => deadlines().send(body, delayMs) },
      wakeUps: { send: async (body) => queueOf('wake-ups').send(body) },
      bus: { publish: async (event) => void inWorld.events.push(event) },
      consumeJobs: (code, handler) => queueOf(code).consume(handler, isDead),
      consumeDeadlines: (handler) => deadlines().consume(handler, isDead),
      consumeWakeUps: (handler) => queueOf('wake-ups').consume(handler, isDead),
      recover: async () => [],
      countOpen: () => null,
      unpublished: () => null,
      obstacles: () => [],
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
  const level = await openMemoryLevel();
  const watch = createLevelWatch();
  const role: Role = { name: 'api', decides: true, perspectives: SIX };
  const world = new World(seed, [role], (inWorld, clock, isDead) => {
    const disk = interceptLevel(watchLevel(handleOf(level), watch), async (_call, effect) => {
      await sleep(clock, DISK_MS);
      if (isDead()) return never();
      if (inWorld.random.chance(inWorld.troubles.failBefore)) throw new Error('a fault of the disk');
      return effect();
    });
    const backend = createEmbeddedBackend({ level: disk, perspectives: SIX, clock, log: SILENT_LOG });
    backend.bus.subscribe((event) => inWorld.events.push(event));
    return repeating(backend, inWorld, clock);
  });
  const clients = await runClients(world, requests);
  const reader = createEmbeddedBackend({
    level,
    perspectives: SIX,
    clock: world.clock,
    log: SILENT_LOG,
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

/** The queues in memory with the vices of others: some messages come twice, some late. */
function repeating(backend: Backend, world: World, clock: Clock): Backend {
  const { random } = world;
  const twice = async (send: () => Promise<void>) => {
    await send();
    if (random.chance(world.troubles.duplicate)) await send();
  };
  const delayed =
    (handler: MessageHandler): MessageHandler =>
    async (message) => {
      if (random.chance(world.troubles.delay)) await sleep(clock, random.between(50, 8000));
      return handler(message);
    };
  return {
    ...backend,
    jobs: { send: (perspective, body) => twice(() => backend.jobs.send(perspective, body)) },
    deadlines: {
      ...backend.deadlines,
      send: (body, delayMs) => twice(() => backend.deadlines.send(body, delayMs)),
    },
    wakeUps: { send: (body) => twice(() => backend.wakeUps.send(body)) },
    consumeJobs: (code, handler) => backend.consumeJobs(code, delayed(handler)),
    consumeDeadlines: (handler) => backend.consumeDeadlines(delayed(handler)),
    consumeWakeUps: (handler) => backend.consumeWakeUps(delayed(handler)),
  };
}

/** Let clients come while the world is in trouble, then give it peace and time. */
async function runClients(world: World, requests: number): Promise<readonly ClientReport[]> {
  await world.start();
  const reports = Array.from({ length: requests }, (_, index) => {
    const report = { requestId: null, verdicts: [] };
    runClient(world, index, report).catch((error: unknown) => world.surprises.push(String(error)));
    return report;
  });
  await world.time.advance(TROUBLED_MS);
  await world.heal();
  await world.time.advance(AFTERMATH_MS);
  return reports;
}

type GrowingReport = { requestId: string | null; verdicts: boolean[] };

/** Asks, tries again with its key when it hears nothing good, and sometimes comes back to read. */
async function runClient(world: World, index: number, report: GrowingReport): Promise<void> {
  const { random, clock } = world;
  await sleep(clock, random.between(0, ARRIVALS_MS));
  const hasKey = random.chance(0.8);
  const headers = {
    'content-type': 'application/json',
    ...(hasKey ? { 'idempotency-key': `key-${index}` } : {}),
  };
  const body = JSON.stringify({
    check_type: 'caa',
    domain_or_ip_target: `target-${index}.example.test`,
    caa_check_parameters: { caa_domains: [CA] },
    orchestration_parameters: { max_attempts: random.between(1, 3) },
  });
  const path = random.chance(0.5) ? '/mpic' : '/mpic?async=true';
  for (let tries = hasKey ? 4 : 1; tries > 0 && report.requestId === null; tries--) {
    const reply = await call(world, path, { method: 'POST', headers, body });
    if (reply?.status === 200) report.verdicts.push((reply.body as MpicResponse).is_valid);
    if (reply?.status === 200 || reply?.status === 202)
      report.requestId = (reply.body as MpicResponse).mpic_id;
    else await sleep(clock, random.between(500, 5000));
  }
  for (let reads = random.between(0, 2); reads > 0 && report.requestId !== null; reads--) {
    await sleep(clock, random.between(10, 8000));
    const wait = random.chance(0.5) ? '?wait=20' : '';
    const reply = await call(world, `/mpic/${report.requestId}${wait}`, {});
    const job = reply?.status === 200 ? (reply.body as JobView) : null;
    if (job?.response) report.verdicts.push(job.response.is_valid);
  }
}

interface Heard {
  readonly status: number;
  readonly body: unknown;
}

/** Call any API process that is up; null when there is none, or it says nothing. */
async function call(world: World, path: string, init: RequestInit): Promise<Heard | null> {
  const processes = world.living(({ name }) => name.startsWith('api'));
  if (processes.length === 0) return null;
  const { service } = world.random.pick(processes);
  const asking = async (): Promise<Heard> => {
    const response = await service.api.request(`http://127.0.0.1${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  const patience = new AbortController();
  const lost = sleep(world.clock, PATIENCE_MS, patience.signal).then(() => null);
  try {
    return await Promise.race([asking(), lost]);
  } finally {
    patience.abort();
  }
}
