import { describe, expect, it } from 'vitest';
import { createGatewayAuthenticator } from '../../../services/lambda/gateway-caller.ts';

const authenticate = createGatewayAuthenticator(new Map([['k1', 'issuance']]));
const request = (key?: string) =>
  new Request('https://api/mpic', key === undefined ? {} : { headers: { 'x-api-key': key } });
const said = (identity: unknown) => ({ event: {}, requestContext: { identity } });

describe('createGatewayAuthenticator', () => {
  it.each([
    { name: 'the name of a known key', host: said({ apiKeyId: 'k1' }), caller: 'issuance' },
    { name: 'the id of a key that was made elsewhere', host: said({ apiKeyId: 'k9' }), caller: 'k9' },
    {
      name: 'the principal of a signature',
      host: said({ apiKeyId: null, userArn: 'arn:aws:iam::1:role/ca' }),
      caller: 'arn:aws:iam::1:role/ca',
    },
    {
      name: 'the role, whatever the session',
      host: said({ userArn: 'arn:aws:sts::123456789012:assumed-role/issuance/i-0abc' }),
      caller: 'arn:aws:sts::123456789012:assumed-role/issuance',
    },
  ])('goes by $name', ({ host, caller }) => {
    expect(authenticate(request(), host)).toEqual({ ok: true, name: caller });
  });

  it('goes by the digest of the key where the gateway tells nothing, the same for the same key', () => {
    const one = authenticate(request('secret-1'), said({}));
    expect(one).toEqual({ ok: true, name: expect.stringMatching(/^key-[0-9a-f]{16}$/) });
    expect(authenticate(request('secret-1'), said({ apiKeyId: null }))).toEqual(one);
    expect(authenticate(request('secret-2'), said({}))).not.toEqual(one);
  });

  it('believes the gateway, not a header beside it', () => {
    expect(authenticate(request('secret-1'), said({ apiKeyId: 'k1' }))).toEqual({
      ok: true,
      name: 'issuance',
    });
  });

  it.each([
    { name: 'nothing at all', host: undefined },
    { name: 'an empty identity', host: said({}) },
    { name: 'empty texts', host: said({ apiKeyId: '', userArn: '' }) },
    { name: 'something that is no identity', host: said('k1') },
    { name: 'no context', host: { event: {} } },
  ])('serves nobody without a key when the gateway says $name', ({ host }) => {
    expect(authenticate(request(), host)).toEqual({ ok: false, error: 'api-key-missing' });
    expect(authenticate(request(''), host)).toEqual({ ok: false, error: 'api-key-missing' });
  });
});
