import type { Recorder } from '../../shared/contract/audit/audit-schema.ts';
import { isSharedHost, type ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import { selectRemotePerspectives } from '../../shared/domain/mpic/configuration.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { AuditTrail } from '../../shared/ports/audit-trail.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { EventBus } from '../../shared/ports/event-bus.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { DeadlineQueue, JobQueue } from '../../shared/ports/queues.ts';
import type { RequestStore, ResultReader } from '../../shared/ports/request-store.ts';
import type { ApiDeps } from '../api/app.ts';
import type { RequestLife } from '../api/request-life.ts';
import type { SubmitDeps } from '../api/submit.ts';
import { Coordinator } from '../coordinator/coordinator.ts';
import { DispatchBook } from '../coordinator/dispatch.ts';
import { createPublisher, leavePublication } from '../coordinator/publish.ts';
import { reportPublished } from '../coordinator/report.ts';

/** Time of an attempt beyond the check itself, for queues and writes, milliseconds. */
const ATTEMPT_SLACK_MS = 2000;

/** Time between the end of an attempt and the request's time-out, for verdict and answer, milliseconds. */
const ANSWER_MS = 300;

/** Dependencies of the home region's services, in any host. */
export interface HomeParts {
  readonly config: ServiceConfig;
  readonly backend: {
    readonly requests: RequestStore;
    readonly results: ResultReader;
    readonly jobs: JobQueue;
    readonly deadlines: DeadlineQueue;
    readonly bus: EventBus;
  };
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly recorder: Recorder;
  readonly cohortSecret: string;
}

/**
 * Time-out of one attempt: the check, plus what queues and writes need, but short enough that a synchronous request of
 * one attempt still gets its answer.
 */
export function attemptTimeout({ checkTimeoutMs, requestTimeoutMs }: ServiceConfig): number {
  return Math.min(checkTimeoutMs + ATTEMPT_SLACK_MS, Math.max(checkTimeoutMs, requestTimeoutMs - ANSWER_MS));
}

/** How verdicts get their audit records and events. */
export interface Publishing {
  /**
   * `at-deadline`: this process has no permission to write them; the deadline message finds the request unpublished.
   */
  readonly publish: 'now' | 'at-deadline';
  /** Called with every request that this process has decided or published. */
  readonly onPublished?: (record: RequestRecord) => void;
}

/** Builds the coordinator, in any host. */
export function openCoordinator(parts: HomeParts, { publish, onPublished }: Publishing): Coordinator {
  const { audit, clock, config, ids, log, recorder } = parts;
  const { requests, results, jobs, deadlines, bus } = parts.backend;
  const publisher =
    publish === 'at-deadline'
      ? leavePublication(onPublished)
      : createPublisher({
          requests,
          deadlines,
          bus,
          audit,
          recorder,
          clock,
          log,
          onPublished: (record) => {
            onPublished?.(record);
            reportPublished(log, record);
          },
        });
  const dispatches = new DispatchBook(clock);
  return new Coordinator(
    { requests, results, jobs, dispatches, deadlines, clock, ids, log, publisher },
    config,
  );
}

/** All dependencies of accepting a request, except authentication and limits. */
export function wireSubmission(
  parts: HomeParts,
  life: RequestLife,
): Omit<SubmitDeps, 'countRunning' | 'maxRunningPerCaller' | 'obstacles' | 'onAccepted'> &
  Pick<ApiDeps, 'log'> {
  const { config } = parts;
  const { primary, perspectives } = config;
  return {
    life,
    clock: parts.clock,
    ids: parts.ids,
    log: parts.log,
    requestTimeoutMs: config.requestTimeoutMs,
    maxRunning: config.maxRunning,
    rules: {
      policy: config.policy,
      remotes: selectRemotePerspectives(perspectives, primary),
      primary: primary?.kind === 'perspective' ? primary.code : null,
      primarySite: primary?.kind === 'site' ? primary.name : null,
      defaultPerspectiveCount: config.defaultPerspectiveCount,
      maxAttempts: config.maxAttempts,
      caaDomains: config.caaDomains,
      caaLabelsIgnoreCase: config.caaLabelsIgnoreCase,
      cohortSecret: parts.cohortSecret,
      allowTestNames: config.backend !== 'aws',
      allowedNetworks: config.allowNetworks,
      attemptTimeoutMs: attemptTimeout(config),
      sharedHost: isSharedHost(config),
    },
  };
}
