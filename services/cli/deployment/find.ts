import { APIGatewayClient, GetApiKeysCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import type { Deployment } from '../../../infra/config/deployment.ts';
import { OUTPUTS } from '../../../infra/config/names.ts';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { describeCredentials } from '../shell/aws-credentials.ts';
import { CommandError, UsageError } from '../shell/command.ts';

const requestHandler = { requestTimeout: 10_000, throwOnRequestTimeout: true };

/** Where the API of a deployment is, as its stack says. */
export async function findUrl(deployment: Deployment): Promise<string> {
  const { home_region: region, names } = deployment;
  const stack = await ask(names.homeStack, () => describeHome(deployment));
  const url = stack?.Outputs?.find(({ OutputKey }) => OutputKey === OUTPUTS.url)?.OutputValue;
  if (url !== undefined) return url;
  throw new CommandError(
    `stack ${names.homeStack} in ${region} has no output ${OUTPUTS.url}: deploy it first`,
  );
}

/** Whether the home stack refuses to be removed. A stack that is not there does not. */
export function isProtected(deployment: Deployment): Promise<boolean> {
  return ask(deployment.names.homeStack, async () => {
    try {
      return (await describeHome(deployment))?.EnableTerminationProtection ?? false;
    } catch (error) {
      if (error instanceof Error && error.message.includes('does not exist')) return false;
      throw error;
    }
  });
}

/** The API key of a caller, the first one for null. It is a secret. */
export async function findApiKey(deployment: Deployment, caller: string | null): Promise<string> {
  const { api, home_region: region, names } = deployment;
  if (api.authorisation === 'iam')
    throw new CommandError('this deployment has no API keys: callers sign their requests');
  const wanted = caller ?? api.callers[0] ?? '';
  if (!api.callers.includes(wanted))
    throw new UsageError(
      `${quoteInput(wanted)} is not a caller of this deployment; there are ${api.callers.join(', ')}`,
    );
  const client = new APIGatewayClient({ region, requestHandler });
  const name = names.apiKey(wanted);
  const { items = [] } = await ask(`the key ${name}`, () =>
    client.send(new GetApiKeysCommand({ nameQuery: name, includeValues: true })),
  );
  // The query is for names that begin so.
  const value = items.find((item) => item.name === name)?.value;
  if (value !== undefined) return value;
  throw new CommandError(`there is no API key ${name} in ${region}: deploy it first`);
}

async function describeHome({ home_region: region, names }: Deployment): Promise<Stack | undefined> {
  const client = new CloudFormationClient({ region, requestHandler });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: names.homeStack }));
  return Stacks?.[0];
}

/** Errors of the SDK as a sentence. */
async function ask<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const reason = describeCredentials(error) ?? (error instanceof Error ? error.message : String(error));
    throw new CommandError(`${what} cannot be read: ${reason}`);
  }
}
