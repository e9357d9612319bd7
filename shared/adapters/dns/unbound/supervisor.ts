import { networkInterfaces, tmpdir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { type IpNetwork, networkContains } from '../../../domain/net/ip-network.ts';
import type { Log } from '../../../ports/log.ts';
import { createOwnAddresses } from '../../net/own-addresses.ts';
import { describeMissing, KNOWN } from '../trust/verifiable.ts';
import { type InstanceOptions, startInstance, type UnboundInstance } from './instance.ts';
import { prefetchKeys, seeRootSigning } from './prefetch-keys.ts';
import { removeLeftovers } from './private-folder.ts';
import type { RootSigning } from './root-signing.ts';
import type { UnboundSource } from './running-unbound.ts';

export { UnboundStartError } from './instance.ts';

export interface UnboundOptions {
  /** Perspective of this resolver, for the log. */
  readonly perspective: string;
  /** Absolute path of the daemon. */
  readonly binary: string;
  readonly version: string;
  readonly rootHints: string;
  readonly trustAnchor: string;
  /** Special-purpose networks in which name servers are permitted, for labs. */
  readonly allowedNetworks: InstanceOptions['allowedNetworks'];
  /** Further networks in which no name server is queried. Each start adds the addresses of this machine. */
  readonly deniedNetworks: InstanceOptions['deniedNetworks'];
  /** Time-out of a lookup, milliseconds. */
  readonly lookupTimeoutMs: number;
  /** Reject a daemon that cannot verify on this machine what the rules require. */
  readonly mustVerify: boolean;
  /** Top-level domains whose keys are fetched at start. */
  readonly warmNames: readonly string[];
  readonly log: Log;
  /** Parent of the private folders; by default the system's folder for temporary files. */
  readonly parentFolder?: string;
  /** Minimum run time of a restarted daemon before it is restarted again, milliseconds; default 10 minutes. */
  readonly stableMs?: number;
}

const STABLE_MS = 600_000;

/** Runs the validating resolver of one perspective: one daemon at a time, restarted when it ends. */
export class UnboundSupervisor implements UnboundSource {
  readonly version: string;
  readonly #options: UnboundOptions;
  #current: UnboundInstance | null = null;
  /** The restart in progress. */
  #starting: Promise<UnboundInstance | null> | null = null;
  #restartedAt: number | null = null;
  #stopped = false;
  #warmed: Promise<void> = Promise.resolve();
  #rootSeen: Promise<void> = Promise.resolve();
  #rootSigning: RootSigning = { status: 'unknown' };

  constructor(options: UnboundOptions) {
    this.#options = options;
    this.version = options.version;
  }

  /** True if no daemon runs or is being started; only {@link revive} starts one then. */
  get failed(): boolean {
    return this.#current === null && this.#starting === null;
  }

  /** Resolves when the latest start has prefetched its keys. Never rejects. */
  get warmed(): Promise<void> {
    return this.#warmed;
  }

  /** Resolves when the latest start has queried the root, successfully or not. Never rejects. */
  get rootSeen(): Promise<void> {
    return this.#rootSeen;
  }

  /** Which key signs the root, by the last successful query. */
  get rootSigning(): RootSigning {
    return this.#rootSigning;
  }

  instance(deadline: number): UnboundInstance | Promise<UnboundInstance | null> | null {
    if (this.#current !== null) return this.#current;
    if (this.#starting === null) return null;
    return within(this.#starting, deadline - performance.now());
  }

  /** @throws UnboundStartError */
  async start(): Promise<void> {
    await removeLeftovers(this.#options.parentFolder ?? tmpdir());
    await this.#launch(false);
  }

  /** Start a daemon once more after a permanent failure; false if that fails too. */
  async revive(): Promise<boolean> {
    if (!this.failed) return true;
    if (this.#stopped) return false;
    this.#restartedAt = performance.now();
    return (await this.#restart()) !== null;
  }

  /** End the daemon and remove its folder. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#starting;
    const last = this.#current;
    this.#current = null;
    await last?.stop();
  }

  /** @param measureAnew true for a restart, because the machine may have changed since. */
  async #launch(measureAnew: boolean): Promise<UnboundInstance> {
    const { parentFolder = tmpdir(), ...options } = this.#options;
    const ipv6 = hasIpv6() || options.allowedNetworks.some(({ base }) => base.family === 6);
    const deniedNetworks = [...options.deniedNetworks, ...ownNetworks(options.allowedNetworks)];
    const instance = await startInstance({ ...options, deniedNetworks, parentFolder, ipv6, measureAnew });
    if (this.#stopped) {
      await instance.stop();
      return instance;
    }
    this.#current = instance;
    instance.onEnd(() => this.#onEnd(instance));
    const { log, perspective } = options;
    const missing = describeMissing(KNOWN, instance.verifiable);
    // Checks of names in zones signed with these fail.
    if (missing !== null) log.warn('resolver_cannot_verify', { perspective, missing });
    const seen = seeRootSigning(instance);
    this.#rootSeen = seen.then((signing) => this.#learnRoot(signing));
    this.#warmed = this.#rootSeen.then(() => prefetchKeys(instance, options.warmNames));
    return instance;
  }

  #learnRoot(signing: RootSigning): void {
    const { log, perspective } = this.#options;
    if (signing.status === 'unknown') return;
    this.#rootSigning = signing;
    if (signing.status === 'signed') log.info('root_signed', { perspective, by: signing.by });
    else log.error('root_not_validated', { perspective, why: signing.why });
  }

  #onEnd(instance: UnboundInstance): void {
    if (this.#current === instance) this.#current = null;
    if (this.#stopped) return;
    const { log, perspective, stableMs = STABLE_MS } = this.#options;
    log.error('resolver_ended', { perspective, ...instance.ending });
    // A restarted daemon that ends soon would probably do so again.
    const mayRestart = this.#restartedAt === null || performance.now() - this.#restartedAt >= stableMs;
    void instance.stop().catch((error: unknown) => log.warn('resolver_folder_left', { perspective, error }));
    if (!mayRestart) {
      log.error('resolver_failed', { perspective, reason: 'it ended again soon after its restart' });
      return;
    }
    this.#restartedAt = performance.now();
    void this.#restart();
  }

  #restart(): Promise<UnboundInstance | null> {
    const { log, perspective } = this.#options;
    const starting = this.#launch(true)
      .then((instance) => {
        log.info('resolver_restarted', { perspective });
        return instance.ended ? null : instance;
      })
      .catch((error: unknown) => {
        log.error('resolver_failed', { perspective, error });
        return null;
      })
      .finally(() => {
        if (this.#starting === starting) this.#starting = null;
      });
    this.#starting = starting;
    return starting;
  }
}

/**
 * Start the resolver of a perspective; resolves when it answers.
 *
 * @throws UnboundStartError
 */
export async function startUnbound(options: UnboundOptions): Promise<UnboundSupervisor> {
  const supervisor = new UnboundSupervisor(options);
  await supervisor.start();
  return supervisor;
}

/** `promise`, or null after `timeoutMs`. */
function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), Math.max(0, timeoutMs));
    const settle = (value: T | null) => {
      clearTimeout(timer);
      resolve(value);
    };
    promise.then(settle, () => settle(null));
  });
}

/** The addresses of this machine, each as a network, except those in an allowed network. */
function ownNetworks(allowed: readonly IpNetwork[]): readonly IpNetwork[] {
  return createOwnAddresses()()
    .filter((address) => !allowed.some((network) => networkContains(network, address)))
    .map((base) => ({ base, prefixLength: base.bytes.length * 8 }));
}

/** Whether an interface has an address of the global unicast space (RFC 4291 section 2.5.4). */
function hasIpv6(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(
    ({ family, internal, address }) => family === 'IPv6' && !internal && /^[23]/.test(address),
  );
}
