import type { RootFiles } from '../../../shared/adapters/dns/unbound/root-files.ts';
import type { RootSigning } from '../../../shared/adapters/dns/unbound/root-signing.ts';
import type { ConfigurationAuditRecord, Recorder } from '../../../shared/contract/audit/audit-schema.ts';
import { MAX_PUT_OFFS, serialiseDeadline } from '../../../shared/contract/messages/deadline.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
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
import { RequestDriver } from '../../api/request-driver.ts';
import type { DecisionDeps } from '../../coordinator/conclude.ts';
import { createDeadlineHandler } from '../../coordinator/handle-deadline.ts';
import { createWakeUpHandler } from '../../coordinator/handle-wake-up.ts';
import { redispatchJobs } from '../../coordinator/redispatch.ts';
import { deadlineOf } from '../../coordinator/start.ts';
import { createJobHandler } from '../../perspective/handle-job.ts';
import { runCheck } from '../../perspective/run-check.ts';
import { configurationRecord } from '../configuration-record.ts';
import { ruleChangesAhead } from '../rule-changes.ts';
import { attemptTimeout, wireDecision, wireSubmission } from '../wire.ts';
import type { Backend } from './backend.ts';
import { type HttpServer, serveApi } from './http-server.ts';

/** How often a stopping service looks whether it is done. */
const STOP_POLL_MS = 20;

/** How long a stopping service waits for a store that has failed: what is not finished is finished by the next start. */
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
  /** The keys of callers, which may change while the service runs; left out: those of the configuration. */
  readonly keys?: KeyRing;
  /** Connections of clients at the same time; left out: no limit of ours. */
  readonly maxConnections?: number;
  /** How each perspective that this process hosts sees the Internet. */
  readonly views: ReadonlyMap<PerspectiveCode, NetworkView>;
  /** What the validating resolvers among them trust; left out when there are none. */
  readonly rootFiles?: RootFiles | null;
  /** What they have seen of the root so far; left out when there are none. */
  readonly rootSigning?: () => RootSigning;
  /** See {@link createPace}; left out where all happens at once, as in virtual time. */
  readonly pace?: () => Promise<void>;
  /** What this process runs besides those perspectives. */
  readonly runs: { readonly api: boolean; readonly decision: boolean };
}

export interface Service {
  readonly api: ReturnType<typeof createApi>;
  /** Serve the API over HTTP; resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Finish what runs, then stop. */
  stop(): Promise<void>;
}

/** Wire the stations of the path together, on whatever backend, and pick up what a former process left. */
export async function startService(parts: ServiceParts): Promise<Service> {
  const { config, backend, clock, log } = parts;
  let stopping = false;
  const health = new HealthBook();
  const deps = wireDecision(parts, health);
  const driver = new RequestDriver(deps, config);
  const keys = parts.keys ?? new KeyRing(config.apiKeys);
  const publications =
    backend.publications ??
    watchBacklog(
      () => backend.unpublished() ?? { count: 0, oldestAt: null },
      () => clock.now(),
    );
  const api = createApi({
    ...wireSubmission(parts, deps, driver),
    ...(parts.pace === undefined ? {} : { pace: parts.pace }),
    // A kept-alive connection may bring further requests to a service that is stopping: it takes none.
    countRunning: (caller) =>
      stopping ? Number.POSITIVE_INFINITY : (backend.countOpen(caller) ?? driver.countRunning(caller)),
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
      sharedHost: config.backend !== 'aws',
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
    consumers.push(backend.consumeDeadlines(createDeadlineHandler(deps)));
    consumers.push(backend.consumeWakeUps(createWakeUpHandler(deps, config)));
  }
  const resumeEach = async () => {
    for await (const record of unfinished) {
      if (stopping) return;
      resume(deps, driver, record);
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
      while (countUnfinished(backend, driver) > 0 && clock.monotonic() < deadline && !failedLongEnough())
        await sleep(clock, STOP_POLL_MS);
      await driver.drain();
      await closing;
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await recordConfiguration(parts, 'service-stopped').catch((error) =>
        log.error('stop_not_recorded', { error }),
      );
      const running = backend.countOpen() ?? driver.countRunning();
      const unpublished = backend.unpublished()?.count ?? 0;
      if (running + unpublished > 0)
        log.error('stopped_unfinished', {
          running,
          unpublished,
          obstacles: backend.obstacles(),
          meaning: 'the next start goes on with them',
        });
      await backend.close();
      log.info('service_stopped');
    },
  };
}

/** Requests that run, or are decided and not published. */
function countUnfinished(backend: Backend, driver: RequestDriver): number {
  return (backend.countOpen() ?? driver.countRunning()) + (backend.unpublished()?.count ?? 0);
}

/** With several callers no one of them takes all places, unless the operator says so. */
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

/** The sink of one perspective, which takes no result of another: elsewhere the permissions of its role see to that. */
export function onlyFor(perspective: PerspectiveCode, sink: ResultSink): ResultSink {
  return {
    async record(result) {
      if (result.perspective !== perspective)
        throw new Error(`${perspective} may not store a result of ${result.perspective}`);
      return sink.record(result);
    },
  };
}

/**
 * Go on with a request that a former process left. What it had sent died with it, so the deadline is announced again
 * and the silent perspectives are asked again while the attempt lasts; afterwards the deadline decides at once. What is
 * completed only lacks its publication, which the deadline sees to.
 */
function resume(deps: DecisionDeps, driver: RequestDriver, record: RequestRecord): void {
  const { requestId, attempt, status } = record;
  deps.log.info('request_resumed', { requestId, attempt, status });
  // A clock that was set back must not keep the request waiting for longer than an attempt.
  const untilDeadline = record.attemptDeadline - deps.clock.now();
  const isSetBack = untilDeadline > record.attemptTimeoutMs;
  const patience = isSetBack ? record.attemptTimeoutMs : Math.max(0, untilDeadline);
  const remainingMs = status === 'completed' ? 0 : patience;
  const putOffs = isSetBack ? MAX_PUT_OFFS : 0;
  const resuming = async () => {
    await deps.deadlines.send(serialiseDeadline({ ...deadlineOf(record), putOffs }), remainingMs);
    if (remainingMs === 0) return;
    await redispatchJobs(deps, record);
    await driver.drive(record);
  };
  resuming().catch((error) => deps.log.error('request_not_resumed', { requestId, error }));
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
