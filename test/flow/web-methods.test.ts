import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNetworkView } from '../../shared/adapters/net/network-view.ts';
import { parseIpNetwork } from '../../shared/domain/net/ip-network.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { parseZoneText } from '../lab/dns/zone.ts';
import { makeLabCertificate } from '../lab/web/lab-certificate.ts';
import { startWebServer, type WebServer } from '../lab/web/web-server.ts';
import { openRealTimeBench } from '../support/bench.ts';
import { openEmulatedBench } from '../support/emulated-bench.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { startWorld, type World, type WorldView } from '../support/web-world.ts';

const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
const KEY_AUTHORIZATION = `${TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
const DIGEST = createHash('sha256').update(KEY_AUTHORIZATION).digest();
const VALUE = 'rv-7f3c90e1b2d4a6f8091b';
const FILE = '/.well-known/pki-validation/proof.txt';
const CHALLENGE = `/.well-known/acme-challenge/${TOKEN}`;

const CERTIFICATE = makeLabCertificate({
  names: [{ type: 'dns', value: 'shop.test' }],
  acmeIdentifier: { digest: DIGEST },
});
const IP_CERTIFICATE = makeLabCertificate({
  names: [{ type: 'ip', octets: [127, 0, 0, 1] }],
  acmeIdentifier: { digest: DIGEST },
});
const SITES = [
  { host: 'moved.test', path: FILE, answer: { redirectTo: 'https://shop.test/proof', status: 308 } },
  { host: 'packets.test', path: FILE, answer: { body: VALUE, packetOctets: 3 } },
  { host: 'zipped.test', path: FILE, answer: { body: VALUE, contentCoding: 'gzip', chunked: true } },
  { path: '/proof', answer: { body: VALUE } },
  { path: FILE, answer: { body: VALUE } },
  { path: CHALLENGE, answer: { body: `${KEY_AUTHORIZATION}\n`, untilClose: true } },
] as const;
const VIEW: WorldView = {
  dns: {
    records: parseZoneText(
      ['shop', 'moved', 'packets', 'zipped'].map((name) => `${name}.test A 127.0.0.1`).join('\n'),
    ),
  },
  http: { sites: SITES },
  https: {
    sites: SITES,
    tls: {
      default: CERTIFICATE,
      certificates: { '1.0.0.127.in-addr.arpa': IP_CERTIFICATE },
      alpn: ['acme-tls/1', 'http/1.1'],
    },
  },
};

const website = { validation_method: 'website-change', http_token_path: 'proof.txt', challenge_value: VALUE };
const acmeHttp = { validation_method: 'acme-http-01', token: TOKEN, key_authorization: KEY_AUTHORIZATION };
const tlsAlpn = { validation_method: 'acme-tls-alpn-01', key_authorization_hash: DIGEST.toString('hex') };

const dcv = (target: string, parameters: Record<string, unknown>) => ({
  check_type: 'dcv',
  domain_or_ip_target: target,
  dcv_check_parameters: parameters,
});

for (const [name, open] of Object.entries({ embedded: openRealTimeBench, emulated: openEmulatedBench })) {
  describe(`Validation over HTTP and TLS: ${name}`, () => {
    const bed = useHarness(open);
    let world: World;

    beforeAll(async () => {
      world = await startWorld(Object.fromEntries(SIX.map((code) => [code, VIEW])));
    });
    afterAll(() => world.close());

    const start = () => bed.start({ networkViews: world.views, config: { allowNetworks: loopback() } });

    it.each([
      { name: 'website-change', target: 'shop.test', parameters: website },
      {
        name: 'website-change over https',
        target: 'shop.test',
        parameters: { ...website, url_scheme: 'https' },
      },
      { name: 'website-change behind a redirect', target: 'moved.test', parameters: website },
      { name: 'website-change in packets of three bytes', target: 'packets.test', parameters: website },
      { name: 'website-change in chunks and compressed', target: 'zipped.test', parameters: website },
      {
        name: 'website-change with a pattern',
        target: 'shop.test',
        parameters: { ...website, match_regex: '^rv-[0-9a-f]{20}$' },
      },
      { name: 'website-change of an address', target: '127.0.0.1', parameters: website },
      { name: 'acme-http-01', target: 'shop.test', parameters: acmeHttp },
      { name: 'acme-http-01 of an address', target: '127.0.0.1', parameters: acmeHttp },
      { name: 'acme-tls-alpn-01', target: 'shop.test', parameters: tlsAlpn },
      {
        name: 'acme-tls-alpn-01 of an address, by its reverse name',
        target: '127.0.0.1',
        parameters: tlsAlpn,
      },
    ])('$name passes at six of six', async ({ target, parameters }) => {
      const harness = await start();
      const { status, mpic } = await harness.post(dcv(target, parameters));
      expect(status).toBe(200);
      expect(mpic.perspectives.map(({ check_response }) => check_response.errors)).toEqual(
        SIX.map(() => null),
      );
      expect(mpic).toMatchObject({
        is_valid: true,
        baseline_requirements: { quorum: '6/6', satisfied: false, reasons: ['lab-network', 'shared-host'] },
      });
    });

    it.each([
      {
        name: 'another value',
        target: 'shop.test',
        parameters: { ...website, challenge_value: 'rv-0000000000000000000000' },
      },
      {
        name: 'a file that does not exist',
        target: 'shop.test',
        parameters: { ...website, http_token_path: 'other.txt' },
      },
      {
        name: 'another key authorization',
        target: 'shop.test',
        parameters: { ...acmeHttp, key_authorization: `${TOKEN}.${'A'.repeat(43)}` },
      },
      {
        name: 'another digest',
        target: 'shop.test',
        parameters: { ...tlsAlpn, key_authorization_hash: '0'.repeat(64) },
      },
      { name: 'the certificate of another name', target: 'moved.test', parameters: tlsAlpn },
      { name: 'a name without an address', target: 'nowhere.test', parameters: website },
    ])('$name passes at none of six', async ({ target, parameters }) => {
      const harness = await start();
      const { mpic } = await harness.post(dcv(target, parameters));
      expect(mpic).toMatchObject({ is_valid: false, baseline_requirements: { quorum: '0/6' } });
    });

    it('the audit trail contains the evidence of every perspective', async () => {
      const harness = await start();
      const { mpic } = await harness.post(dcv('moved.test', website));
      await harness.until(Promise.resolve());
      const records = () =>
        bed.bench.audit.records.filter(
          (record) => record.event === 'perspective-check' && record.mpic_id === mpic.mpic_id,
        );
      for (let look = 0; look < 200 && records().length < SIX.length; look++) await harness.advance(10);
      expect(records()).toHaveLength(SIX.length);
      for (const record of records()) {
        expect(record).toMatchObject({
          rule: 'TLS BR 3.2.2.4.18',
          allowed_networks: ['127.0.0.0/8', '::1/128'],
          details: {
            kind: 'http',
            hops: [
              { status_code: 308, location: 'https://shop.test/proof', resolved_ip: '127.0.0.1', tls: null },
              { status_code: 200, url: 'https://shop.test/proof', tls: { verified: false } },
            ],
            response_page: Buffer.from(VALUE).toString('base64'),
          },
        });
      }
    });
  });
}

function loopback() {
  const network = parseIpNetwork('127.0.0.0/8');
  return network === null ? [] : [network];
}

describe('A name whose address changes between two hops', () => {
  const bed = useHarness(openRealTimeBench);
  let redirecting: WebServer;
  let canary: WebServer;

  beforeAll(async () => {
    redirecting = await startWebServer({
      sites: [{ path: FILE, answer: { redirectTo: 'http://shop.test/inside' } }],
    });
    canary = await startWebServer({ host: '::1', port: redirecting.port }).catch(() =>
      startWebServer({ sites: [{ path: '*', answer: { body: VALUE } }] }),
    );
  });
  afterAll(async () => {
    await Promise.all([redirecting.close(), canary.close()]);
  });

  it('is judged again at the second hop, and its internal address is never connected to', async () => {
    // Only one loopback address is allowed; the second DNS response contains another one, as from a rebinding server.
    const allowed = parseIpNetwork('127.0.0.1/32');
    const networkViews = new Map<string, NetworkView>(
      SIX.map((code) => [
        code,
        createNetworkView({
          resolver: rebinding(),
          allowTestNames: true,
          allowedNetworks: allowed === null ? [] : [allowed],
          labPorts: { 80: redirecting.port },
        }),
      ]),
    );
    const harness = await bed.start({ networkViews });
    const { mpic } = await harness.post(dcv('shop.test', website));
    expect(mpic.is_valid).toBe(false);
    for (const { check_response } of mpic.perspectives) {
      expect(check_response.errors).toMatchObject([{ error_type: 'mpic_error:dcv_checker:address_refused' }]);
      expect(check_response.details).toMatchObject({
        resolved_ip: null,
        response_history: [{ status_code: 302 }],
      });
    }
    expect(redirecting.connections()).toBe(SIX.length);
    expect(canary.connections()).toBe(0);
  });

  function rebinding(): Resolver {
    let asked = 0;
    return {
      mode: 'rebinding',
      async lookup(name, type) {
        const isFirst = asked < 2;
        asked += 1;
        const facts = { name, type, server: 'rebinding', tries: 1, elapsedMs: 0, extendedErrors: [] };
        const value = isFirst ? '127.0.0.1' : '127.0.0.2';
        const records =
          type === 'A'
            ? [{ type: 'A' as const, value }]
            : type === 'AAAA' && !isFirst
              ? [{ type: 'AAAA' as const, value: '::1' }]
              : [];
        return {
          ...facts,
          status: 'answered',
          rcode: 0,
          records,
          cnameChain: [],
          ttl: 0,
          adFlag: false,
          dnssec: 'not validated',
        };
      },
    };
  }
});
