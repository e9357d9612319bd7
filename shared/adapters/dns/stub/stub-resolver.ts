import { getServers } from 'node:dns';
import { performance } from 'node:perf_hooks';
import { SETTINGS } from '../../../contract/settings/settings.ts';
import type { LookupFailureReason, RecordType } from '../../../domain/dns/lookup.ts';
import type { CheckResolver, Resolver } from '../../../ports/resolver.ts';
import { parseQueryName } from '../message/names.ts';
import { TYPE } from '../message/protocol.ts';
import type { EndOfTrust } from '../trust/trust-walk.ts';
import type { Verifiable } from '../trust/verifiable.ts';
import { startPath } from './alias-path.ts';
import { askServers, type Effort } from './ask.ts';
import { CheckScope } from './check-scope.ts';
import type { Freshness } from './freshness.ts';
import { resolveQuestion } from './resolve-question.ts';
import {
  canonicalAddress,
  formatServerAddress,
  isLoopbackServer,
  parseServerAddress,
  type ServerAddress,
} from './server-address.ts';
import { Upstream } from './upstream.ts';
import { openWalk, type TrustSettings } from './verify-trust.ts';

export interface StubResolverOptions {
  /** Name of this resolver in results: `system`, or `address:port`. */
  readonly mode: string;
  /** Queried in this order, one per query, cyclically. */
  readonly servers: readonly ServerAddress[];
  /** Time-out of one query with all its tries, milliseconds; default that of `MPIC_DNS_TIMEOUT_MS`. */
  readonly queryTimeoutMs?: number;
  /** Maximum number of queries for one question, at least 2; default 3. */
  readonly maxQueries?: number;
  /**
   * What the server verifies, if it is our own validating resolver on loopback. Then an AD bit means `secure`, and an
   * answer without one has to be proven insecure. The AD bit of another resolver could have been set on the way (RFC
   * 4035 section 4.9.3), so by default no answer counts as validated.
   */
  readonly validates?: Verifiable;
}

const DEFAULT_MAX_QUERIES = 3;

/** The lookups of one check at a stub resolver. */
export interface StubCheck extends CheckResolver {
  forCheck(freshness?: Freshness): StubCheck;
  /**
   * Find where the chain of trust ends on the way to `name`; `unknown` if the resolver does not validate.
   *
   * @param deadline on the monotonic clock, milliseconds.
   */
  findEndOfTrust(name: string, deadline: number, signal?: AbortSignal): Promise<EndOfTrust>;
  /**
   * Why there is no answer for `type` at `name`, ignoring DNSSEC; null if there is one. Sent with checking disabled,
   * because a resolver answers equal queries together, and would otherwise join it to an open validated query.
   */
  whySilent(
    name: string,
    type: RecordType,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<LookupFailureReason | null>;
}

export interface StubResolver extends Resolver {
  /** @param freshness for a resolver whose cache this service can flush. */
  forCheck(freshness?: Freshness): StubCheck;
}

/**
 * A {@link Resolver} that queries the given recursive servers and judges their answers strictly. Between lookups it
 * keeps response times and unread datagrams per server (see {@link Upstream}), but no answers, and no sockets except
 * the one shared by the lookups of a check.
 *
 * @throws Error if the options are invalid.
 */
export function createStubResolver(options: StubResolverOptions): StubResolver {
  const settings = checkSettings(options);
  const { mode } = options;
  const [firstServer] = settings.servers;

  const inScope = (check: CheckScope | null): StubCheck => ({
    mode,
    forCheck: (freshness) => inScope(new CheckScope(firstServer, freshness ?? null)),
    end: () => check?.end(),
    async findEndOfTrust(name, deadline, signal) {
      const labels = parseQueryName(name);
      const { validates } = settings;
      if (!labels || validates === null) return { status: 'unknown', why: 'no-proof' };
      return openWalk(settings, validates, { deadline, signal, check }).findEnd([labels]);
    },
    async whySilent(name, type, deadline, signal) {
      const labels = parseQueryName(name);
      if (!labels) return 'invalid-name';
      const effort: Effort = { tries: 0, retried: false, lastServer: firstServer };
      const apart = { ...settings, checkingDisabled: true };
      const asked = await askServers(
        startPath(labels),
        TYPE[type],
        apart,
        { deadline, signal, check },
        effort,
      );
      return asked.status === 'failed' ? asked.reason : null;
    },
    async lookup(name, type, deadline, signal) {
      const startedAt = performance.now();
      const effort: Effort = { tries: 0, retried: false, lastServer: firstServer };
      const limits = { deadline, signal, check };
      const concluded = await resolveQuestion(name, type, settings, limits, effort);
      const server = describeServer(mode, effort.lastServer);
      const { tries, retried } = effort;
      const { extendedErrors, dnssec } = concluded;
      const elapsedMs = performance.now() - startedAt;
      // Written out twice, because spreading a common part took longer than encoding the query and reading the answer.
      if (concluded.status === 'failed') {
        const { status, reason, rcode } = concluded;
        const message = `${server}: ${concluded.detail}`;
        return {
          status,
          name,
          type,
          server,
          tries,
          elapsedMs,
          extendedErrors,
          dnssec,
          reason,
          rcode,
          retried,
          message,
        };
      }
      const { status, rcode, records, cnameChain, ttl, adFlag, insecurity } = concluded;
      return {
        status,
        name,
        type,
        server,
        tries,
        elapsedMs,
        extendedErrors,
        rcode,
        records,
        cnameChain,
        ttl,
        adFlag,
        dnssec: concluded.dnssec,
        insecurity,
      };
    },
  });
  return inScope(null);
}

/**
 * A resolver that queries the name servers configured on this machine.
 *
 * @param readServers the configured servers, as `address` or `address:port`; the machine's own by default.
 * @throws Error if there are none.
 */
export function createSystemResolver(
  options: Omit<StubResolverOptions, 'mode' | 'servers'> = {},
  readServers: () => readonly string[] = getServers,
): Resolver {
  const servers = readServers().map(parseServerAddress);
  if (servers.length === 0)
    throw new Error('this machine has no DNS server configured: name one as address:port');
  return createStubResolver({ ...options, mode: 'system', servers });
}

function checkSettings(options: StubResolverOptions): TrustSettings {
  const {
    queryTimeoutMs = SETTINGS.dnsTimeoutMs.defaults.perspective,
    maxQueries = DEFAULT_MAX_QUERIES,
    validates = null,
  } = options;
  const [first, ...others] = options.servers.map(
    ({ address, port }) => new Upstream({ address: canonicalAddress(address), port }),
  );
  if (!first) throw new Error(`resolver "${options.mode}": there is no server to ask`);
  if (!(queryTimeoutMs > 0))
    throw new Error(`resolver "${options.mode}": the query timeout must be positive`);
  if (!(maxQueries >= 2)) throw new Error(`resolver "${options.mode}": there must be at least 2 queries`);
  if (validates !== null && !options.servers.every(isLoopbackServer)) {
    throw new Error(
      `resolver "${options.mode}": only a resolver on loopback can be trusted to have validated`,
    );
  }
  return { servers: [first, ...others], queryTimeoutMs, maxQueries, validates };
}

/** For example `system 192.0.2.53:53`, or only the address if it is the mode. */
function describeServer(mode: string, server: ServerAddress): string {
  const address = formatServerAddress(server);
  return mode === address ? address : `${mode} ${address}`;
}
