import { type APIGatewayProxyResult, handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { parseFunctionEvent, type SelfCheck } from '../../../shared/contract/messages/function-event.ts';
import { VALIDATING_RESOLVER } from '../../../shared/contract/settings/resolver-plan.ts';
import { sleep } from '../../../shared/ports/clock.ts';
import { createApi } from '../../api/app.ts';
import { watchObstacles } from '../../api/obstacles.ts';
import { HealthBook } from '../../api/perspective-health.ts';
import { ruleChangesAhead } from '../rule-changes.ts';
import { openCoordinator, wireSubmission } from '../wire.ts';
import { behindStage } from './behind-stage.ts';
import { createGatewayAuthenticator, isEmulated } from './gateway-caller.ts';
import { openHome } from './home.ts';

/**
 * The API function behind an API Gateway REST API. It decides the requests it answers. Their audit records and events
 * are left to the deadline message, which finds the requests unpublished: this function needs no permission to write
 * either, and no client waits for them.
 */
const noAudit = { append: () => Promise.reject(new Error('this function writes no audit records')) };
const home = await openHome(process.env, async () => noAudit);
const health = new HealthBook();
const coordinator = openCoordinator(home, {
  publish: 'at-deadline',
  onPublished: (record) => health.observe(record),
});
const { perspectives, primary } = home.config;
const authenticate = createGatewayAuthenticator(home.settings.callers, isEmulated(process.env));

const app = createApi({
  ...wireSubmission(home, coordinator),
  // Lambda gives each environment one request at a time and limits the account; the usage plan limits each caller.
  countRunning: (caller) => coordinator.countWaiting(caller),
  obstacles: watchObstacles({
    // A store failure shows in each call to the store.
    ofStore: () => [],
    publications: home.publications,
    limits: home.config.publication,
    log: home.log,
  }),
  onAccepted: (record) => home.publications.accepted(record),
  maxRunningPerCaller: () => home.config.maxRunning,
  authenticate,
  perspectives: {
    perspectives,
    primary,
    resolverModes: new Map(perspectives.map(({ code, resolver }) => [code, resolver ?? VALIDATING_RESOLVER])),
    sharedHost: false,
    health,
    ruleChangesAhead: () => ruleChangesAhead(home.config, home.clock.now()),
  },
});
const serve = handle(behindStage(app));

export async function handler(
  event: LambdaEvent,
  context: LambdaContext,
): Promise<APIGatewayProxyResult | SelfCheck | undefined> {
  const own = parseFunctionEvent(event);
  if (own?.mpic === 'warm') return void (await sleep(home.clock, own.hold_ms));
  if (own?.mpic === 'self-check') return checkSelf();
  return serve(event, context);
}

const SELF_CHECK_CALLER = 'self-check';

/** Sends one CAA check of the control name through this version, at every perspective, as a caller would request it. */
async function checkSelf(): Promise<SelfCheck> {
  const gateway = { requestContext: { identity: { userArn: SELF_CHECK_CALLER } } };
  const body = JSON.stringify({ check_type: 'caa', domain_or_ip_target: home.config.controlName });
  const request = new Request('https://self-check/mpic', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const response = await app.fetch(request, gateway);
  const answer = (await response.json()) as { mpic_completed?: boolean; mpic_id?: string };
  const ok = response.status === 200 && answer.mpic_completed === true;
  return {
    ok,
    description: `CAA check of ${home.config.controlName}: status ${response.status}, mpic_completed ${answer.mpic_completed}, mpic_id ${answer.mpic_id}`,
  };
}
