import type { LookupFailure } from '../../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../../shared/ports/resolver.ts';
import {
  ACME,
  alpn,
  CA,
  caa,
  change,
  dns01,
  FORGED_ACME,
  FORGED_HASH,
  FORGED_PROOF,
  HASH,
  http01,
  NAME,
  NOT_FOUND,
  OLD_HASH,
  PAGE,
  RANDOM,
  serves,
  VALUE_PAGE,
  website,
} from './checks.ts';
import { type ExplainWorld, REGIONS, SILENT, type Sight, SOME } from './world.ts';

const OWN = `${NAME} A 127.0.0.1`;
const txt = (...values: readonly string[]): Sight => ({
  zone: [OWN, ...values.map((value) => `_acme-challenge.${NAME} TXT "${value}"`)].join('\n'),
});
const web = (http: Sight['http'], more: Sight = {}): Sight => ({
  zone: OWN,
  ...(http === undefined ? {} : { http }),
  ...more,
});
/** The server at another loopback address, which the name resolves to. */
const at = (address: `127.0.0.${number}`, server: ReturnType<typeof serves> | 'closed'): Sight => ({
  zone: `${NAME} A ${address}`,
  http: server === 'closed' ? 'closed' : { ...server, host: address },
});
const tls = (https: Sight['https']): Sight => ({ zone: OWN, ...(https === undefined ? {} : { https }) });
const permits = (ca: string): Sight => ({ zone: `${NAME} CAA 0 issue "${ca}"` });
const FORGED_PAGE = serves({ body: FORGED_PROOF });
const STALE = [{ name: '*', extendedErrors: [{ code: 3, text: 'stale' }] }] as const;
const LATER = 300;

export const COMPARED_WORLDS: readonly ExplainWorld[] = [
  {
    cause: 'removed-too-early',
    name: 'the later half finds no record any more',
    check: dns01(),
    sight: txt(HASH),
    others: [[['us-east-1', 'eu-west-1', 'sa-east-1'], { ...txt(), laterMs: LATER }]],
  },
  {
    cause: 'removed-too-early',
    name: 'the file is gone after two requests',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.four, web(NOT_FOUND, { laterMs: LATER })]],
  },
  {
    cause: 'removed-too-early',
    name: 'the last one finds no file any more',
    check: website(),
    sight: web(VALUE_PAGE),
    others: [[SOME.one, web(NOT_FOUND, { laterMs: LATER })]],
  },
  {
    cause: 'removed-too-early',
    name: 'the first attempt saw the record, the second does not',
    check: dns01(),
    sight: txt(),
    before: txt(HASH),
  },

  {
    cause: 'blocked-region',
    name: 'one region gets 403',
    check: http01(),
    sight: web(PAGE),
    others: [[REGIONS.ripe, web(serves({ status: 403, body: 'not available in your country' }))]],
  },
  {
    cause: 'blocked-region',
    name: 'a majority is reset',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.four, web({ onAccept: 'reset' })]],
  },
  {
    cause: 'blocked-region',
    name: 'one perspective is refused at port 443',
    check: alpn,
    sight: tls(ACME),
    others: [[SOME.one, tls('closed')]],
  },
  {
    cause: 'blocked-region',
    name: 'packets of two regions are dropped',
    check: website(),
    sight: web(VALUE_PAGE),
    others: [[[...REGIONS.apnic, ...REGIONS.lacnic], { zone: OWN, dropsConnections: true }]],
  },
  {
    cause: 'blocked-region',
    name: 'one region gets a challenge page with 503',
    check: http01(),
    sight: web(PAGE),
    others: [[REGIONS.arin, web(serves({ status: 503, body: 'checking your browser' }))]],
  },

  {
    cause: 'minority-hijack',
    name: 'one sees the value that an attacker asks for',
    check: dns01(),
    sight: txt(FORGED_HASH),
    others: [[SOME.one, txt(HASH)]],
  },
  {
    cause: 'minority-hijack',
    name: 'two see a forged value, and the owner asks',
    check: dns01(),
    sight: txt(HASH),
    others: [[SOME.two, txt(FORGED_HASH)]],
  },
  {
    cause: 'minority-hijack',
    name: 'half of them see a forged value',
    check: dns01(),
    sight: txt(FORGED_HASH),
    others: [[['us-east-1', 'eu-west-1', 'sa-east-1'], txt(HASH)]],
  },
  {
    cause: 'minority-hijack',
    name: 'the route of two leads to another machine',
    check: http01(),
    sight: web(PAGE),
    others: [[REGIONS.ripe, web(FORGED_PAGE)]],
  },
  {
    cause: 'minority-hijack',
    name: 'the route of one leads to the attacker who asks',
    check: http01(),
    sight: web(FORGED_PAGE),
    others: [[SOME.one, web(PAGE)]],
  },
  {
    cause: 'minority-hijack',
    name: 'one sees a CAA record that permits, the rest one that forbids',
    check: caa(),
    sight: permits('other.test'),
    others: [[SOME.one, permits(CA)]],
  },
  {
    cause: 'minority-hijack',
    name: 'one reaches a TLS server with a forged certificate',
    check: alpn,
    sight: tls(ACME),
    others: [[SOME.one, tls(FORGED_ACME)]],
  },
  {
    cause: 'minority-hijack',
    name: 'the name leads one to another address with another content',
    check: website(),
    sight: web(VALUE_PAGE),
    others: [[SOME.one, at('127.0.0.9', serves({ body: 'rv-of-another-order-000000' }))]],
  },

  {
    cause: 'geo-dns',
    name: 'the server of one region lacks the file',
    check: http01(),
    sight: web(PAGE),
    others: [[REGIONS.ripe, at('127.0.0.2', NOT_FOUND)]],
  },
  {
    cause: 'geo-dns',
    name: 'only the server of one region has the file',
    check: http01(),
    sight: at('127.0.0.2', NOT_FOUND),
    others: [
      [REGIONS.arin, web(PAGE)],
      [REGIONS.apnic, at('127.0.0.3', NOT_FOUND)],
    ],
  },
  {
    cause: 'geo-dns',
    name: 'the server of one region has another content',
    check: website(),
    sight: web(VALUE_PAGE),
    others: [[REGIONS.ripe, at('127.0.0.2', serves({ body: '<h1>Boutique</h1>' }))]],
  },
  {
    cause: 'geo-dns',
    name: 'the server of one region is down',
    check: http01(),
    sight: web(PAGE),
    others: [[REGIONS.arin, at('127.0.0.2', 'closed')]],
  },
  {
    cause: 'geo-dns',
    name: 'every region has a value of its own',
    check: dns01(),
    sight: txt('value-of-the-south'),
    others: [
      [REGIONS.arin, txt('value-of-america')],
      [REGIONS.ripe, txt('value-of-europe')],
    ],
  },

  {
    cause: 'stale-dns',
    name: 'a minority does not see the new record yet',
    check: dns01(),
    sight: txt(HASH),
    others: [[SOME.two, txt()]],
  },
  {
    cause: 'stale-dns',
    name: 'a majority does not see the new record yet',
    check: change('TXT'),
    sight: { zone: `${OWN}\n_dcv.${NAME} TXT "${RANDOM}"` },
    others: [[SOME.four, { zone: OWN }]],
  },
  {
    cause: 'stale-dns',
    name: 'a minority sees the set before the change',
    check: dns01(),
    sight: txt(OLD_HASH, HASH),
    others: [[SOME.two, txt(OLD_HASH)]],
  },
  {
    cause: 'stale-dns',
    name: 'a minority gets an answer marked as old',
    check: dns01(),
    sight: txt(HASH),
    others: [[SOME.two, { ...txt(OLD_HASH), scripts: STALE }]],
  },
  {
    cause: 'stale-dns',
    name: 'the web host does not exist for some',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.two, { zone: 'other.test A 127.0.0.1' }]],
  },
  {
    cause: 'stale-dns',
    name: 'a minority sees the CAA record before the change',
    check: caa(),
    sight: permits(CA),
    others: [[SOME.two, permits('other.test')]],
  },
];

const failing = (reason: LookupFailure['reason'], message: string): Resolver => ({
  mode: 'broken',
  lookup: (name, type) =>
    Promise.resolve({
      ...{ status: 'failed', reason, message: `unbound 127.0.0.1:5301: ${message}`, name, type },
      ...{ server: 'unbound 127.0.0.1:5301', tries: 1, elapsedMs: 1, extendedErrors: [], rcode: null },
      ...{ retried: false, dnssec: 'indeterminate' },
    }),
});
const OWN_FAULT: Sight = {
  resolver: failing('resolver-failed', 'it cannot be shown to have forgotten earlier answers'),
};
const CRASH: Sight = { resolver: { mode: 'crashing', lookup: () => Promise.reject(new Error('a bug')) } };
const LENIENT = { policy: 'open-mpic' } as const;
const BLANK = serves({
  body: `  ${'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI'}`,
});

export const CA_WORLDS: readonly ExplainWorld[] = [
  { cause: 'perspective-no-answer', name: 'all are silent', check: dns01(), sight: SILENT },
  {
    cause: 'perspective-no-answer',
    name: 'a majority is silent',
    check: dns01(),
    sight: txt(HASH),
    others: [[SOME.four, SILENT]],
  },
  {
    cause: 'perspective-no-answer',
    name: 'a minority is silent',
    check: caa(),
    sight: permits(CA),
    others: [[SOME.two, SILENT]],
  },
  {
    cause: 'perspective-no-answer',
    name: 'one stores what cannot be read',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.one, { stores: 'garbage' }]],
  },
  {
    cause: 'perspective-no-answer',
    name: 'one has a bug',
    check: dns01(),
    sight: txt(HASH),
    others: [[SOME.one, CRASH]],
  },

  {
    cause: 'perspective-network',
    name: 'a minority has a resolver that fails',
    check: dns01(),
    sight: txt(HASH),
    others: [[SOME.two, OWN_FAULT]],
  },
  {
    cause: 'perspective-network',
    name: 'a majority has a resolver that fails',
    check: caa(),
    sight: permits(CA),
    others: [[SOME.four, OWN_FAULT]],
  },
  { cause: 'perspective-network', name: 'all have a resolver that fails', check: http01(), sight: OWN_FAULT },

  {
    cause: 'request-unusable',
    name: 'a prefix that the rules do not allow',
    check: change('TXT', 'dcv'),
    sight: txt(HASH),
  },
  {
    cause: 'request-unusable',
    name: 'a random value that is too short',
    check: website('http', 'short'),
    sight: web(PAGE),
  },
  {
    cause: 'request-unusable',
    name: 'a method whose end has come',
    check: {
      checkType: 'dcv',
      target: { kind: 'domain', name: NAME, wildcard: false },
      dcv: { method: 'ip-address', challengeValue: '192.0.2.1', recordType: 'A', namePrefix: '' },
    },
    now: Date.UTC(2035, 0, 1),
    sight: txt(HASH),
  },

  {
    cause: 'rules-not-met',
    name: 'all pass in too few regions',
    check: dns01(),
    sight: txt(HASH),
    reasons: ['too-few-rirs'],
  },
  {
    cause: 'rules-not-met',
    name: 'all pass, and it was decided too late',
    check: caa(),
    sight: permits(CA),
    reasons: ['too-late'],
  },
  {
    cause: 'rules-not-met',
    name: 'all pass, and too few were asked',
    check: http01(),
    sight: web(PAGE),
    reasons: ['too-few-perspectives'],
  },

  {
    cause: 'lenient-pass',
    name: 'white space before the key authorization',
    check: http01(),
    ...LENIENT,
    sight: web(BLANK),
  },
  {
    cause: 'lenient-pass',
    name: 'a prefix that only the API allows',
    check: change('TXT', 'dcv'),
    ...LENIENT,
    sight: { zone: `dcv.${NAME} TXT "${RANDOM}"` },
  },
  {
    cause: 'lenient-pass',
    name: 'another case of a CAA value',
    check: change('CAA'),
    ...LENIENT,
    sight: { zone: `_dcv.${NAME} CAA 0 dcv "${RANDOM.toUpperCase()}"` },
  },
];
