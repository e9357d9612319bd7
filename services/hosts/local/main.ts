import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { findUnbound } from '../../../shared/adapters/dns/unbound/find-unbound.ts';
import { type RootFiles, readRootFiles } from '../../../shared/adapters/dns/unbound/root-files.ts';
import { openFileAuditTrail } from '../../../shared/adapters/embedded/file-audit-trail.ts';
import { watchLocalFaults } from '../../../shared/adapters/net/local-fault.ts';
import { createStderrLog } from '../../../shared/adapters/system/stderr-log.ts';
import { createStdoutAuditTrail } from '../../../shared/adapters/system/stdout-audit-trail.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { createUuidIds } from '../../../shared/adapters/system/uuid-ids.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import { describeSettings } from '../../../shared/contract/settings/describe-settings.ts';
import type { ConfiguredPerspective } from '../../../shared/contract/settings/perspective-file.ts';
import {
  declaredResolver,
  planResolvers,
  VALIDATING_RESOLVER,
} from '../../../shared/contract/settings/resolver-plan.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { AuditTrail } from '../../../shared/ports/audit-trail.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { KeyRing } from '../../api/authenticate.ts';
import { createPace } from '../../api/pace.ts';
import { readKeyFile } from '../key-file.ts';
import { loadConfig } from '../load-config.ts';
import { logNodeRelease } from '../node-release.ts';
import type { UnboundParts } from '../perspective/open-resolver.ts';
import { logRuleChanges, ruleChangesAhead } from '../rule-changes.ts';
import { loadCohortSecret } from './cohort-secret.ts';
import { openNetworkViews } from './network-views.ts';
import { openBackend } from './open-backend.ts';
import { planFiles, readFileLimit } from './open-files.ts';
import { securePrivateFolder } from './private-data.ts';
import { probeResolvers } from './probe-resolvers.ts';
import { startService } from './service.ts';
import { describeStartError } from './start-error.ts';
import { readRecorder } from './version.ts';
import { warnings } from './warnings.ts';

/** Number of requests begun in one turn of the event loop. */
const REQUESTS_PER_TURN = 1;

/** Exit status if the configuration is wrong. */
const EXIT_CONFIGURATION = 2;

/**
 * How far the heap may grow, in per cent of the live data, before garbage collection. V8's default, about 400, suits
 * programs that have a machine to themselves.
 */
setFlagsFromString('--heap-growing-percent=150');

/** The settings of this start, as soon as they are read. */
let place: ServiceConfig | null = null;

async function main(): Promise<void> {
  // Data files contain challenge values and the cohort secret: only this user may read them.
  process.umask(0o077);
  const hangup = catchHangup();
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(`${describeSettings()}\n`);
    return;
  }
  const config = loadConfig(argv, process.env, new Date());
  place = config;
  const log = createStderrLog({
    format: config.log ?? (process.stderr.isTTY ? 'pretty' : 'json'),
    level: config.logLevel,
    now: systemClock.now,
    targets: config.logTargets,
  });
  logNodeRelease(log, systemClock.now());
  watchLocalFaults(systemClock, log);
  const hosted = hostedPerspectives(config);
  const unbound = await prepareUnbound(config, hosted);
  const plan = planResolvers(config, hosted, unbound);
  if (plan.problems.length > 0) throw new ConfigurationError(plan.problems);
  for (const warning of [...warnings(config), ...plan.warnings]) log.warn('configuration', { warning });
  logRuleChanges(log, ruleChangesAhead(config, systemClock.now()));

  const files = planFiles(readFileLimit(), {
    maxRunning: config.maxRunning,
    hostedPerspectives: hosted.length,
  });
  if (!files.ok) throw new ConfigurationError([files.problem]);
  if (config.dataDir !== null) await securePrivateFolder(config.dataDir);

  const keys = new KeyRing(config.apiKeys);
  hangup.perform(() => reloadKeys(keys, config, log));
  const backend = await openBackend(config, process.env, log);
  const audit = await openAudit(config);
  const network = await openNetworkViews(config, plan, unbound, log);
  const probing = probeResolvers(network.views.values(), config, systemClock, log);
  const service = await startService({
    config,
    backend,
    audit,
    log,
    views: network.views,
    rootFiles: [...plan.modes.values()].includes(VALIDATING_RESOLVER) ? (unbound?.rootFiles ?? null) : null,
    rootSigning: network.rootSigning,
    clock: systemClock,
    pace: createPace(REQUESTS_PER_TURN),
    ids: createUuidIds(systemClock.now),
    recorder: readRecorder(),
    cohortSecret: await loadCohortSecret(config.cohortSecret, config.dataDir),
    keys,
    maxConnections: files.maxConnections,
    runs: hostedRoles(config),
  });
  stopOnSignal(() => service.stop().finally(network.stop), log);
  await probing;
  if (!hostedRoles(config).api) {
    log.info('running_without_api', { roles: config.roles });
    return;
  }
  const port = await service.listen(config.host, config.port);
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}`;
  // On aws standard output is the audit trail: nothing but records may be on it.
  if (config.backend === 'aws') log.info('listening', { url });
  else process.stdout.write(`listening on ${url}\n`);
}

/** Handles SIGHUP from the start: without a handler it would end the process and orphan its resolvers. */
function catchHangup(): { perform(action: () => void): void } {
  let act: (() => void) | null = null;
  process.on('SIGHUP', () => act?.());
  return {
    perform: (action) => {
      act = action;
    },
  };
}

/** Reads the key file again. A file that cannot be used changes nothing. */
function reloadKeys(keys: KeyRing, { apiKeysFile }: ServiceConfig, log: Log): void {
  if (apiKeysFile === null) {
    log.info('nothing_to_reload', { reason: 'MPIC_API_KEYS_FILE is not set' });
    return;
  }
  const read = readKeyFile(apiKeysFile);
  if (!read.ok) {
    log.error('api_keys_not_reloaded', { file: apiKeysFile, problem: read.problem });
    return;
  }
  keys.replace(read.keys);
  log.info('api_keys_reloaded', { file: apiKeysFile, keys: read.keys.length });
}

/** Without AWS one process runs every role; with AWS it runs those in MPIC_ROLES. */
function hostedRoles({ backend, roles }: ServiceConfig) {
  if (backend !== 'aws') return { api: true, decision: true };
  return { api: roles.includes('api'), decision: roles.includes('decision') };
}

function hostedPerspectives({ backend, roles, perspectives }: ServiceConfig) {
  if (backend !== 'aws') return perspectives;
  return perspectives.filter(({ code }) => roles.includes(`perspective:${code}`));
}

/** The unbound of this machine and its root files; null if it is not installed or no hosted perspective uses it. */
async function prepareUnbound(
  config: ServiceConfig,
  hosted: readonly ConfiguredPerspective[],
): Promise<UnboundParts | null> {
  const declared = hosted.map((perspective) => declaredResolver(perspective, config));
  if (!declared.some((mode) => mode === null || mode === VALIDATING_RESOLVER)) return null;
  const found = await findUnbound();
  return found === null ? null : { ...found, rootFiles: readFiles(config) };
}

function readFiles({ rootHints, trustAnchor }: ServiceConfig): RootFiles {
  try {
    return readRootFiles(rootHints, trustAnchor);
  } catch (error) {
    throw new ConfigurationError([
      `MPIC_ROOT_HINTS, MPIC_TRUST_ANCHOR: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}

/**
 * Opens the audit trail: lines on standard output with AWS, regardless of the log level; otherwise one file per day in
 * the data folder, or none without a data folder.
 */
async function openAudit(config: ServiceConfig): Promise<AuditTrail> {
  if (config.backend === 'aws') return createStdoutAuditTrail((line) => process.stdout.write(line));
  if (config.dataDir === null) return { append: async () => {} };
  return openFileAuditTrail(join(config.dataDir, 'audit'), systemClock.now);
}

function stopOnSignal(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info('service_stopping', { signal });
    stop().then(
      () => process.exit(0),
      (error) => {
        log.error('stop_failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

main().catch((error: unknown) => {
  if (error instanceof ConfigurationError) {
    const list = error.problems.map((problem) => `  - ${problem}`).join('\n');
    process.stderr.write(`The service cannot start:\n${list}\n`);
    process.exit(EXIT_CONFIGURATION);
  }
  process.stderr.write(`The service cannot start: ${describeStartError(error, place)}\n`);
  process.exit(1);
});
