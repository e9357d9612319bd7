import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type AwsEndpoints, endpointsFromEnvironment } from '../../../shared/adapters/aws/clients.ts';
import type { Caller } from '../../api/authenticate.ts';

/** The caller's identity in a gateway event; the other members are ignored. */
const gatewaySchema = z.object({
  requestContext: z.object({
    identity: z.object({
      apiKeyId: z.string().min(1).nullish(),
      userArn: z.string().min(1).nullish(),
    }),
  }),
});

const DIGEST_CHARACTERS = 16;

/** Returns the role of an assumed-role session, because all sessions of a role are one caller; other ARNs unchanged. */
function principalOf(userArn: string): string {
  return userArn.replace(/^(arn:[a-z-]+:sts::\d+:assumed-role\/[^/]+)\/.*$/, '$1');
}

/**
 * Identifies the caller behind a gateway that has already rejected every request without a key or a signature: by the
 * name of the API key, or by the principal of the signature. An event without either came through an entry point that
 * requires no key (a function URL, an HTTP API, a method without `apiKeyRequired`), and its `x-api-key` header proves
 * nothing: rejected.
 *
 * An emulator of API Gateway checks the key but does not pass on its id. Only if `emulated` is true, the digest of the
 * header names the caller instead.
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

/**
 * True if this function works with an AWS emulator: all its service endpoints are on loopback, which those of AWS never
 * are.
 */
export function isEmulated(environment: NodeJS.ProcessEnv): boolean {
  const { dynamodb, sqs, eventbridge }: AwsEndpoints = endpointsFromEnvironment(environment);
  return [dynamodb, sqs, eventbridge].every(
    (endpoint) => endpoint !== undefined && LOOPBACK_HOSTS.includes(hostOf(endpoint)),
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
