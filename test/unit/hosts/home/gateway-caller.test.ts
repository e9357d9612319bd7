import { describe, expect, it } from 'vitest';
import { createGatewayAuthenticator, isEmulated } from '../../../../services/hosts/home/gateway-caller.ts';

const NAMES = new Map([['k1', 'issuance']]);
const authenticate = createGatewayAuthenticator(NAMES, false);
const request = (key?: string) =>
  new Request('https://api/mpic', key === undefined ? {} : { headers: { 'x-api-key': key } });
const said = (identity: unknown) => ({ event: {}, requestContext: { identity } });

describe('createGatewayAuthenticator', () => {
  it.each([
    { name: 'the name of a known key', host: said({ apiKeyId: 'k1' }), caller: 'issuance' },
    { name: 'the id of an unknown key', host: said({ apiKeyId: 'k9' }), caller: 'k9' },
    {
      name: 'the principal of a signature',
      host: said({ apiKeyId: null, userArn: 'arn:aws:iam::1:role/ca' }),
      caller: 'arn:aws:iam::1:role/ca',
    },
    {
      name: 'the role of an assumed-role session',
      host: said({ userArn: 'arn:aws:sts::123456789012:assumed-role/issuance/i-0abc' }),
      caller: 'arn:aws:sts::123456789012:assumed-role/issuance',
    },
  ])('names the caller by $name', ({ host, caller }) => {
    expect(authenticate(request(), host)).toEqual({ ok: true, name: caller });
  });

  it("names the caller by the digest of the key behind an emulator, which does not pass on the key's id", () => {
    const authenticate = createGatewayAuthenticator(NAMES, true);
    expect(authenticate(request(), said({}))).toEqual({ ok: false, error: 'api-key-missing' });
    const one = authenticate(request('secret-1'), said({}));
    expect(one).toEqual({ ok: true, name: expect.stringMatching(/^key-[0-9a-f]{16}$/) });
    expect(authenticate(request('secret-1'), said({ apiKeyId: null }))).toEqual(one);
    expect(authenticate(request('secret-2'), said({}))).not.toEqual(one);
  });

  it('trusts the gateway, not the x-api-key header', () => {
    expect(authenticate(request('secret-1'), said({ apiKeyId: 'k1' }))).toEqual({
      ok: true,
      name: 'issuance',
    });
  });

  it.each([
    { name: 'nothing', host: undefined },
    { name: 'an empty identity', host: said({}) },
    { name: 'empty strings', host: said({ apiKeyId: '', userArn: '' }) },
    { name: 'an identity that is not an object', host: said('k1') },
    { name: 'no request context', host: { event: {} } },
    {
      // From a function URL or an HTTP API, which do not check keys.
      name: 'an event of format 2.0',
      host: { event: { version: '2.0' }, requestContext: { http: { method: 'POST' } } },
    },
  ])('rejects every header when the gateway sends $name', ({ host }) => {
    for (const key of [undefined, '', 'made-up', 'secret-1'])
      expect(authenticate(request(key), host)).toEqual({ ok: false, error: 'api-key-missing' });
  });
});

describe('isEmulated', () => {
  const LOCAL = 'https://127.0.0.1:4566';
  it.each<{ name: string; environment: NodeJS.ProcessEnv; emulated: boolean }>([
    { name: 'no endpoint', environment: {}, emulated: false },
    { name: 'all on loopback', environment: { AWS_ENDPOINT_URL: LOCAL }, emulated: true },
    { name: 'all on IPv6 loopback', environment: { AWS_ENDPOINT_URL: 'http://[::1]:4566' }, emulated: true },
    {
      name: 'one of them elsewhere',
      environment: { AWS_ENDPOINT_URL: LOCAL, AWS_ENDPOINT_URL_SQS: 'https://sqs.eu-west-1.amazonaws.com' },
      emulated: false,
    },
    { name: 'only one on loopback', environment: { AWS_ENDPOINT_URL_DYNAMODB: LOCAL }, emulated: false },
    {
      name: 'a name that begins like loopback',
      environment: { AWS_ENDPOINT_URL: 'https://127.0.0.1.example.com' },
      emulated: false,
    },
    {
      name: 'a loopback address before an @',
      environment: { AWS_ENDPOINT_URL: 'https://127.0.0.1@example.com' },
      emulated: false,
    },
    { name: 'not a URL', environment: { AWS_ENDPOINT_URL: '127.0.0.1' }, emulated: false },
  ])('$name: $emulated', ({ environment, emulated }) => {
    expect(isEmulated(environment)).toBe(emulated);
  });
});
