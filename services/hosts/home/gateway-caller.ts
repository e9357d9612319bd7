import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type AwsEndpoints, endpointsFromEnvironment } from '../../../shared/adapters/aws/clients.ts';
import type { Caller } from '../../api/authenticate.ts';

/** What a gateway says of who calls; everything else of its event is of no interest here. */
const gatewaySchema = z.object({
  requestContext: z.object({
    identity: z.object({
      apiKeyId: z.string().min(1).nullish(),
      userArn: z.string().min(1).nullish(),
    }),
  }),
});

const DIGEST_CHARACTERS = 16;

/** Of a role that was assumed the role: its sessions come and go, and all of them are one caller. */
function principalOf(userArn: string): string {
  return userArn.replace(/^(arn:[a-z-]+:sts::\d+:assumed-role\/[^/]+)\/.*$/, '$1');
}

/**
 * Who calls, behind a gateway that has already rejected every request without a key or a signature: by the name of the API
 * key, or by the principal of the signature. An event that names neither came through a door that asks for no key (a
 * function URL, an HTTP API, a method without `apiKeyRequired`), and its `x-api-key` header proves nothing: rejected.
 *
 * An emulator of API Gateway checks the key and does not pass on its id. Only where {@link isEmulated} holds, the digest of
 * the header names the caller instead.
 */
export function createGatewayAuthenticator(
  names: ReadonlyMap<string, string>,
  emulated: boolean,
): (request: Request, host: unknown) => Caller {
  return ({ headers }, host) => {
    const parsed = gatewaySchema.safeParse(host);
    const identity = parsed.success ? parsed.data.requestContext.identity : {};
    if (identity.apiKeyId) return { ok: true, name: names.get(identity.apiKeyId) ?? identity.apiKeyId };
    if (identity.userArn) return { ok: true, name: principalOf(identity.userArn) };
    const key = headers.get('x-api-key');
    if (!emulated || key === null || key === '') return { ok: false, error: 'api-key-missing' };
    const digest = createHash('sha256').update(key, 'utf8').digest('hex').slice(0, DIGEST_CHARACTERS);
    return { ok: true, name: `key-${digest}` };
  };
}

const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];

/** Whether this function works with an emulator of AWS: all its services are on loopback, as those of AWS never are. */
export function isEmulated(environment: NodeJS.ProcessEnv): boolean {
  const { dynamodb, sqs, eventbridge }: AwsEndpoints = endpointsFromEnvironment(environment);
  return [dynamodb, sqs, eventbridge].every(
    (endpoint) => endpoint !== undefined && LOOPBACK_HOSTS.includes(hostOf(endpoint)),
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
