import { DispatchBook } from '../../services/coordinator/dispatch.ts';
import type { DecisionDeps } from '../../services/coordinator/finish.ts';
import { createPublisher } from '../../services/coordinator/publish.ts';
import { type CheckJob, parseCheckJob } from '../../shared/contract/messages/check-job.ts';
import { type DeadlineMessage, parseDeadline } from '../../shared/contract/messages/deadline.ts';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import type { PerspectiveCode, ResultKey } from '../../shared/domain/check/perspective.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import { BUILT_AT, buildCheckResult, SIX_CODES } from './builders.ts';
import { RecordingAudit } from './recording-audit.ts';
import { createRecordingLog } from './recording-log.ts';
import { VirtualTime } from './virtual-clock.ts';
import { VirtualTables } from './virtual-tables.ts';

/** The dependencies of the decision, in memory and in virtual time, and the recorded effects. */
export interface DecisionBench {
  readonly time: VirtualTime;
  readonly tables: VirtualTables;
  readonly deps: DecisionDeps;
  readonly jobs: CheckJob[];
  readonly deadlines: { readonly message: DeadlineMessage; readonly delayMs: number }[];
  readonly forgotten: string[];
  readonly audit: RecordingAudit;
  /** The time under which each publication of records was filed. */
  readonly filed: number[];
  readonly events: RequestCompletedEvent[];
  readonly log: ReturnType<typeof createRecordingLog>;
  /** Names of the calls with an effect, in order. */
  readonly trace: string[];
  /** Store a result of this request's current attempt. */
  answer(record: RequestRecord, code: string, changes?: Partial<CheckResult>): Promise<void>;
}

export function createDecisionBench(): DecisionBench {
  const time = new VirtualTime(BUILT_AT);
  const clock = time.createClock();
  const tables = new VirtualTables();
  const { requests, results } = tables.connect(clock);
  const jobs: CheckJob[] = [];
  const deadlines: { message: DeadlineMessage; delayMs: number }[] = [];
  const forgotten: string[] = [];
  let starts = 0;
  const trace: string[] = [];
  const audit = new RecordingAudit();
  const filed: number[] = [];
  const events: RequestCompletedEvent[] = [];
  const log = createRecordingLog();
  const tracedRequests: DecisionDeps['requests'] = {
    ...requests,
    create: (record) => {
      trace.push('create');
      return requests.create(record);
    },
    advance: (...call) => {
      trace.push('advance');
      return requests.advance(...call);
    },
    close: (...call) => {
      trace.push('close');
      return requests.close(...call);
    },
    markPublished: (id) => {
      trace.push('mark');
      return requests.markPublished(id);
    },
  };
  const queue: DecisionDeps['deadlines'] = {
    async send(body, delayMs) {
      trace.push('announce');
      deadlines.push({ message: parseDeadline(body), delayMs });
    },
    forget: (body) => {
      forgotten.push(body);
    },
  };
  const publisher = createPublisher({
    requests: tracedRequests,
    deadlines: queue,
    clock,
    log,
    bus: {
      async publish(event) {
        trace.push('publish');
        events.push(event);
      },
    },
    audit: {
      append(records, filedAt) {
        trace.push('audit');
        filed.push(filedAt);
        return audit.append(records);
      },
    },
    recorder: { service: 'mpic', version: '0.0.0-test', instance: 'unit' },
  });
  return {
    time,
    tables,
    jobs,
    deadlines,
    forgotten,
    audit,
    filed,
    events,
    log,
    trace,
    deps: {
      requests: tracedRequests,
      results,
      jobs: {
        async send(_perspective, body) {
          trace.push('job');
          jobs.push(parseCheckJob(body));
        },
      },
      dispatches: new DispatchBook(clock),
      deadlines: queue,
      clock,
      ids: { attemptToken: () => `start-${++starts}` },
      log,
      publisher,
    },
    async answer({ requestId, attempt }, code, changes = {}) {
      const attemptToken = tables.requests.get(requestId)?.attemptToken ?? null;
      await results.record(
        buildCheckResult({ requestId, attempt, perspective: code, attemptToken, ...changes }),
      );
    },
  };
}

/** The result of a perspective that saw CAA forbid issuance. */
export const DISSENT: Partial<CheckResult> = { passed: false, corroborates: false };

export const [FIRST, SECOND] = SIX_CODES;

/** Make reads of the results table fail for the keys of one perspective, as a throttled table does. */
export function withUnread({ results }: DecisionDeps, code: PerspectiveCode): void {
  const { snapshot } = results;
  const isBusy = ({ perspective }: ResultKey) => perspective === code;
  Object.assign(results, {
    readResults: () => Promise.reject(new StoreUnavailableError('busy')),
    snapshot: async (requestId: string, keys: readonly ResultKey[]) => {
      const found = await snapshot(
        requestId,
        keys.filter((key) => !isBusy(key)),
      );
      return { ...found, unread: keys.filter(isBusy) };
    },
  });
}
