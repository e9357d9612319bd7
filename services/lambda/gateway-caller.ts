import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Caller } from '../api/authenticate.ts';

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
 * Who calls, behind a gateway that has already turned away everybody without a key or a signature: by the name of the API key,
 * by the principal of the signature, and where a gateway passes on neither, by the digest of the key. Without any of them
 * nobody is served, whatever the gateway thinks.
 */
export function createGatewayAuthenticator(
  names: ReadonlyMap<string, string>,
): (request: Request, host: unknown) => Caller {
  return ({ headers }, host) => {
    const parsed = gatewaySchema.safeParse(host);
    const identity = parsed.success ? parsed.data.requestContext.identity : {};
    if (identity.apiKeyId) return { ok: true, name: names.get(identity.apiKeyId) ?? identity.apiKeyId };
    if (identity.userArn) return { ok: true, name: principalOf(identity.userArn) };
    const key = headers.get('x-api-key');
    if (key === null || key === '') return { ok: false, error: 'api-key-missing' };
    const digest = createHash('sha256').update(key, 'utf8').digest('hex').slice(0, DIGEST_CHARACTERS);
    return { ok: true, name: `key-${digest}` };
  };
}
