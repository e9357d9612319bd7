import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
} from '@aws-sdk/client-lambda';
import * as z from 'zod';
import type { AwsCredentials } from '../../shared/adapters/aws/clients.ts';
import { poll } from './poll.ts';
import { demand, type World } from './world.ts';
import { zipOne } from './zip-file.ts';

const ACTIVE_TIMEOUT_MS = 20_000;
const POLL_MS = 100;

/** Tells whoever invokes it what the platform has given it. */
const CODE = `export const handler = async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
});`;

const credentialsSchema = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1),
});

/**
 * Credentials of the role of one of our functions. Only Lambda may take on such a role, so a function that lives no longer than
 * this call does.
 *
 * @param what behind the name of the deployment, such as `api`.
 */
export async function borrowRole(
  { aws, deployment }: World,
  region: string,
  what: string,
): Promise<AwsCredentials> {
  const lambda = aws.lambda(region);
  const FunctionName = deployment.names.function(`borrow-${what}`);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: `arn:aws:iam::${deployment.account}:role/${deployment.names.role(what)}`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      // The only log that the role may write to, and none of its own that would be left.
      LoggingConfig: { LogGroup: deployment.names.logGroup(what) },
      Code: { ZipFile: zipOne('index.mjs', CODE) },
    }),
  );
  try {
    await poll(`${FunctionName} active`, ACTIVE_TIMEOUT_MS, POLL_MS, async () => {
      const { State } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return State === undefined || State === 'Active' ? true : null;
    });
    const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName }));
    const text = Buffer.from(Payload ?? []).toString('utf8');
    demand(FunctionError === undefined, `${FunctionName} failed: ${text}`);
    return credentialsSchema.parse(JSON.parse(text));
  } finally {
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  }
}
