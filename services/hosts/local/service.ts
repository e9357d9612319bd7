import type { RootFiles } from '../../../shared/adapters/dns/unbound/root-files.ts';
import type { RootSigning } from '../../../shared/adapters/dns/unbound/root-signing.ts';
import type { ConfigurationAuditRecord, Recorder } from '../../../shared/contract/audit/audit-schema.ts';
import { isSharedHost, type ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { AuditTrail } from '../../../shared/ports/audit-trail.ts';
import { type Clock, sleep } from '../../../shared/ports/clock.ts';
import type { Ids } from '../../../shared/ports/ids.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import type { Consumer } from '../../../shared/ports/queues.ts';
import type { ResultSink } from '../../../shared/ports/request-store.ts';
import { createApi } from '../../api/app.ts';
import { KeyRing } from '../../api/authenticate.ts';
import { watchBacklog, watchObstacles } from '../../api/obstacles.ts';
import { HealthBook } from '../../api/perspective-health.ts';
import type { Coordinator } from '../../coordinator/coordinator.ts';
import { createJobHandler } from '../../perspective/handle-job.ts';
import { runCheck } from '../../perspective/run-check.ts';
import { configurationRecord } from '../configuration-record.ts';
import { ruleChangesAhead } from '../rule-changes.ts';
import { attemptTimeout, openCoordinator, wireSubmission } from '../wire.ts';
import type { Backend } from './backend.ts';
import { type HttpServer, serveApi } from './http-server.ts';

/** How often a stopping service checks whether its requests are finished, milliseconds. */
const STOP_POLL_MS = 20;

/** How long a stopping service waits for a failed store, milliseconds. The next start finishes what is left. */
const FAILED_STORE_PATIENCE_MS = 3000;

export interface ServiceParts {
  readonly config: ServiceConfig;
  readonly backend: Backend;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly recorder: Recorder;
  readonly cohortSecret: string;
  /** The keys of callers, which may change while the service runs; those of the configuration if left out. */
  readonly keys?: KeyRing;
  /** Maximum number of client connections; unlimited if left out. */
  readonly maxConnections?: number;
  /** The resolver and network guard of each perspective that this process hosts. */
  readonly views: ReadonlyMap<PerspectiveCode, NetworkView>;
  /** Trust anchors and root hints of the validating resolvers; left out if there are none. */
  readonly rootFiles?: RootFiles | null;
  /** The root signatures that they have seen so far; left out if there are none. */
  readonly rootSigning?: () => RootSigning;
  /** See {@link createPace}; left out in virtual time, where every request begins at once. */
  readonly pace?: () => Promise<void>;
  /** What this process runs in addition to those perspectives. */
  readonly runs: { readonly api: boolean; readonly decision: boolean };
}

export interface Service {
  readonly api: ReturnType<typeof createApi>;
  /** Serves the API over HTTP; resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Finishes running requests, then stops. */
  stop(): Promise<void>;
}

/**
 * Connects API, coordinator and perspectives over the given backend, and resumes the requests that a previous process
 * left.
 */
export async function startService(parts: ServiceParts): Promise<Service> {
  const { config, backend, clock, log } = parts;
  let stopping = false;
  const health = new HealthBook();
  const coordinator = openCoordinator(parts, {
    publish: 'now',
    onPublished: (record) => health.observe(record),
  });
  const keys = parts.keys ?? new KeyRing(config.apiKeys);
  const publications =
    backend.publications ??
    watchBacklog(
      () => backend.unpublished() ?? { count: 0, oldestAt: null },
      () => clock.now(),
    );
  const api = createApi({
    ...wireSubmission(parts, coordinator),
    ...(parts.pace === undefined ? {} : { pace: parts.pace }),
    // A kept-alive connection may bring further requests to a stopping service, which then rejects them.
    countRunning: (caller) =>
      stopping
        ? Number.POSITIVE_INFINITY
        : (backend.countOpen(caller) ?? coordinator.countDriven(caller)) + coordinator.countWaiting(caller),
    obstacles: watchObstacles({
      ofStore: () => backend.obstacles(),
      publications,
      limits: config.publication,
      log,
    }),
    onAccepted: (record) => publications.accepted(record),
    maxRunningPerCaller: () => shareOfCaller(config, keys.callers),
    authenticate: ({ headers }) => keys.callerOf(headers.get('x-api-key') ?? undefined),
    perspectives: {
      perspectives: config.perspectives,
      primary: config.primary,
      resolverModes: new Map([...parts.views].map(([code, { resolver }]) => [code, resolver.mode])),
      sharedHost: isSharedHost(config),
      health,
      ruleChangesAhead: () => ruleChangesAhead(config, clock.now()),
    },
  });
  const unfinished = await backend.recover();
  await recordConfiguration(parts, 'service-started');

  const consumers: Consumer[] = [...parts.views].map(([code, view]) =>
    backend.consumeJobs(code, jobHandler(parts, code, view)),
  );
  if (parts.runs.decision) {
    consumers.push(backend.consumeDeadlines(coordinator.handleDeadline));
    consumers.push(backend.consumeWakeUps(coordinator.handleWakeUp));
  }
  const resumeEach = async () => {
    for await (const record of unfinished) {
      if (stopping) return;
      coordinator.resume(record);
    }
  };
  resumeEach().catch((error) => log.error('recovery_failed', { error }));

  let server: HttpServer | null = null;
  return {
    api,
    listen: async (host, port) => {
      server = await serveApi(api, {
        host,
        port,
        maxConnections: parts.maxConnections ?? Number.POSITIVE_INFINITY,
        isOpenToAll: () => !keys.isLocked,
        clock,
        log,
      });
      return server.port;
    },
    stop: async () => {
      stopping = true;
      const closing = server?.close() ?? Promise.resolve();
      const deadline = clock.monotonic() + attemptTimeout(config) * config.maxAttempts;
      const isFailing = () => backend.obstacles().includes('store-failed');
      const failedLongEnough = () => isFailing() && clock.monotonic() >= failureDeadline;
      const failureDeadline = clock.monotonic() + FAILED_STORE_PATIENCE_MS;
      while (countUnfinished(backend, coordinator) > 0 && clock.monotonic() < deadline && !failedLongEnough())
        await sleep(clock, STOP_POLL_MS);
      await coordinator.drain();
      await closing;
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await recordConfiguration(parts, 'service-stopped').catch((error) =>
        log.error('stop_not_recorded', { error }),
      );
      const running = backend.countOpen() ?? coordinator.countDriven();
      const unpublished = backend.unpublished()?.count ?? 0;
      if (running + unpublished > 0)
        log.error('stopped_unfinished', {
          running,
          unpublished,
          obstacles: backend.obstacles(),
          meaning: 'the next start resumes them',
        });
      await backend.close();
      log.info('service_stopped');
    },
  };
}

/** Number of requests that run, or are decided but not yet published. */
function countUnfinished(backend: Backend, coordinator: Coordinator): number {
  return (backend.countOpen() ?? coordinator.countDriven()) + (backend.unpublished()?.count ?? 0);
}

/** With several callers, no single one may use all places unless the operator configures it. */
function shareOfCaller({ maxRunning, maxRunningPerCaller }: ServiceConfig, callers: number): number {
  return maxRunningPerCaller ?? (callers > 1 ? Math.ceil(maxRunning / 2) : maxRunning);
}

function jobHandler(parts: ServiceParts, perspective: PerspectiveCode, view: NetworkView) {
  const { backend, clock, log, config, recorder } = parts;
  return createJobHandler({
    perspective,
    view,
    results: onlyFor(perspective, backend.results),
    wakeUps: backend.wakeUps,
    runCheck,
    clock,
    log,
    checkTimeoutMs: config.checkTimeoutMs,
    recorder: `${recorder.service}/${recorder.version} ${recorder.instance}`,
  });
}

/** A sink that accepts results of one perspective only; with AWS the permissions of its role enforce this. */
export function onlyFor(perspective: PerspectiveCode, sink: ResultSink): ResultSink {
  return {
    async record(result) {
      if (result.perspective !== perspective)
        throw new Error(`${perspective} may not store a result of ${result.perspective}`);
      return sink.record(result);
    },
  };
}

async function recordConfiguration(
  parts: ServiceParts,
  event: ConfigurationAuditRecord['event'],
): Promise<void> {
  const at = parts.clock.now();
  const now = new Date(at).toISOString();
  const record = configurationRecord(parts, event, {
    recordId: `${parts.recorder.instance}/${event}/${now}`,
    resolvers: Object.fromEntries([...parts.views].map(([code, { resolver }]) => [code, resolver.mode])),
    rootFiles: parts.rootFiles ?? null,
    rootSigning: parts.rootSigning?.() ?? { status: 'unknown' },
  });
  await parts.audit.append([record], at);
}
