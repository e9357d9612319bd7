import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runCheck } from '../../../services/perspective/run-check.ts';
import { readStoredResult, serialiseResult } from '../../../shared/contract/messages/stored-result.ts';
import type { CaaParameters, Check, DcvParameters, Target } from '../../../shared/domain/check/check.ts';
import { DNSSEC_STATUSES, INSECURITY_PROOFS } from '../../../shared/domain/check/check.ts';
import type { HttpObservation } from '../../../shared/domain/dcv/http/http-observation.ts';
import type { TlsObservation } from '../../../shared/domain/dcv/tls-alpn/tls-observation.ts';
import {
  LOOKUP_FAILURES,
  type Lookup,
  type RecordData,
  type RecordType,
} from '../../../shared/domain/dns/lookup.ts';
import { asVote } from '../../../shared/domain/mpic/votes.ts';
import { CONNECTION_FAILURES } from '../../../shared/domain/net/connection-failure.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import { makeLabCertificate } from '../../lab/web/lab-certificate.ts';
import { buildRequestRecord } from '../../support/builders.ts';
import {
  ACCOUNT_01,
  ADDRESS,
  CHANGE,
  CHANGE_CAA,
  CHANGE_CNAME,
  DNS_01,
  EMAIL_CAA,
  EMAIL_TXT,
  HASH,
  IP,
  NOW,
  PERSISTENT,
  PHONE_CAA,
  REVERSE,
  SHOP,
} from '../../support/dcv-checks.ts';

/** Bytes, one character each, often those that are longest in JSON. */
const octets = (maxLength: number) =>
  fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
      fc.constantFrom('\u0000', '"', '\\', 'x', '\u00ff'),
      fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(maxLength)),
    )
    .map(([some, filler, times]) =>
      (String.fromCharCode(...some) + filler.repeat(times)).slice(0, maxLength),
    );
/** Names in presentation format, up to the maximum length. */
const name = fc.oneof(
  fc.constantFrom('a.example.', '\\000\\255.example.', `${'\\255'.repeat(63)}.`.repeat(4).slice(0, 1_000)),
);
const status = fc.constantFrom(...DNSSEC_STATUSES);
const insecurity = fc.record({ at: name, by: fc.constantFrom(...INSECURITY_PROOFS) });
const facts = fc.record({
  server: fc.constantFrom('system 192.0.2.53:53', 'unbound 127.0.0.1:65535 (unbound 1.22.0)'),
  tries: fc.nat(30),
  elapsedMs: fc.nat(10_000),
  extendedErrors: fc.array(
    fc.record({ code: fc.nat(65_535), text: fc.string({ maxLength: 200, unit: 'binary-ascii' }) }),
    { maxLength: 16 },
  ),
  insecurity: fc.option(insecurity, { nil: undefined }),
});

const record = (type: RecordType): fc.Arbitrary<RecordData> => {
  switch (type) {
    case 'CAA':
      return fc
        .record({
          flags: fc.nat(255),
          tag: fc.oneof(fc.constantFrom('issue', 'issuewild', 'contactemail', 'contactphone'), octets(255)),
          value: fc.oneof(
            fc.constantFrom('ca.example', ';', 'ca.example; accounturi=https://x/1'),
            octets(60_000),
          ),
        })
        .map((caa) => ({ type, caa }));
    case 'A':
      return fc.ipV4().map((value) => ({ type, value }));
    case 'AAAA':
      return fc.ipV6().map((value) => ({ type, value }));
    case 'TXT':
      return fc.oneof(fc.constant(HASH), octets(65_000)).map((value) => ({ type, value }));
    default:
      return name.map((value) => ({ type, value }));
  }
};
const lookup = (asked: string, type: RecordType): fc.Arbitrary<Lookup> =>
  fc.oneof(
    fc
      .record({
        facts,
        rcode: fc.constantFrom(0, 3),
        records: fc.array(record(type), { maxLength: 6 }),
        cnameChain: fc.array(name, { maxLength: 11 }),
        ttl: fc.option(fc.nat(2 ** 32 - 1)),
        adFlag: fc.boolean(),
        dnssec: fc.constantFrom('secure', 'insecure', 'not validated'),
      })
      .map(
        ({ facts, ...answer }) => ({ ...facts, ...answer, name: asked, type, status: 'answered' }) as Lookup,
      ),
    fc
      .record({
        facts,
        reason: fc.constantFrom(...LOOKUP_FAILURES),
        message: fc.string({ maxLength: 5_000, unit: 'binary' }),
        rcode: fc.option(fc.nat(4_095)),
        retried: fc.boolean(),
        dnssec: status,
      })
      .map(
        ({ facts, ...failure }) => ({ ...facts, ...failure, name: asked, type, status: 'failed' }) as Lookup,
      ),
  );

const failure = fc.record({
  status: fc.constant('failed' as const),
  reason: fc.constantFrom(...CONNECTION_FAILURES),
  address: fc.option(fc.ipV6()),
  message: fc.string({ maxLength: 3_000, unit: 'binary' }),
});
const tls = fc.record({
  protocol: fc.constantFrom('TLSv1.2', 'TLSv1.3'),
  verified: fc.boolean(),
  verificationError: fc.option(
    fc.constantFrom('DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'),
  ),
  certificateSha256: fc.option(fc.constant('ab'.repeat(32))),
});
const response = fc.record({
  statusCode: fc.oneof(fc.constantFrom(301, 302, 307, 308), fc.integer({ min: 100, max: 999 })),
  address: fc.oneof(fc.ipV4(), fc.ipV6()),
  locations: fc.array(
    fc.oneof(
      fc.nat(1_000_000).map((number) => `https://shop.example/${'a'.repeat(1_900)}${number}`),
      octets(16_000),
    ),
    { maxLength: 2 },
  ),
  contentType: fc.option(octets(100)),
  body: fc.uint8Array({ maxLength: 5_000 }),
  bodyCut: fc.boolean(),
  tls: fc.option(tls),
});
const observation: fc.Arbitrary<HttpObservation> = fc.oneof(
  { weight: 4, arbitrary: response.map((answer) => ({ status: 'answered' as const, ...answer })) },
  fc.tuple(failure, fc.option(response)).map(([failed, partial]) => ({ ...failed, partial })),
);

const CERTIFICATES = [
  makeLabCertificate({ names: [{ type: 'dns', value: 'shop.example' }], commonName: 'c'.repeat(500) }),
  makeLabCertificate({
    names: Array.from({ length: 200 }, () => ({ type: 'dns', value: '\u0001'.repeat(253) }) as const),
    acmeIdentifier: { rawValue: new Uint8Array(1_000) },
  }),
].map(({ der }) => der);
const handshake: fc.Arbitrary<TlsObservation> = fc.oneof(
  fc.record({
    status: fc.constant('answered' as const),
    address: fc.ipV6(),
    protocol: fc.constantFrom('TLSv1.2', 'TLSv1.3'),
    alpnProtocol: fc.option(octets(255)),
    certificate: fc.option(fc.oneof(fc.constantFrom(...CERTIFICATES), fc.uint8Array({ maxLength: 500 }))),
  }),
  failure,
);

const CAA: CaaParameters = {
  certificateType: 'tls-server',
  caaDomains: ['ca.example'],
  allowLookupFailure: true,
  accountUris: ['https://x/2'],
  validationMethods: null,
  enforceRfc8657: false,
};
const dcv = (parameters: DcvParameters, target: Target = SHOP): Check => ({
  checkType: 'dcv',
  target,
  dcv: parameters,
});
const WEBSITE = {
  method: 'website-change',
  challengeValue: 'a-value-of-some-length',
  httpTokenPath: `${'p'.repeat(900)}`,
  urlScheme: 'http',
  httpHeaders: null,
  matchRegex: null,
  requireExactCase: true,
} as const;

const RECORD = buildRequestRecord();

const ALIAS_STEP = { type: 'CNAME' as const, name: 'shop.example', expected: 'a.example' };

const CHECKS: readonly { readonly name: string; readonly check: Check }[] = [
  { name: 'CAA', check: { checkType: 'caa', target: SHOP, caa: CAA } },
  {
    name: 'CAA of a deep name',
    check: {
      checkType: 'caa',
      target: { kind: 'domain', name: `${'a.'.repeat(100)}example`, wildcard: true },
      caa: CAA,
    },
  },
  { name: 'CAA of an address', check: { checkType: 'caa', target: IP, caa: CAA } },
  { name: 'acme-dns-01', check: dcv(DNS_01) },
  { name: 'dns-account-01', check: dcv(ACCOUNT_01) },
  { name: 'dns-change TXT', check: dcv(CHANGE) },
  { name: 'dns-change CNAME', check: dcv(CHANGE_CNAME) },
  { name: 'dns-change CAA', check: dcv(CHANGE_CAA) },
  { name: 'dns-persistent', check: dcv(PERSISTENT) },
  { name: 'contact-email-txt', check: dcv(EMAIL_TXT) },
  { name: 'contact-email-caa', check: dcv(EMAIL_CAA) },
  { name: 'contact-phone-caa', check: dcv(PHONE_CAA) },
  { name: 'ip-address', check: dcv(ADDRESS) },
  { name: 'reverse-address-lookup', check: dcv(REVERSE, IP) },
  { name: 'website-change', check: dcv(WEBSITE) },
  {
    name: 'acme-http-01',
    check: dcv({ method: 'acme-http-01', token: 't', keyAuthorization: `t.${HASH}`, httpHeaders: null }),
  },
  {
    name: 'acme-dns-01 through an alias',
    check: {
      ...dcv(DNS_01),
      adn: { wildcard: false, lookups: [ALIAS_STEP, { ...ALIAS_STEP, name: 'b.example' }] },
    } as Check,
  },
  { name: 'acme-tls-alpn-01', check: dcv({ method: 'acme-tls-alpn-01', keyAuthorizationHash: HASH }) },
];

/** A view that returns generated answers. */
function drawnView(draw: <T>(arbitrary: fc.Arbitrary<T>) => T): NetworkView {
  return {
    resolver: {
      mode: 'drawn',
      lookup: async (asked, type) => draw(lookup(asked, type)),
    },
    http: { get: async () => draw(observation) },
    tls: { probe: async () => draw(handshake) },
    allowedNetworks: [],
    allowTestNames: false,
  };
}

describe('The home region can read the result of a check, whatever the network returns:', () => {
  it.each(CHECKS)('$name', async ({ check }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.gen(),
        fc.constantFrom('open-mpic', 'baseline-requirements'),
        async (gen, policy) => {
          const outcome = await runCheck(check, {
            policy,
            view: drawnView((arbitrary) => gen(() => arbitrary)),
            deadline: 60_000,
            monotonic: () => 0,
            now: NOW,
          });
          const result = {
            requestId: '01978f00-0000-7000-8000-000000000001',
            attempt: 1,
            perspective: 'fra',
            checkType: check.checkType,
            startedAt: NOW,
            completedAt: NOW,
            recorder: 'mpic/0 unit',
            allowedNetworks: [],
            attemptToken: RECORD.attemptToken,
            requestDigest: RECORD.requestDigest,
            ...outcome,
          };
          const stored = readStoredResult(serialiseResult(result), result.requestId, result);
          expect(stored).toMatchObject({
            status: 'readable',
            result: { passed: outcome.passed, details: outcome.details },
          });
          expect(asVote({ ...RECORD, check }, stored)).toBe(stored);
        },
      ),
      { numRuns: 60 },
    );
  });
});
