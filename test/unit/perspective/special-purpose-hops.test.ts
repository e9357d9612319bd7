import { describe, expect, it } from 'vitest';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import { createHttpFetcher } from '../../../shared/adapters/net/http-fetcher.ts';
import { createNetworkGuard } from '../../../shared/adapters/net/network-guard.ts';
import { createTlsProber } from '../../../shared/adapters/net/tls-prober.ts';
import type { DcvParameters } from '../../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../../shared/domain/check/check-result.ts';
import { parseIpAddress } from '../../../shared/domain/net/ip-address.ts';
import { SPECIAL_PURPOSE_BLOCKS } from '../../../shared/domain/net/special-purpose.ts';
import type { HttpFetcher } from '../../../shared/ports/http-fetcher.ts';
import { createFakeResolver } from '../../support/fake-resolver.ts';
import { createFakeWeb, redirect } from '../../support/fake-web.ts';
import { dnsOnly } from '../../support/network-view.ts';

const TARGET = { kind: 'domain', name: 'shop.example.com', wildcard: false } as const;
const URL_OF_CHALLENGE = 'http://shop.example.com/.well-known/acme-challenge/tok';
const HTTP: DcvParameters = {
  method: 'acme-http-01',
  token: 'tok',
  keyAuthorization: `tok.${'T'.repeat(43)}`,
  httpHeaders: null,
};
const TLS: DcvParameters = { method: 'acme-tls-alpn-01', keyAuthorizationHash: 'ab'.repeat(32) };

/** The network guard as in production. */
const guard = createNetworkGuard({ allowedNetworks: [] });
const real = createHttpFetcher(guard);

function check(parameters: DcvParameters, http: HttpFetcher, address: string): Promise<CheckOutcome> {
  const type = address.includes(':') ? 'AAAA' : 'A';
  const resolver = createFakeResolver({
    'A shop.example.com': { records: type === 'A' ? [{ type, value: address }] : [] },
    'AAAA shop.example.com': { records: type === 'AAAA' ? [{ type, value: address }] : [] },
  });
  return checkDcv({
    target: TARGET,
    parameters,
    policy: 'open-mpic',
    view: dnsOnly(resolver, { http, tls: createTlsProber(guard), allowTestNames: false }),
    deadline: performance.now() + 1_000,
    monotonic: () => performance.now(),
    now: Date.now(),
  });
}

const REFUSED = {
  completed: false,
  passed: false,
  corroborates: false,
  errors: [{ type: 'mpic_error:dcv_checker:address_refused' }],
};

const firstOf = (block: string) => parseIpAddress(block.split('/')[0] ?? '')?.text ?? '';
const written = (address: string) => (address.includes(':') ? `[${address}]` : address);
const ROWS = [
  ...SPECIAL_PURPOSE_BLOCKS.map(({ block, name }) => ({
    name: `${block} (${name})`,
    address: firstOf(block),
  })),
  { name: 'the AWS metadata service', address: '169.254.169.254' },
  { name: 'the credentials of a container on AWS', address: '169.254.170.2' },
  { name: 'the resolver of a VPC', address: '169.254.169.253' },
  { name: 'the AWS metadata service over IPv6', address: 'fd00:ec2::254' },
];

describe('A connection to a special-purpose address (TLS BR 4.2.2 [certificate-names])', () => {
  it.each(ROWS)('is refused when the target resolves to it: $name', async ({ address }) => {
    expect(await check(HTTP, real, address)).toMatchObject(REFUSED);
    expect(await check(TLS, real, address)).toMatchObject(REFUSED);
  });

  it.each(ROWS)('is refused when a redirect leads to it: $name', async ({ address }) => {
    const location = `http://${written(address)}/`;
    const first = createFakeWeb({ [URL_OF_CHALLENGE]: redirect(location) });
    const http: HttpFetcher = {
      get: (request) => (request.host === TARGET.name ? first.get(request) : real.get(request)),
    };
    const outcome = await check(HTTP, http, '11.0.0.1');
    expect(outcome).toMatchObject(REFUSED);
    expect(outcome.details).toMatchObject({ hops: [{ statusCode: 302 }, { url: location, address: null }] });
  });
});
