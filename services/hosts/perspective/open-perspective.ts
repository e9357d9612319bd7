import {
  createDynamoDbClient,
  endpointsFromEnvironment,
  queueAddress,
  SqsClients,
} from '../../../shared/adapters/aws/clients.ts';
import { DynamoDbResultStore } from '../../../shared/adapters/aws/dynamodb-result-store.ts';
import { SqsWakeQueue } from '../../../shared/adapters/aws/sqs-home-queues.ts';
import { warmConnection } from '../../../shared/adapters/aws/warm-connection.ts';
import { findUnbound } from '../../../shared/adapters/dns/unbound/find-unbound.ts';
import { readRootFiles } from '../../../shared/adapters/dns/unbound/root-files.ts';
import { watchLocalFaults } from '../../../shared/adapters/net/local-fault.ts';
import { createNetworkView } from '../../../shared/adapters/net/network-view.ts';
import { createStderrLog } from '../../../shared/adapters/system/stderr-log.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import type { SelfCheck } from '../../../shared/contract/messages/function-event.ts';
import type { SettingsOf } from '../../../shared/contract/settings/settings.ts';
import { findUnboundProblem } from '../../../shared/contract/settings/unbound-floor.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import type { MessageHandler } from '../../../shared/ports/queues.ts';
import { createJobHandler } from '../../perspective/handle-job.ts';
import { runCheck } from '../../perspective/run-check.ts';
import { logNodeRelease } from '../node-release.ts';
import { openResolver, type UnboundParts } from './open-resolver.ts';

/** The settings that function and worker share. */
type PerspectiveSettings = SettingsOf<'perspective'>;

/** One perspective of a deployment, ready for jobs, in any host. */
export interface OpenPerspective {
  readonly handleJob: MessageHandler;
  readonly sqs: SqsClients;
  readonly log: Log;
  /** Restarts a failed resolver; true if one is running. Checks without a resolver fail with that error. */
  revive(): Promise<boolean>;
  /** Runs one CAA check of the control name, as for a job; stores nothing. */
  checkSelf(): Promise<SelfCheck>;
  /** Stops the resolver and removes its files. */
  stop(): Promise<void>;
}

/**
 * Opens a perspective that stores its results in AWS. Resolves when its resolver responds and its connections to the
 * home region are open.
 *
 * @throws Error with a message for the operator if the perspective cannot work with these settings.
 */
export async function openPerspective(
  settings: PerspectiveSettings,
  environment: NodeJS.ProcessEnv,
): Promise<OpenPerspective> {
  const log = createStderrLog({ format: 'json', level: settings.logLevel, now: systemClock.now });
  logNodeRelease(log, systemClock.now());
  const endpoints = endpointsFromEnvironment(environment);
  const home = { region: settings.homeRegion, endpoints };
  const dynamodb = createDynamoDbClient(home);
  const sqs = new SqsClients(home);
  const wakeQueue = queueAddress(settings.wakeQueue, settings.homeRegion);
  watchLocalFaults(systemClock, log);
  const [opened] = await Promise.all([
    openResolver({
      perspective: settings.perspective,
      mode: settings.resolver,
      unbound: settings.resolver === 'unbound' ? await findParts(settings.unboundPatched) : null,
      queryTimeoutMs: settings.dnsTimeoutMs,
      checkTimeoutMs: settings.checkTimeoutMs,
      controlName: settings.controlName,
      allowedNetworks: [],
      deniedNetworks: settings.denyNetworks,
      mustVerify: true,
      log,
    }),
    warmConnection(dynamodb, 'dynamodb', settings.homeRegion, endpoints.dynamodb),
    sqs.warm([wakeQueue.region]),
  ]);
  const view = createNetworkView({
    resolver: opened.resolver,
    allowTestNames: false,
    deniedNetworks: settings.denyNetworks,
  });
  return {
    handleJob: createJobHandler({
      perspective: settings.perspective,
      view,
      results: new DynamoDbResultStore({ client: dynamodb, table: settings.resultsTable }),
      wakeUps: new SqsWakeQueue(sqs, wakeQueue),
      runCheck,
      clock: systemClock,
      log,
      checkTimeoutMs: settings.checkTimeoutMs,
      recorder: `mpic/${settings.version} ${settings.instance}`,
    }),
    sqs,
    log,
    revive: opened.revive,
    checkSelf: () => checkSelf(view, settings),
    stop: async () => {
      await opened.stop();
      dynamodb.destroy();
      sqs.close();
    },
  };
}

/**
 * Finds the unbound of this machine or image. It trusts the root keys of IANA only.
 *
 * @throws Error if its version is too old and not declared as patched.
 */
async function findParts(declared: string | null): Promise<UnboundParts | null> {
  const found = await findUnbound();
  if (found === null) return null;
  const problem = findUnboundProblem(found, declared);
  if (problem !== null) throw new Error(problem);
  return { ...found, rootFiles: readRootFiles(null, null) };
}

async function checkSelf(
  view: NetworkView,
  { controlName, checkTimeoutMs }: PerspectiveSettings,
): Promise<SelfCheck> {
  const outcome = await runCheck(
    {
      checkType: 'caa',
      target: { kind: 'domain', name: controlName, wildcard: false },
      caa: {
        certificateType: 'tls-server',
        caaDomains: [],
        allowLookupFailure: false,
        accountUris: null,
        validationMethods: null,
        enforceRfc8657: false,
      },
    },
    {
      policy: 'baseline-requirements',
      view,
      deadline: systemClock.monotonic() + checkTimeoutMs,
      monotonic: systemClock.monotonic,
      now: systemClock.now(),
    },
  );
  const status = outcome.details?.kind === 'caa' ? outcome.details.dns.dnssec : null;
  const why = outcome.errors.map(({ message }) => message).join('; ');
  return {
    ok: outcome.completed,
    description: `CAA lookup of ${controlName}: ${outcome.completed ? `done, ${status}` : why}`.slice(
      0,
      2_000,
    ),
  };
}
