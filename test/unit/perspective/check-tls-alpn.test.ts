import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import type { Policy, Target } from '../../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../../shared/domain/check/check-result.ts';
import type { TlsHandshake } from '../../../shared/domain/dcv/tls-alpn/tls-observation.ts';
import type { ConnectionFailureReason } from '../../../shared/domain/net/connection-failure.ts';
import { makeLabCertificate } from '../../lab/web/lab-certificate.ts';
import { createFakeResolver, type Script } from '../../support/fake-resolver.ts';
import { createFakeTls } from '../../support/fake-tls.ts';
import { dnsOnly } from '../../support/network-view.ts';

const SHOP: Target = { kind: 'domain', name: 'shop.example.com', wildcard: false };
const IP: Target = { kind: 'ip', address: '11.0.0.1', family: 4 };
const DIGEST = createHash('sha256').update('a key authorization').digest();
const ZONE: Script = {
  'A shop.example.com': { records: [{ type: 'A', value: '11.0.0.1' }], dnssec: 'secure' },
  'AAAA shop.example.com': { records: [], dnssec: 'secure' },
};
const GOOD = makeLabCertificate({
  names: [{ type: 'dns', value: 'shop.example.com' }],
  acmeIdentifier: { digest: DIGEST },
}).der;
const GOOD_FOR_IP = makeLabCertificate({
  names: [{ type: 'ip', octets: [11, 0, 0, 1] }],
  acmeIdentifier: { digest: DIGEST },
}).der;
const SIGNED_BY_OTHERS = makeLabCertificate({
  names: [{ type: 'dns', value: 'shop.example.com' }],
  acmeIdentifier: { digest: DIGEST },
  foreignSignature: true,
}).der;

interface Given {
  readonly target?: Target;
  readonly answer?: Partial<TlsHandshake> | ConnectionFailureReason;
  readonly zone?: Script;
  readonly policy?: Policy;
  readonly hash?: string;
}

function run(given: Given) {
  const {
    target = SHOP,
    answer = { certificate: GOOD },
    zone = ZONE,
    policy = 'baseline-requirements',
  } = given;
  const resolver = createFakeResolver(zone);
  const tls = createFakeTls(answer);
  const outcome = checkDcv({
    target,
    parameters: { method: 'acme-tls-alpn-01', keyAuthorizationHash: given.hash ?? DIGEST.toString('hex') },
    policy,
    view: dnsOnly(resolver, { tls, allowTestNames: false }),
    deadline: 5_000,
    monotonic: () => 0,
    now: Date.UTC(2026, 10, 21),
  });
  return { outcome, resolver, tls };
}

const verdictOf = ({ completed, passed, corroborates }: CheckOutcome) => ({
  completed,
  passed,
  corroborates,
});
const CORROBORATES = { completed: true, passed: true, corroborates: true };
const FAILS = { completed: true, passed: false, corroborates: false };
const COULD_NOT_LOOK = { completed: false, passed: false, corroborates: false };

describe('checkTlsAlpn', () => {
  it('corroborates for a certificate with the digest, and records what it saw', async () => {
    const { outcome, tls } = run({});
    expect(verdictOf(await outcome)).toEqual(CORROBORATES);
    expect(tls.asked).toMatchObject([
      {
        serverName: 'shop.example.com',
        alpnProtocol: 'acme-tls/1',
        addresses: ['11.0.0.1'],
        deadline: 5_000,
      },
    ]);
    expect((await outcome).details).toMatchObject({
      kind: 'tls',
      address: '11.0.0.1',
      protocol: 'TLSv1.3',
      alpnProtocol: 'acme-tls/1',
      commonName: 'lab',
      subjectAltNames: ['DNS:shop.example.com'],
      acmeIdentifier: DIGEST.toString('hex'),
      dns: { dnssec: 'secure' },
    });
  });

  it('connects to an address with its reverse name as SNI, without a DNS query (RFC 8738)', async () => {
    const { outcome, tls, resolver } = run({ target: IP, answer: { certificate: GOOD_FOR_IP } });
    expect(verdictOf(await outcome)).toEqual(CORROBORATES);
    expect(tls.asked).toMatchObject([{ serverName: '1.0.0.11.in-addr.arpa', addresses: ['11.0.0.1'] }]);
    expect(resolver.asked).toEqual([]);
    expect((await outcome).details).toMatchObject({ dns: null });
  });

  it.each<{ name: string; given: Given }>([
    { name: 'another digest', given: { hash: '0'.repeat(64) } },
    { name: 'the certificate of another name', given: { answer: { certificate: GOOD_FOR_IP } } },
    { name: 'no certificate', given: { answer: { certificate: null } } },
  ])('fails for $name under both policies', async ({ given }) => {
    for (const policy of ['baseline-requirements', 'open-mpic'] as const) {
      expect(verdictOf(await run({ ...given, policy }).outcome)).toEqual(FAILS);
    }
  });

  it.each<{ name: string; answer: Partial<TlsHandshake> }>([
    { name: 'no protocol selected', answer: { certificate: GOOD, alpnProtocol: null } },
    { name: 'another protocol selected', answer: { certificate: GOOD, alpnProtocol: 'http/1.1' } },
    { name: 'a certificate that is not self-signed', answer: { certificate: SIGNED_BY_OTHERS } },
  ])('fails with $name under both policies', async ({ answer }) => {
    for (const policy of ['baseline-requirements', 'open-mpic'] as const) {
      const outcome = await run({ answer, policy }).outcome;
      expect(verdictOf(outcome)).toEqual(FAILS);
      expect(outcome.errors).toHaveLength(1);
    }
  });

  it.each<{ name: string; given: Given; type: string; message: RegExp }>([
    { name: 'a name that does not exist', given: { zone: {} }, type: 'lookup', message: /NXDOMAIN/ },
    {
      name: 'bogus addresses',
      given: { zone: { ...ZONE, 'AAAA shop.example.com': 'bogus' } },
      type: 'lookup',
      message: /bogus/,
    },
    {
      name: 'an address that no check may connect to',
      given: { answer: 'address-refused' },
      type: 'address_refused',
      message: /shop\.example\.com:443/,
    },
    { name: 'a time-out', given: { answer: 'timeout' }, type: 'lookup', message: /TimeoutError/ },
    {
      name: 'a failed handshake',
      given: { answer: 'tls' },
      type: 'lookup',
      message: /ClientConnectorSSLError/,
    },
    {
      name: 'a connection closed during the handshake',
      given: { answer: 'closed' },
      type: 'lookup',
      message: /Disconnected/,
    },
  ])('is not completed after $name', async ({ given, type, message }) => {
    const outcome = await run(given).outcome;
    expect(verdictOf(outcome)).toEqual(COULD_NOT_LOOK);
    expect(outcome.errors).toMatchObject([
      { type: `mpic_error:dcv_checker:${type}`, message: expect.stringMatching(message) },
    ]);
  });

  it.each<{ name: string; given: Given }>([
    { name: 'a malformed digest', given: { hash: 'xyz', policy: 'open-mpic' } },
    { name: 'a wildcard name', given: { target: { ...SHOP, wildcard: true } } },
  ])('sends no query or request for $name', async ({ given }) => {
    const { outcome, tls, resolver } = run(given);
    expect(verdictOf(await outcome)).toEqual(COULD_NOT_LOOK);
    expect((await outcome).errors).toMatchObject([{ type: 'mpic_error:dcv_checker:parameter' }]);
    expect([...tls.asked, ...resolver.asked]).toEqual([]);
  });
});
