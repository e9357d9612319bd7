import { loadConfig } from '../../../services/hosts/load-config.ts';
import { loadCohortSecret } from '../../../services/hosts/local/cohort-secret.ts';
import { createEmbeddedBackend, openMemoryLevel } from '../../../services/hosts/local/embedded-backend.ts';
import { openNetworkViews } from '../../../services/hosts/local/network-views.ts';
import { type Service, startService } from '../../../services/hosts/local/service.ts';
import { readRecorder } from '../../../services/hosts/local/version.ts';
import { createStderrLog } from '../../../shared/adapters/system/stderr-log.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { createUuidIds } from '../../../shared/adapters/system/uuid-ids.ts';
import type { AuditRecord } from '../../../shared/contract/audit/audit-schema.ts';
import type { ConfiguredPerspective } from '../../../shared/contract/settings/perspective-file.ts';
import { planResolvers } from '../../../shared/contract/settings/resolver-plan.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import { type LabViews, startDnsViews } from '../dns/dns-views.ts';
import { type DemoWeb, startDemoWeb } from './web-world.ts';
import { CA_DOMAIN, COMMON_VIEW, specialView } from './world.ts';

/** Long enough for the late answer of the demo, and for the silent resolver to end soon after it. */
const DNS_TIMEOUT_MS = 1200;

export interface DemoService {
  readonly url: string;
  readonly perspectives: readonly ConfiguredPerspective[];
  /** The audit trail so far. */
  readonly auditRecords: readonly AuditRecord[];
  /** DNS queries for `name` that all views together have received. */
  countQueries(name: string): number;
}

/** Local mode in this process, with nothing kept, each perspective behind a name server with a view of its own. */
export async function startDemoService(): Promise<DemoService> {
  // Settings of the environment are for a real start; the demo has to look the same everywhere.
  const settings = ['--data-dir', ':memory:', '--caa-domains', CA_DOMAIN, '--allow-networks', '127.0.0.0/8'];
  const base = loadConfig([...settings, '--dns-timeout-ms', String(DNS_TIMEOUT_MS)], {}, new Date());
  const views = await startDnsViews(
    COMMON_VIEW,
    Object.fromEntries(base.perspectives.map(({ code }) => [code, specialView(code)])),
  );
  const config = { ...base, perspectives: withResolvers(base, views) };
  const web = await startDemoWeb();
  const log = createStderrLog({ format: 'pretty', level: 'error', now: systemClock.now });
  const auditRecords: AuditRecord[] = [];
  const { url } = await serveDemo(config, await openViews(config, web, log), auditRecords, log);
  return {
    url,
    perspectives: config.perspectives,
    auditRecords,
    countQueries: (name) =>
      [...views.servers.values()].flatMap((view) => view.queries()).filter((query) => query.name === name)
        .length,
  };
}

/** A service in this process that keeps nothing but its audit records, which go into `audit`. */
export async function serveDemo(
  config: ServiceConfig,
  views: ReadonlyMap<string, NetworkView>,
  audit: AuditRecord[],
  log: Log,
): Promise<{ readonly url: string; readonly service: Service }> {
  const service = await startService({
    config,
    backend: createEmbeddedBackend({
      level: await openMemoryLevel(),
      perspectives: config.perspectives.map(({ code }) => code),
      clock: systemClock,
      log,
    }),
    audit: {
      async append(records) {
        audit.push(...records);
      },
    },
    log,
    views,
    clock: systemClock,
    ids: createUuidIds(systemClock.now),
    recorder: readRecorder(),
    cohortSecret: await loadCohortSecret(null, null),
    runs: { api: true, decision: true },
  });
  const port = await service.listen(config.host, 0);
  return { url: `http://${config.host}:${port}`, service };
}

/** Routes differ as views of the DNS do: in two perspectives the same address leads to the attacker's servers. */
async function openViews(
  config: ServiceConfig,
  web: DemoWeb,
  log: Log,
): Promise<ReadonlyMap<string, NetworkView>> {
  const opened = await Promise.all(
    config.perspectives.map((perspective) => {
      const plan = planResolvers(config, [perspective], null);
      return openNetworkViews({ ...config, labPorts: web.portsOf(perspective.code) }, plan, null, log);
    }),
  );
  return new Map(opened.flatMap(({ views }) => [...views]));
}

function withResolvers({ perspectives }: ServiceConfig, { addresses }: LabViews): ConfiguredPerspective[] {
  return perspectives.map((perspective) => ({
    ...perspective,
    resolver: addresses.get(perspective.code) ?? null,
  }));
}
