import { randomUUID } from 'node:crypto';
import { loadConfig } from '../../services/hosts/load-config.ts';
import type { Backend } from '../../services/hosts/local/backend.ts';
import { type Service, startService } from '../../services/hosts/local/service.ts';
import type { Level } from '../../shared/adapters/embedded/level.ts';
import { createUuidIds } from '../../shared/adapters/system/uuid-ids.ts';
import type {
  AcceptedBody,
  JobView,
  MpicResponse,
  ProblemBody,
} from '../../shared/contract/api/response-schema.ts';
import type { ValidationFailure } from '../../shared/contract/api/validation-issue.ts';
import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { demandSchema } from './answer-schemas.ts';
import type { BackendOptions, Bench } from './bench.ts';
import { type Around, interceptAudit, interceptPorts } from './faults.ts';
import { dnsOnly } from './network-view.ts';
import { createRecordingLog } from './recording-log.ts';
import { CA, NAME, permits, type View } from './views.ts';
import { type ProcessClock, VirtualTime } from './virtual-clock.ts';

/** A response of the API; its body has the type that the test expects. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
  readonly mpic: MpicResponse;
  readonly job: JobView;
  readonly accepted: AcceptedBody;
  readonly problem: ProblemBody;
  readonly failure: ValidationFailure;
}

export interface HarnessOptions {
  readonly config?: Partial<ServiceConfig>;
  /** The DNS view of each perspective; default: {@link permits}. */
  readonly views?: Readonly<Record<PerspectiveCode, View>>;
  /** The network view of each perspective, including servers, in place of `views`; needs a bench in real time. */
  readonly networkViews?: ReadonlyMap<PerspectiveCode, NetworkView>;
  /** Perspectives that no process runs: their jobs stay in the queue. */
  readonly silent?: readonly PerspectiveCode[];
  /** Perspectives that run in their own process, with its own clock. */
  readonly elsewhere?: { readonly perspectives: readonly PerspectiveCode[]; readonly wallOffsetMs: number };
  /** Wraps every call of a port. */
  readonly around?: Around;
  readonly clock?: ProcessClock;
  readonly ids?: Ids;
  /** Name of the process in its records; default: random. */
  readonly instance?: string;
  /** Resolves when a request may proceed; default: at once. */
  readonly pace?: () => Promise<void>;
  readonly wrapLevel?: (level: Level) => Level;
  readonly retention?: NonNullable<BackendOptions['retention']>;
}

export interface Harness {
  readonly config: ServiceConfig;
  readonly service: Service;
  /** The backend without the injected faults. */
  readonly backend: Backend;
  readonly log: ReturnType<typeof createRecordingLog>;
  /** The time-out of an attempt plus a margin, milliseconds. */
  readonly attemptMs: number;
  /** `POST /mpic`, without advancing time. */
  send(body: unknown, options?: SendOptions): Promise<Reply>;
  /** `POST /mpic`, advancing time until the response. */
  post(body: unknown, options?: SendOptions): Promise<Reply>;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  advance(ms: number): Promise<void>;
  until<T>(promise: Promise<T>): Promise<T>;
  record(requestId: string): Promise<RequestRecord>;
  stop(): Promise<void>;
}

export interface SendOptions {
  readonly query?: string;
  readonly headers?: Record<string, string>;
}

/** A CAA check of {@link NAME} for {@link CA}. */
export function caaRequest(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    check_type: 'caa',
    domain_or_ip_target: NAME,
    caa_check_parameters: { caa_domains: [CA] },
    ...changes,
  };
}

export const ASYNC: SendOptions = { query: '?async=true' };

const GRACE_MS = 1500;

/**
 * In real time only responses up to this length are validated against their schema: validating longer ones would delay
 * the emulators in this process. In virtual time all responses are validated.
 */
const MAX_DEMANDED = 64 * 1024;

/** Starts the whole service as a process of the bench. */
export async function startHarness(bench: Bench, options: HarnessOptions = {}): Promise<Harness> {
  const clock = options.clock ?? bench.time.createClock();
  const config: ServiceConfig = {
    ...loadConfig(['--data-dir', ':memory:'], {}, new Date(clock.now())),
    ...bench.settings,
    ...options.config,
  };
  const log = createRecordingLog();
  const codes = config.perspectives.map(({ code }) => code);
  const opened = await bench.openBackend({
    perspectives: codes,
    clock,
    log,
    ...(options.wrapLevel === undefined ? {} : { wrapLevel: options.wrapLevel }),
    ...(options.retention === undefined ? {} : { retention: options.retention }),
  });
  const around: Around = options.around ?? ((_call, effect) => effect());
  const backend = interceptPorts(
    {
      ...opened,
      bus: {
        async publish(event) {
          await opened.bus.publish(event);
          bench.events.push(event);
        },
      },
    },
    around,
  );
  const { elsewhere = { perspectives: [], wallOffsetMs: 0 }, silent = [], views = {} } = options;
  const startProcess = (
    hosted: readonly PerspectiveCode[],
    processClock: ProcessClock,
    ports: Backend,
    decides: boolean,
  ) =>
    startService({
      config,
      backend: ports,
      audit: interceptAudit(bench.audit, around),
      clock: processClock,
      ids: options.ids ?? createUuidIds(processClock.now),
      log,
      ...(options.pace === undefined ? {} : { pace: options.pace }),
      recorder: { service: 'mpic', version: '0.0.0-test', instance: options.instance ?? randomUUID() },
      cohortSecret: 'secret of the tests',
      views: new Map(
        hosted.map((code) => [
          code,
          options.networkViews?.get(code) ?? dnsOnly((views[code] ?? permits)(processClock)),
        ]),
      ),
      runs: { api: decides, decision: decides },
    });

  const here = codes.filter((code) => !silent.includes(code) && !elsewhere.perspectives.includes(code));
  const service = await bench.time.until(startProcess(here, clock, backend, true));
  const others: Service[] = [];
  if (elsewhere.perspectives.length > 0) {
    const guest = {
      ...backend,
      recover: async () => [],
      countOpen: () => 0,
      unpublished: () => null,
      close: async () => {},
    };
    const guestClock = bench.time.createClock(elsewhere.wallOffsetMs);
    others.push(await bench.time.until(startProcess(elsewhere.perspectives, guestClock, guest, false)));
  }

  const longest = bench.time instanceof VirtualTime ? Number.POSITIVE_INFINITY : MAX_DEMANDED;
  const request = async (path: string, init: RequestInit) =>
    readReply(path, await service.api.request(`http://127.0.0.1${path}`, init), longest);
  const send = (body: unknown, { query = '', headers = {} }: SendOptions = {}) =>
    request(`/mpic${query}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  return {
    config,
    service,
    backend: opened,
    log,
    attemptMs: Math.min(config.checkTimeoutMs + 2000, config.requestTimeoutMs) + GRACE_MS,
    send,
    post: (body, sendOptions) => bench.time.until(send(body, sendOptions)),
    get: (path, headers = {}) => bench.time.until(request(path, { headers })),
    advance: (ms) => bench.time.advance(ms),
    until: (promise) => bench.time.until(promise),
    async record(requestId) {
      const record = await bench.time.until(opened.requests.read(requestId));
      if (record === null) throw new Error(`no request ${requestId}`);
      return record;
    },
    async stop() {
      for (const other of others) await bench.time.until(other.stop());
      await bench.time.until(service.stop());
    },
  };
}

async function readReply(path: string, response: Response, longest: number): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const body: unknown = isJson ? JSON.parse(text) : text;
  if (isJson && text.length <= longest) demandSchema(path, response.status, body);
  return {
    status: response.status,
    headers: response.headers,
    text,
    body,
    mpic: body as MpicResponse,
    job: body as JobView,
    accepted: body as AcceptedBody,
    problem: body as ProblemBody,
    failure: body as ValidationFailure,
  };
}
