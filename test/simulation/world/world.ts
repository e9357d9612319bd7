import { loadConfig } from '../../../services/hosts/load-config.ts';
import { createUuidIds } from '../../../shared/adapters/system/uuid-ids.ts';
import { hashKey } from '../../../shared/contract/settings/api-keys.ts';
import type { ConfiguredPerspective } from '../../../shared/contract/settings/perspective-file.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { Ids } from '../../../shared/ports/ids.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { TWELVE } from '../../support/perspectives.ts';
import { VirtualTime } from '../../support/virtual-clock.ts';
import type { Plan } from '../plan.ts';
import { Ledger } from './ledger.ts';
import { Network } from './network.ts';
import { SimProcess } from './process.ts';
import { SimBucket, SimBus } from './sinks.ts';
import { Trace } from './trace.ts';

export const CA = 'ca.example';
export const SECRET = 'secret of the simulation';

/** The answer that an HTTP client gets; null if none. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly content: unknown;
}

/** Sends a client's request to the service. */
export type AskApi = (request: Request, caller: string, done: (answer: HttpAnswer | null) => void) => void;

/** What all processes of one history share: time, network, and everything visible from outside. */
export class World {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly ledger = new Ledger();
  readonly network: Network;
  readonly bucket: SimBucket;
  readonly bus: SimBus;
  readonly config: ServiceConfig;
  readonly ids: Ids;
  readonly log: Log;
  /** The process of the clients, whose clock is always right. */
  readonly outside: SimProcess;
  readonly #living = new Set<SimProcess>();
  #spawned = 0;

  constructor(plan: Plan, keepLines = false) {
    this.plan = plan;
    this.time = new VirtualTime(plan.startsAt);
    this.trace = new Trace(keepLines);
    this.network = new Network(this.time, this.trace, plan);
    this.network.onHalt((process, forMs) => this.halt(process, forMs));
    this.bucket = new SimBucket(this.time, this.network);
    this.bus = new SimBus(this.time, this.network);
    this.config = configOf(plan);
    this.ids = createCountingIds();
    this.outside = new SimProcess('outside', 'outside', this.time, plan.startsAt, 0);
    this.log = this.#createLog();
  }

  get isPeace(): boolean {
    return this.time.elapsed >= this.plan.peaceAt;
  }

  spawn(role: string): SimProcess {
    this.#spawned += 1;
    const random = this.network.stream(`clock of ${role}`);
    const error = this.plan.clockErrorMs;
    const offset = error === 0 ? 0 : random.between(-error, error);
    const process = new SimProcess(role, `${role}#${this.#spawned}`, this.time, this.plan.startsAt, offset);
    this.#living.add(process);
    process.onDeath(() => this.#living.delete(process));
    return process;
  }

  living(role: string): readonly SimProcess[] {
    return [...this.#living].filter((process) => process.role.startsWith(role));
  }

  /** Kills a process, or freezes it for some time. */
  halt(process: SimProcess, forMs: number | null): void {
    if (forMs === null) {
      this.trace.note(`${this.time.elapsed.toFixed(2)} ${process.name} dies`);
      process.kill();
      return;
    }
    process.standStill(forMs);
  }

  /** Schedules the planned faults of whole processes. */
  scheduleFaults(): void {
    for (const fault of this.plan.faults) {
      if (fault.kind !== 'kill' && fault.kind !== 'freeze' && fault.kind !== 'clock-jump') continue;
      this.time.schedule(fault.at, () => {
        const candidates = this.living(fault.role);
        if (candidates.length === 0) return;
        const process = this.network.stream(`fault ${fault.id}`).pick(candidates);
        this.network.note(fault.kind);
        if (fault.kind === 'clock-jump') process.jumpClock(fault.byMs);
        else this.halt(process, fault.kind === 'kill' ? null : fault.forMs);
      });
    }
  }

  #createLog(): Log {
    const quiet = () => {};
    if (this.trace.lines === null) return { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const note =
      (level: string) =>
      (event: string, fields: unknown = {}) =>
        this.trace.lines?.push(
          `${this.time.elapsed.toFixed(2)}   ${level} ${event} ${JSON.stringify(fields)}`,
        );
    return { debug: quiet, info: note('info'), warn: note('warn'), error: note('error') };
  }
}

export function keyOfCaller(caller: string): string {
  return `key-of-${caller}-0123456789`;
}

function configOf(plan: Plan): ServiceConfig {
  const base = loadConfig(['--data-dir', ':memory:'], {}, new Date(plan.startsAt));
  const perspectives: readonly ConfiguredPerspective[] = TWELVE.slice(0, plan.perspectives);
  const primaries = {
    none: null,
    site: { kind: 'site', name: 'the site of the CA', latitude: 48.2, longitude: 16.37 },
    perspective: { kind: 'perspective', code: codeOf(perspectives, 4) },
  } as const;
  return {
    ...base,
    backend: plan.shape === 'embedded' ? 'embedded' : 'aws',
    policy: plan.policy,
    perspectives,
    primary: primaries[plan.primary],
    defaultPerspectiveCount: plan.defaultCount,
    caaDomains: [CA],
    apiKeys: plan.callers.map((name) => ({ name, sha256: hashKey(keyOfCaller(name)) })),
  };
}

export function codeOf(perspectives: readonly ConfiguredPerspective[], index: number): PerspectiveCode {
  const perspective = perspectives[index];
  if (perspective === undefined) throw new Error(`there is no perspective ${index}`);
  return perspective.code;
}

/** Sequential ids, so that a seed repeats them. */
function createCountingIds(): Ids {
  let made = 0;
  let starts = 0;
  const { requestIdForKey, requestIdForToken } = createUuidIds(() => 0);
  return {
    requestId: () => `00000000-0000-7000-8000-${(++made).toString(16).padStart(12, '0')}`,
    requestIdForKey,
    requestIdForToken,
    attemptToken: () => `start-${++starts}`,
  };
}
