import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const REQUEST_TIMEOUT_MS = 5000;

/**
 * The text of a secret, read once at the start of a process. Whoever changes it starts new processes.
 *
 * @param id name or ARN.
 * @throws the SDK's error when it cannot be had; the process must not serve then.
 */
export async function readSecret(region: string, id: string): Promise<string> {
  const client = new SecretsManagerClient({
    region,
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true },
  });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (SecretString === undefined) throw new Error(`secret ${id} holds no text`);
    return SecretString;
  } finally {
    client.destroy();
  }
}
