import type { Backend } from '../../services/local/backend.ts';
import { type Service, startService } from '../../services/local/service.ts';
import { createUuidIds } from '../../shared/adapters/system/uuid-ids.ts';
import { loadConfig, type ServiceConfig } from '../../shared/config/load-config.ts';
import type { RequestCompletedEvent } from '../../shared/messages/request-completed.ts';
import { sleep } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import { QueueUnavailableError } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import type { Lookup, Resolver } from '../../shared/ports/resolver.ts';
import { type Around, interceptAudit, interceptPorts, never } from './faults.ts';
import { dnsOnly } from './network-view.ts';
import { Random } from './random.ts';
import { RecordingAudit } from './recording-audit.ts';
import { AN_ORDINARY_NOON } from './use-harness.ts';
import { CA } from './views.ts';
import { type ProcessClock, VirtualTime } from './virtual-clock.ts';

/** How bad a world is; every number is a probability per call or per second. */
export interface Troubles {
  readonly failBefore: number;
  readonly failAfter: number;
  readonly slow: number;
  readonly duplicate: number;
  readonly delay: number;
  readonly lostAck: number;
  readonly crashPerSecond: number;
}

const PEACE: Troubles = {
  failBefore: 0,
  failAfter: 0,
  slow: 0,
  duplicate: 0,
  delay: 0,
  lostAck: 0,
  crashPerSecond: 0,
};

export interface Role {
  readonly name: string;
  readonly decides: boolean;
  readonly perspectives: readonly string[];
}

/** A process of the world; a new one takes its place when it is dead. */
export interface LivingProcess extends ProcessState {
  readonly role: Role;
  readonly service: Service;
}

interface ProcessState {
  readonly clock: ProcessClock;
  dead: boolean;
}

/** Opens what a process of this kind of world works with. */
export type Connect = (world: World, clock: ProcessClock, isDead: () => boolean) => Backend;

const CRASH_LOOK_MS = 1000;
const FIVE_MINUTES_MS = 300_000;
const config: ServiceConfig = loadConfig(['--data-dir', ':memory:'], {}, new Date(AN_ORDINARY_NOON));
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Processes that fail and come back, in virtual time, everything drawn from one seed. */
export class World {
  readonly random: Random;
  readonly time = new VirtualTime(AN_ORDINARY_NOON);
  readonly clock = this.time.createClock();
  readonly audit = new RecordingAudit();
  readonly events: RequestCompletedEvent[] = [];
  /** What no part of the world should ever do. */
  readonly surprises: string[] = [];
  readonly #connect: Connect;
  readonly #roles: readonly Role[];
  readonly #living = new Map<string, LivingProcess>();
  /** Of processes that start, too. */
  readonly #states = new Set<ProcessState>();
  readonly #ids: Ids;
  #troubles: Troubles;
  #instances = 0;

  constructor(seed: number, roles: readonly Role[], connect: Connect) {
    this.random = new Random(seed);
    this.#roles = roles;
    this.#connect = connect;
    this.#troubles = drawTroubles(this.random);
    this.#ids = createCountingIds();
  }

  get troubles(): Troubles {
    return this.#troubles;
  }

  /** Processes of a role that are up. */
  living(isWanted: (role: Role) => boolean): readonly LivingProcess[] {
    return [...this.#living.values()].filter(({ role, dead }) => !dead && isWanted(role));
  }

  async start(): Promise<void> {
    for (const role of this.#roles) await this.time.until(this.#spawn(role));
    this.#lookForCrashes();
  }

  /** No more faults, and a fresh process in every role. */
  async heal(): Promise<void> {
    this.#troubles = PEACE;
    for (const state of this.#states) this.#kill(state);
    this.#living.clear();
    for (const role of this.#roles) await this.time.until(this.#spawn(role));
  }

  async #spawn(role: Role): Promise<void> {
    const clock = this.time.createClock(this.random.between(-FIVE_MINUTES_MS, FIVE_MINUTES_MS));
    const state = { clock, dead: false };
    this.#states.add(state);
    const around = this.#aroundCalls(clock, state);
    this.#instances += 1;
    const parts = {
      config,
      backend: interceptPorts(
        this.#connect(this, clock, () => state.dead),
        around,
      ),
      audit: interceptAudit(this.audit, around),
      clock,
      ids: this.#ids,
      log,
      recorder: { service: 'mpic', version: '0.0.0-test', instance: `${role.name}-${this.#instances}` },
      cohortSecret: 'secret of the tests',
      views: new Map(role.perspectives.map((code) => [code, dnsOnly(this.#createResolver(clock))])),
      runs: { api: true, decision: role.decides },
    };
    try {
      const service = await startService(parts);
      this.#living.set(role.name, Object.assign(state, { role, service }));
    } catch {
      this.#kill(state);
      this.#spawnLater(role);
    }
  }

  #spawnLater(role: Role): void {
    this.clock.schedule(this.random.between(50, 5000), () => {
      if (this.#troubles !== PEACE) void this.#spawn(role);
    });
  }

  #kill(state: ProcessState): void {
    state.dead = true;
    state.clock.stop();
    this.#states.delete(state);
  }

  #lookForCrashes(): void {
    if (this.#troubles === PEACE) return;
    for (const living of [...this.#living.values()]) {
      if (!this.random.chance(this.#troubles.crashPerSecond)) continue;
      this.#kill(living);
      this.#living.delete(living.role.name);
      this.#spawnLater(living.role);
    }
    // Not on the second, or every crash would fall between the steps of requests that began on one.
    this.clock.schedule(CRASH_LOOK_MS - 37 + this.random.between(0, 70), () => this.#lookForCrashes());
  }

  #aroundCalls(clock: ProcessClock, state: { readonly dead: boolean }): Around {
    return async (call, effect) => {
      if (state.dead) return never();
      if (call.method === 'deliver') return effect();
      const { failBefore, failAfter, slow } = this.#troubles;
      if (this.random.chance(slow)) await sleep(clock, this.random.between(1, 1500));
      if (this.random.chance(failBefore)) throw failureOf(call.port);
      const result = await effect();
      if (state.dead) return never();
      if (this.random.chance(failAfter)) throw failureOf(call.port);
      return result;
    };
  }

  /** Sees something else at every look, as an attacker would have it. */
  #createResolver(clock: ProcessClock): Resolver {
    const answer = (name: string, ca: string | null): Lookup => ({
      status: 'answered',
      name,
      type: 'CAA',
      server: 'world',
      tries: 1,
      elapsedMs: 0,
      extendedErrors: [],
      rcode: ca === null ? 3 : 0,
      records: ca === null ? [] : [{ type: 'CAA', caa: { flags: 0, tag: 'issue', value: ca } }],
      cnameChain: [],
      ttl: 300,
      adFlag: false,
      dnssec: 'insecure',
    });
    return {
      mode: 'world',
      lookup: async (name) => {
        if (!name.startsWith('target-')) return answer(name, null);
        const mood = this.#troubles === PEACE ? 0 : this.random.next();
        if (mood > 0.97) return never();
        if (mood > 0.9) await sleep(clock, this.random.between(50, 14_000));
        return answer(name, this.random.chance(0.22) ? 'evil.example' : CA);
      },
    };
  }
}

function failureOf(port: string): Error {
  if (port === 'jobs' || port === 'deadlines' || port === 'wakeUps')
    return new QueueUnavailableError('a fault of the history');
  return new StoreUnavailableError('a fault of the history');
}

/** From nearly quiet to terrible. */
function drawTroubles(random: Random): Troubles {
  const severity = random.next();
  const upTo = (most: number) => most * severity * random.next();
  return {
    failBefore: upTo(0.06),
    failAfter: upTo(0.06),
    slow: upTo(0.2),
    duplicate: upTo(0.3),
    delay: upTo(0.2),
    lostAck: upTo(0.2),
    crashPerSecond: upTo(0.12),
  };
}

/** Ids in the order of their making, so that nothing depends on chance that no seed repeats. */
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
