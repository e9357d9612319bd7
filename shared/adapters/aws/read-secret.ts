import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const REQUEST_TIMEOUT_MS = 5000;

/**
 * Read the text of a secret. Called once at the start of a process: a changed secret takes effect in new processes
 * only.
 *
 * @param id name or ARN.
 * @throws the SDK's error if the secret cannot be read; the process must not serve then.
 */
export async function readSecret(region: string, id: string): Promise<string> {
  const client = new SecretsManagerClient({
    region,
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true },
  });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (SecretString === undefined) throw new Error(`secret ${id} has no text value`);
    return SecretString;
  } finally {
    client.destroy();
  }
}
