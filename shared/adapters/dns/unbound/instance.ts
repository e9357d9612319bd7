import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { cite } from '../../../domain/rules/citation.ts';
import { RCODE, TYPE } from '../message/protocol.ts';
import { encodeQuery } from '../message/query.ts';
import type { ServerAddress } from '../stub/server-address.ts';
import { UdpSocket } from '../stub/udp-exchange.ts';
import { describeMissing, REQUIRED, type Verifiable } from '../trust/verifiable.ts';
import { type ConfigFacts, FILES, OPTIONAL_KEYWORDS, renderConfig, renderProbeConfig } from './config.ts';
import { ControlChannel } from './control-channel.ts';
import type { Delegation } from './delegation.ts';
import { drawPort } from './free-port.ts';
import { measureVerifiable } from './measure.ts';
import { makePrivateFolder, type PrivateFolder } from './private-folder.ts';
import { PROBE_ZONES, probeName, renderProbeZone } from './probe-zones.ts';
import type { RunningUnbound } from './running-unbound.ts';

/** The daemon did not start. The message tells an operator what to fix. */
export class UnboundStartError extends Error {
  override readonly name = 'UnboundStartError';
}

/** Options for starting a daemon. */
export interface InstanceOptions {
  /** Absolute path. */
  readonly binary: string;
  /** Text in zone-file format. */
  readonly rootHints: string;
  /** DS or DNSKEY records of the root, one per line. */
  readonly trustAnchor: string;
  readonly allowedNetworks: ConfigFacts['allowedNetworks'];
  readonly deniedNetworks: ConfigFacts['deniedNetworks'];
  readonly ipv6: boolean;
  readonly lookupTimeoutMs: number;
  /** Parent of its private folder. */
  readonly parentFolder: string;
  /** Reject a daemon that cannot verify on this machine what the rules require. */
  readonly mustVerify: boolean;
  /** Measure what it verifies, instead of reusing the measurement of another daemon of this process. */
  readonly measureAnew: boolean;
}

/** How a daemon ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its output on standard error. */
  readonly complaint: string;
}

const HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 10_000;
const READY_POLL_MS = 5;
const TERM_TIMEOUT_MS = 2000;
const MAX_COMPLAINT = 4096;
/** Number of ports to try, since another process may take a port before the daemon starts. */
const MAX_PORTS = 5;
/**
 * A name of the probe zones; with its final configuration the daemon denies it, like all names below `invalid` (RFC
 * 6761).
 */
const READY_NAME = PROBE_ZONES.map(probeName)[0]?.split('.') ?? [];
const NOTHING: Verifiable = { algorithms: new Set(), digests: new Set() };

/** One running daemon, from its start to its end. */
export class UnboundInstance implements RunningUnbound {
  readonly server: ServerAddress;
  #verifiable: Verifiable = NOTHING;
  readonly #child: ChildProcess;
  readonly #folder: PrivateFolder;
  readonly #control: ControlChannel;
  readonly #listeners = new Set<(ending: Ending) => void>();
  #complaint = '';
  #ending: Ending | null = null;

  constructor(child: ChildProcess, folder: PrivateFolder, port: number) {
    this.server = { address: HOST, port };
    this.#child = child;
    this.#folder = folder;
    this.#control = new ControlChannel(join(folder.path, FILES.control), () => performance.now());
    live.set(child, folder);
    child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text.replace(/[^\n\x20-\x7e]/g, '?')).slice(-MAX_COMPLAINT);
    });
    child.once('error', (error) => {
      this.#complaint += error.message;
      if (child.pid === undefined) this.#end(null, null);
    });
    // `close` comes after `exit`, when standard error has been read.
    child.once('close', (code, signal) => this.#end(code, signal));
  }

  get verifiable(): Verifiable {
    return this.#verifiable;
  }

  get ended(): boolean {
    return this.#ending !== null;
  }

  get ending(): Ending | null {
    return this.#ending;
  }

  onEnd(listener: (ending: Ending) => void): () => void {
    if (this.#ending !== null) listener(this.#ending);
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  forget(name: string, timeoutMs: number): Promise<boolean> {
    return this.ended ? Promise.resolve(false) : this.#control.forget(name, timeoutMs);
  }

  forgetServers(timeoutMs: number): Promise<boolean> {
    return this.ended ? Promise.resolve(false) : this.#control.forgetServers(timeoutMs);
  }

  delegation(name: string, timeoutMs: number): Promise<Delegation | null> {
    return this.ended ? Promise.resolve(null) : this.#control.delegation(name, timeoutMs);
  }

  openRequests(timeoutMs: number): Promise<ReadonlySet<string> | null> {
    return this.ended ? Promise.resolve(null) : this.#control.openRequests(timeoutMs);
  }

  /**
   * Measure what the daemon verifies, then load the final `config`. Null if that succeeded, otherwise what went wrong.
   */
  async measure(config: string): Promise<string | null> {
    const failure = await waitUntil(this, () => true);
    if (failure !== null) return failure;
    this.#verifiable = await measureVerifiable(this.server);
    await writeFile(join(this.#folder.path, FILES.config), config, { mode: 0o600 });
    if (!(await this.#control.reload(READY_TIMEOUT_MS))) return 'it does not take its configuration';
    return this.waitUntilReady();
  }

  /** Reuse the measurement of another daemon. */
  isLike(verifiable: Verifiable): void {
    this.#verifiable = verifiable;
  }

  /** Null once the daemon answers with its final configuration, otherwise what it reported. */
  waitUntilReady(): Promise<string | null> {
    return waitUntil(this, (rcode) => rcode === RCODE.NXDOMAIN);
  }

  /** End the daemon and remove its folder. */
  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.onEnd(() => resolve());
    });
    if (!this.ended) {
      this.#child.kill('SIGTERM');
      const kill = setTimeout(() => this.#child.kill('SIGKILL'), TERM_TIMEOUT_MS);
      await ended;
      clearTimeout(kill);
    }
    await this.#folder.remove();
  }

  #end(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#ending !== null) return;
    live.delete(this.#child);
    this.#ending = { code, signal, complaint: this.#complaint.trim() };
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(this.#ending);
  }
}

/** Running daemons of this process, with their folders. */
const live = new Map<ChildProcess, PrivateFolder>();

/** End the daemons with the process, unless the process is killed. */
process.once('exit', () => {
  for (const [child, folder] of live) {
    child.kill('SIGKILL');
    folder.removeNow();
  }
});

/** By program: what its first daemon in this process verified. Later daemons of the same program reuse it. */
const measured = new Map<string, Promise<Verifiable>>();

/**
 * Start a daemon, determine what it verifies on this machine, and wait until it answers.
 *
 * @throws UnboundStartError
 */
export async function startInstance(options: InstanceOptions): Promise<UnboundInstance> {
  const { binary, measureAnew } = options;
  const seen = measureAnew ? undefined : measured.get(binary);
  if (seen === undefined) {
    const starting = start(options, { isMeasured: true });
    const measuring = starting.then(({ verifiable }) => verifiable);
    measured.set(binary, measuring);
    // Waiting starts then measure by themselves.
    measuring.catch(() => measured.delete(binary));
    return mustBeEnough(await starting, options);
  }
  const [instance, verifiable] = await Promise.all([
    start(options, { isMeasured: false }),
    seen.catch(() => null),
  ]);
  // A measurement below the minimum may come from an overloaded moment, so measure again.
  if (verifiable === null || describeMissing(REQUIRED, verifiable) !== null) {
    await instance.stop();
    return startInstance({ ...options, measureAnew: true });
  }
  instance.isLike(verifiable);
  return mustBeEnough(instance, options);
}

async function start(
  options: InstanceOptions,
  { isMeasured }: { readonly isMeasured: boolean },
): Promise<UnboundInstance> {
  let unknownKeywords: ReadonlySet<string> = new Set();
  for (let draw = 1; ; draw++) {
    const { instance, config } = await launch(options, unknownKeywords, isMeasured);
    const failure = isMeasured ? await instance.measure(config) : await instance.waitUntilReady();
    if (failure === null) return instance;
    await instance.stop();
    const unknown = unknownKeywordsIn(failure);
    const isTaken = /address already in use|could not open ports/i.test(failure) && draw < MAX_PORTS;
    if (unknown === null && !isTaken) throw new UnboundStartError(describeFailure(options.binary, failure));
    unknownKeywords = new Set([...unknownKeywords, ...(unknown ?? [])]);
  }
}

async function mustBeEnough(
  instance: UnboundInstance,
  { binary, mustVerify }: InstanceOptions,
): Promise<UnboundInstance> {
  const missing = mustVerify ? describeMissing(REQUIRED, instance.verifiable) : null;
  if (missing === null) return instance;
  await instance.stop();
  const rule = cite('dnssec-standards');
  throw new UnboundStartError(
    `${binary} cannot verify ${missing} on this machine, which ${rule} demands: what do its libraries forbid?`,
  );
}

/**
 * Start a daemon with its final configuration, or with the probe configuration if it is measured; returns the final one
 * as `config`.
 */
async function launch(options: InstanceOptions, unknownKeywords: ReadonlySet<string>, isMeasured: boolean) {
  const { binary, rootHints, trustAnchor, parentFolder } = options;
  const port = await drawPort();
  const folder = await makeFolder(parentFolder);
  const facts = { ...options, folder: folder.path, port, unknownKeywords };
  let config: string;
  try {
    config = renderConfig(facts);
    const write = (name: string, text: string) => writeFile(join(folder.path, name), text, { mode: 0o600 });
    await write(FILES.hints, rootHints);
    await write(FILES.anchor, trustAnchor);
    if (isMeasured)
      await Promise.all(PROBE_ZONES.map((zone) => write(probeName(zone), renderProbeZone(zone))));
    await write(FILES.config, isMeasured ? renderProbeConfig(facts) : config);
  } catch (error) {
    await folder.remove();
    throw new UnboundStartError(`unbound cannot be set up: ${error instanceof Error ? error.message : ''}`);
  }
  const child = spawn(binary, ['-d', '-c', join(folder.path, FILES.config)], {
    cwd: folder.path,
    env: {},
    // A separate process group: an interrupt from the terminal must reach only the service, which finishes its work
    // first.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return { instance: new UnboundInstance(child, folder, port), config };
}

async function makeFolder(parent: string): Promise<PrivateFolder> {
  try {
    return await makePrivateFolder(parent);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw new UnboundStartError(
      `unbound needs a private folder, and none can be made in ${parent}: ${reason}`,
    );
  }
}

/** Null once the daemon gives the expected answer for {@link READY_NAME}, otherwise what it reported. */
async function waitUntil(
  instance: UnboundInstance,
  isReady: (rcode: number) => boolean,
): Promise<string | null> {
  const until = performance.now() + READY_TIMEOUT_MS;
  for (let id = 1; performance.now() < until; id++) {
    if (instance.ending !== null) return instance.ending.complaint || 'it ended at once';
    const asked = encodeQuery(READY_NAME, TYPE.SOA, id & 0xffff);
    const answer = await new UdpSocket(instance.server).exchange(asked, READY_POLL_MS * 20);
    const isThere = answer.status === 'response' && isReady(answer.message.rcode);
    if (isThere && instance.ending === null) return null;
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  return `it does not answer after ${READY_TIMEOUT_MS / 1000} s`;
}

/** The settings that the daemon reports as unknown; null if there are none, or if one of them is not optional. */
function unknownKeywordsIn(complaint: string): readonly string[] | null {
  const unknown = [...complaint.matchAll(/unknown keyword '([^']+)'/g)].map(([, keyword = '']) => keyword);
  return unknown.length > 0 && unknown.every((keyword) => OPTIONAL_KEYWORDS.has(keyword)) ? unknown : null;
}

function describeFailure(binary: string, complaint: string): string {
  const lines = complaint.split('\n').filter((line) => /error|fatal/i.test(line));
  const said = (lines.length > 0 ? lines : complaint.split('\n')).slice(0, 3).join('; ');
  return `${binary} does not start: ${said}`;
}
