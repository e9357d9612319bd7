import { CodeDeployClient, PutLifecycleEventHookExecutionStatusCommand } from '@aws-sdk/client-codedeploy';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { createStderrLog } from '../../../shared/adapters/system/stderr-log.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { type SelfCheck, selfCheckSchema } from '../../../shared/contract/messages/function-event.ts';

/** The event that CodeDeploy sends before it shifts traffic. */
const hookEventSchema = z.object({ DeploymentId: z.string(), LifecycleEventHookExecutionId: z.string() });

/** Time-out for the version's self-check. A cold start with six perspectives takes far less. */
const INVOKE_TIMEOUT_MS = 50_000;

const log = createStderrLog({ format: 'json', level: 'info', now: systemClock.now });
const codeDeploy = new CodeDeployClient({});
const lambda = new LambdaClient({
  maxAttempts: 1,
  requestHandler: { requestTimeout: INVOKE_TIMEOUT_MS, throwOnRequestTimeout: true },
});

/**
 * Before a deployment shifts traffic, makes the new version check itself, and lets the deployment continue only if that
 * succeeds. Any other outcome fails the deployment, and the old version stays.
 */
export async function handler(event: unknown): Promise<void> {
  const { DeploymentId: deploymentId, LifecycleEventHookExecutionId: lifecycleEventHookExecutionId } =
    hookEventSchema.parse(event);
  const check = await askVersion(process.env.MPIC_NEW_VERSION ?? '');
  log.info('self_check', { deploymentId, version: process.env.MPIC_NEW_VERSION, ...check });
  await codeDeploy.send(
    new PutLifecycleEventHookExecutionStatusCommand({
      deploymentId,
      lifecycleEventHookExecutionId,
      status: check.ok ? 'Succeeded' : 'Failed',
    }),
  );
}

async function askVersion(functionVersionArn: string): Promise<SelfCheck> {
  try {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: functionVersionArn,
        Payload: Buffer.from(JSON.stringify({ mpic: 'self-check' })),
      }),
    );
    const text = Payload === undefined ? '' : Buffer.from(Payload).toString('utf8');
    if (FunctionError !== undefined)
      return { ok: false, description: `the version failed: ${text.slice(0, 500)}` };
    return selfCheckSchema.parse(JSON.parse(text));
  } catch (error) {
    return { ok: false, description: error instanceof Error ? error.message : String(error) };
  }
}
