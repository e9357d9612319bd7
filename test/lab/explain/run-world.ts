import { performance } from 'node:perf_hooks';
import { runCheck } from '../../../services/perspective/run-check.ts';
import { createStubResolver } from '../../../shared/adapters/dns/stub/stub-resolver.ts';
import { expired } from '../../../shared/adapters/net/failure.ts';
import { createHttpFetcher } from '../../../shared/adapters/net/http-fetcher.ts';
import { createNetworkGuard, type NetworkGuard } from '../../../shared/adapters/net/network-guard.ts';
import { createTlsProber } from '../../../shared/adapters/net/tls-prober.ts';
import { readStoredResult, serialiseResult } from '../../../shared/contract/messages/stored-result.ts';
import { BUILT_IN_PERSPECTIVES } from '../../../shared/contract/settings/perspective-file.ts';
import type { CheckOutcome } from '../../../shared/domain/check/check-result.ts';
import { parseRir } from '../../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../../shared/domain/check/stored-result.ts';
import type { Look } from '../../../shared/domain/explain/evidence/facts.ts';
import { explain } from '../../../shared/domain/explain/explain.ts';
import type { ExplainedCause } from '../../../shared/domain/explain/rules/explanation.ts';
import { parseIpNetwork } from '../../../shared/domain/net/ip-network.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import { startDnsServer } from '../dns/dns-server.ts';
import { parseZoneText } from '../dns/zone.ts';
import { startWebServer, type WebServerOptions } from '../web/web-server.ts';
import { BUDGET_MS, type ExplainWorld, type Sight } from './world.ts';

/** Nothing listens there (tcpmux, RFC 1078). */
const CLOSED_PORT = 1;
const REQUEST = '01a2011c-dc3e-7eb8-ad0e-53a1df69d0da';
const LOOPBACK = ['127.0.0.0/8', '::1/128'].flatMap((text) => parseIpNetwork(text) ?? []);
const PORT_ATTEMPTS = 10;

interface Opened {
  readonly view: NetworkView;
  close(): Promise<unknown>;
}

/**
 * Runs the check of a world from all six perspectives, with the code of a perspective against servers on loopback, and
 * explains what they stored.
 */
export async function runWorld(world: ExplainWorld): Promise<readonly ExplainedCause[]> {
  const earlier =
    world.before === undefined ? [] : [await look({ ...world, sight: world.before, others: [] }, 1)];
  const looks = await look(world, earlier.length + 1);
  const passing = looks.filter(({ stored }) => stored?.status === 'readable' && stored.result.corroborates);
  const isValid = passing.length >= 5 && world.reasons === undefined;
  const verdict = { isValid, reasons: world.reasons ?? [] };
  return explain({ check: world.check, looks, earlier, verdict });
}

/** Perspectives that see the same share its servers. */
async function look(world: ExplainWorld, attempt: number): Promise<readonly Look[]> {
  const sights = [world.sight, ...(world.others ?? []).map(([, sight]) => sight)];
  const opened = new Map<Sight, Opened>();
  for (const sight of sights) opened.set(sight, await openSight(sight));
  try {
    return await Promise.all(
      BUILT_IN_PERSPECTIVES.perspectives.map(async ({ code, rir }) => {
        const sight = world.others?.find(([codes]) => codes.includes(code))?.[1] ?? world.sight;
        const view = opened.get(sight)?.view;
        if (view === undefined) throw new Error(`no view for ${code}`);
        return {
          perspective: code,
          rir: parseRir(rir),
          stored: await store(world, sight, view, code, attempt),
        };
      }),
    );
  } finally {
    await Promise.all([...opened.values()].map((one) => one.close()));
  }
}

/** What the perspective stores, as the home region reads it. */
async function store(
  world: ExplainWorld,
  sight: Sight,
  view: NetworkView,
  perspective: string,
  attempt: number,
): Promise<StoredResult | undefined> {
  const key = { perspective, attempt };
  if (sight.stores === 'nothing') return undefined;
  if (sight.stores === 'garbage') return readStoredResult('<html>', REQUEST, key);
  const now = world.now ?? Date.now();
  const startedAt = now + (sight.laterMs ?? 0);
  const begun = performance.now();
  const outcome = await runCheck(world.check, {
    policy: world.policy ?? 'baseline-requirements',
    view,
    deadline: begun + (sight.budgetMs ?? BUDGET_MS),
    monotonic: () => performance.now(),
    now,
  }).catch((): CheckOutcome => CRASHED);
  // All perspectives start together. How long a check takes on this machine must not look like an order in time.
  const completedAt = startedAt + 1;
  const text = serialiseResult({
    ...{ ...key, requestId: REQUEST, checkType: world.check.checkType, startedAt, completedAt },
    ...{ recorder: 'lab', allowedNetworks: view.allowedNetworks, attemptToken: null, requestDigest: null },
    ...outcome,
  });
  return readStoredResult(text, REQUEST, key);
}

/** As the perspective writes it for a bug in a checker. */
const CRASHED: CheckOutcome = {
  completed: false,
  passed: false,
  corroborates: false,
  errors: [
    {
      type: 'mpic_error:perspective:internal',
      message: 'the check failed inside the perspective; see its log',
    },
  ],
  details: { kind: 'none' },
};

async function openSight(sight: Sight): Promise<Opened> {
  const dns = await startDnsServer({
    records: parseZoneText(sight.zone ?? ''),
    scripts: sight.scripts ?? [],
  });
  const closing = [() => dns.close()];
  const open = async (
    over4: WebServerOptions | 'closed' | undefined,
    over6: WebServerOptions | undefined,
  ) => {
    if (over4 === 'closed' || over4 === undefined) return CLOSED_PORT;
    const servers = await openBoth(over4, over6);
    closing.push(...servers.map((server) => () => server.close()));
    return servers[0]?.port ?? CLOSED_PORT;
  };
  const http = await open(sight.http, sight.httpOverIpv6);
  const https = await open(sight.https, sight.httpsOverIpv6);
  const resolver =
    sight.resolver ?? createStubResolver({ mode: 'lab', servers: [dns], queryTimeoutMs: BUDGET_MS / 4 });
  const guard = createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 80: http, 443: https } });
  const used = sight.dropsConnections === true ? dropping(guard) : guard;
  return {
    view: {
      resolver,
      http: createHttpFetcher(used),
      tls: createTlsProber(used),
      allowedNetworks: ['127.0.0.0/8', '::1/128'],
      allowTestNames: true,
    },
    close: () => Promise.all(closing.map((close) => close())),
  };
}

/** Servers at the same port of an IPv4 address and of ::1: the lab maps ports, not addresses. */
async function openBoth(over4: WebServerOptions, over6: WebServerOptions | undefined) {
  for (let attempt = 1; ; attempt++) {
    const server = await startWebServer(over4);
    if (over6 === undefined) return [server];
    try {
      return [server, await startWebServer({ ...over6, host: '::1', port: server.port })];
    } catch (error) {
      await server.close();
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** A network that drops the packets of every connection attempt; loopback itself drops none. */
function dropping(guard: NetworkGuard): NetworkGuard {
  return {
    vet: (addresses) => guard.vet(addresses),
    dial: ({ address }) => Promise.resolve(expired('timeout', address, 'the connection attempt')),
  };
}
