import {
  alpn,
  CA,
  caa,
  change,
  contact,
  delegated,
  dns01,
  FORGED_HASH,
  HASH,
  http01,
  NAME,
  OLD_HASH,
  PAGE,
  RANDOM,
} from './checks.ts';
import { type ExplainWorld, SHORT_BUDGET_MS, SILENT, SOME } from './world.ts';

const OWN = `${NAME} A 127.0.0.1`;
const RECORD = `${OWN}\n_acme-challenge.${NAME} TXT "${HASH}"`;
const bogus = (code: number, text: string) =>
  ({ name: '*', rcode: 'servfail', extendedErrors: [{ code, text }] }) as const;
const EXPIRED = bogus(
  7,
  'validation failure <_acme-challenge.shop.test. TXT IN>: signature expired from 192.0.2.53 for key test.',
);
const KEYLESS = bogus(
  9,
  'validation failure <shop.test. A IN>: no keys have a DS with algorithm ECDSAP256SHA256 from 192.0.2.54',
);
const UNREACHED = bogus(22, 'at delegation shop.test.');
const NETWORK = bogus(23, '192.0.2.53:53 rcode=REFUSED for shop.test A');
const SILENCE = [{ name: '*', silent: true }] as const;
const slow = { zone: OWN, scripts: SILENCE, budgetMs: SHORT_BUDGET_MS };

export const DNS_WORLDS: readonly ExplainWorld[] = [
  {
    cause: 'dnssec-bogus',
    name: 'all see an expired signature',
    check: dns01(),
    sight: { scripts: [EXPIRED] },
  },
  {
    cause: 'dnssec-bogus',
    name: 'two see no key that fits the DS of a web host',
    check: http01(),
    sight: { zone: OWN, http: { sites: [] } },
    others: [[SOME.four, { scripts: [KEYLESS] }]],
  },
  {
    cause: 'dnssec-bogus',
    name: 'a minority sees missing signatures',
    check: dns01(),
    sight: { zone: RECORD },
    others: [[SOME.two, { scripts: [bogus(10, 'no signatures')] }]],
  },
  {
    cause: 'dnssec-bogus',
    name: 'all see a CAA denial without its proof',
    check: caa(),
    sight: { scripts: [bogus(12, '')] },
  },
  {
    cause: 'dnssec-bogus',
    name: 'all see data that does not verify, of a TLS server',
    check: alpn,
    sight: { scripts: [bogus(6, 'bogus')] },
  },

  {
    cause: 'lame-server',
    name: 'all are refused by the name servers',
    check: dns01(),
    sight: { scripts: [{ name: '*', rcode: 'refused' }] },
  },
  {
    cause: 'lame-server',
    name: 'a minority reaches no name server',
    check: dns01(),
    sight: { zone: RECORD },
    others: [[SOME.two, { scripts: [UNREACHED] }]],
  },
  {
    cause: 'lame-server',
    name: 'a majority gets a network error for a web host',
    check: http01(),
    sight: SILENT,
    others: [[SOME.four, { scripts: [NETWORK] }]],
  },
  {
    cause: 'lame-server',
    name: 'all reach no name server for CAA',
    check: caa(),
    sight: { scripts: [UNREACHED] },
  },

  {
    cause: 'name-does-not-exist',
    name: 'the domain of a TXT record does not exist',
    check: dns01('gone.test'),
    sight: { zone: OWN },
  },
  {
    cause: 'name-does-not-exist',
    name: 'the web host does not exist',
    check: http01('gone.test'),
    sight: { zone: OWN },
  },
  {
    cause: 'name-does-not-exist',
    name: 'the TLS host does not exist',
    check: alpn,
    sight: { zone: 'other.test A 127.0.0.1' },
  },
  {
    cause: 'name-does-not-exist',
    name: 'the top-level domain does not exist',
    check: caa('shop.nosuchtld'),
    sight: { zone: OWN },
  },
  {
    cause: 'name-does-not-exist',
    name: 'a majority finds no such domain, the rest gives no result',
    check: dns01('gone.test'),
    sight: SILENT,
    others: [[SOME.four, { zone: OWN }]],
  },
  {
    cause: 'name-does-not-exist',
    name: 'a name without prefix does not exist',
    check: change('TXT', '', 'gone.test'),
    sight: { zone: OWN },
  },

  {
    cause: 'record-at-wrong-name',
    name: 'the record is at the domain itself',
    check: dns01(),
    sight: { zone: `${OWN}\n${NAME} TXT "${HASH}"` },
  },
  {
    cause: 'record-at-wrong-name',
    name: 'the editor appended the zone once more',
    check: dns01(),
    sight: { zone: `${OWN}\n_acme-challenge.${NAME}.${NAME} TXT "${HASH}"` },
  },
  {
    cause: 'record-at-wrong-name',
    name: 'the record is below www',
    check: dns01(),
    sight: { zone: `${OWN}\n_acme-challenge.www.${NAME} TXT "${HASH}"` },
  },
  {
    cause: 'record-at-wrong-name',
    name: 'the record is at the parent',
    check: dns01(`www.${NAME}`),
    sight: { zone: `${RECORD}\nwww.${NAME} A 127.0.0.1` },
  },
  {
    cause: 'record-at-wrong-name',
    name: 'a majority finds a random value at the domain itself',
    check: change('TXT'),
    sight: SILENT,
    others: [[SOME.four, { zone: `${OWN}\n${NAME} TXT "${RANDOM}"` }]],
  },
  {
    cause: 'record-at-wrong-name',
    name: 'four find it at the domain itself, two give no result',
    check: dns01(),
    sight: { zone: OWN, stores: 'nothing' },
    others: [[SOME.four, { zone: `${OWN}\n${NAME} TXT "${HASH}"` }]],
  },

  {
    cause: 'cname-delegation-missing',
    name: 'dns-change by CNAME without the CNAME',
    check: change('CNAME'),
    sight: { zone: OWN },
  },
  {
    cause: 'cname-delegation-missing',
    name: 'adn_steps name a CNAME that does not exist',
    check: delegated('t.dcv.test'),
    sight: { zone: `${OWN}\nwww.${NAME} A 127.0.0.1` },
  },
  {
    cause: 'cname-delegation-missing',
    name: 'adn_steps name a CNAME that leads elsewhere',
    check: delegated('t.dcv.test'),
    sight: { zone: `www.${NAME} CNAME other.test` },
  },
  {
    cause: 'cname-delegation-missing',
    name: 'a majority misses the CNAME, the rest gives no result',
    check: change('CNAME'),
    sight: SILENT,
    others: [[SOME.four, { zone: OWN }]],
  },

  {
    cause: 'cname-target-empty',
    name: 'the delegated name does not exist',
    check: dns01(),
    sight: { zone: `${OWN}\n_acme-challenge.${NAME} CNAME id.acme-dns.test` },
  },
  {
    cause: 'cname-target-empty',
    name: 'the delegated name has another type',
    check: dns01(),
    sight: { zone: `${OWN}\n_acme-challenge.${NAME} CNAME id.acme-dns.test\nid.acme-dns.test A 127.0.0.1` },
  },
  {
    cause: 'cname-target-empty',
    name: 'a majority finds an alias to nothing, the rest gives no result',
    check: change('TXT'),
    sight: SILENT,
    others: [[SOME.four, { zone: `${OWN}\n_dcv.${NAME} CNAME gone.test` }]],
  },

  { cause: 'no-record', name: 'no TXT record at a domain that exists', check: dns01(), sight: { zone: OWN } },
  {
    cause: 'no-record',
    name: 'another type at the name',
    check: dns01(),
    sight: { zone: `${OWN}\n_acme-challenge.${NAME} A 127.0.0.1` },
  },
  {
    cause: 'no-record',
    name: 'a web host without an address',
    check: http01(),
    sight: { zone: `${NAME} TXT "mail only"` },
  },
  {
    cause: 'no-record',
    name: 'a majority finds none, the rest gives no result',
    check: contact('a@shop.test'),
    sight: SILENT,
    others: [[SOME.four, { zone: OWN }]],
  },

  {
    cause: 'wrong-record',
    name: 'all see the value of another order',
    check: dns01(),
    sight: { zone: `${OWN}\n_acme-challenge.${NAME} TXT "${OLD_HASH}"` },
  },
  {
    cause: 'wrong-record',
    name: 'all see the value in extra quotes',
    check: dns01(),
    sight: { zone: `${OWN}\n_acme-challenge.${NAME} TXT "\\"${HASH}\\""` },
  },
  {
    cause: 'wrong-record',
    name: 'all see another contact',
    check: contact('a@shop.test'),
    sight: { zone: `_validation-contactemail.${NAME} TXT "b@shop.test"` },
  },
  {
    cause: 'wrong-record',
    name: 'all see a CNAME to another host',
    check: change('CNAME'),
    sight: { zone: `_dcv.${NAME} CNAME rv-of-an-earlier-order.dcv.ca.test` },
  },
  {
    cause: 'wrong-record',
    name: 'a majority sees another value, the rest gives no result',
    check: dns01(),
    sight: SILENT,
    others: [[SOME.four, { zone: `${OWN}\n_acme-challenge.${NAME} TXT "${FORGED_HASH}"` }]],
  },

  { cause: 'name-server-slow', name: 'all wait for the name servers in vain', check: dns01(), sight: slow },
  {
    cause: 'name-server-slow',
    name: 'a minority waits in vain',
    check: dns01(),
    sight: { zone: RECORD },
    others: [[SOME.two, slow]],
  },
  {
    cause: 'name-server-slow',
    name: 'all wait in vain for the address of a web host',
    check: http01(),
    sight: slow,
  },

  {
    cause: 'name-server-failure',
    name: 'all get SERVFAIL without a reason',
    check: dns01(),
    sight: { scripts: [{ name: '*', rcode: 'servfail' }] },
  },
  {
    cause: 'name-server-failure',
    name: 'all get a malformed answer',
    check: dns01(),
    sight: { zone: RECORD, scripts: [{ name: '*', malformed: 'short' }], budgetMs: 1500 },
  },
  {
    cause: 'name-server-failure',
    name: 'all get an alias loop',
    check: dns01(),
    sight: { zone: `_acme-challenge.${NAME} CNAME a.test\na.test CNAME b.test\nb.test CNAME a.test` },
  },
  {
    cause: 'name-server-failure',
    name: 'a minority gets SERVFAIL for a web host',
    check: http01(),
    sight: { zone: OWN, http: PAGE },
    others: [[SOME.two, { scripts: [{ name: '*', rcode: 'servfail' }] }]],
  },
];

const issue = (value: string) => `CAA 0 issue "${value}"`;
const WITH_LIMIT = `${CA}; accounturi=https://ca.test/acct/666`;

export const CAA_WORLDS: readonly ExplainWorld[] = [
  {
    cause: 'caa-forbids-issuer',
    name: 'the name permits another CA',
    check: caa(),
    sight: { zone: `${NAME} ${issue('other.test')}` },
  },
  {
    cause: 'caa-forbids-issuer',
    name: 'a parent permits another CA',
    check: caa(`www.${NAME}`),
    sight: { zone: `${NAME} ${issue('other.test')}\nwww.${NAME} A 127.0.0.1` },
  },
  {
    cause: 'caa-forbids-issuer',
    name: 'no CA may issue wildcards',
    check: caa(`*.${NAME}`),
    sight: { zone: `${NAME} ${issue(CA)}\n${NAME} CAA 0 issuewild ";"` },
  },
  {
    cause: 'caa-forbids-issuer',
    name: 'a majority is forbidden, the rest gives no result',
    check: caa(),
    sight: SILENT,
    others: [[SOME.four, { zone: `${NAME} ${issue(';')}` }]],
  },

  {
    cause: 'caa-forbids-account',
    name: 'another account is permitted',
    check: caa(),
    sight: { zone: `${NAME} ${issue(WITH_LIMIT)}` },
  },
  {
    cause: 'caa-forbids-account',
    name: 'another method is permitted',
    check: caa(),
    sight: { zone: `${NAME} ${issue(`${CA}; validationmethods=dns-01`)}` },
  },
  {
    cause: 'caa-forbids-account',
    name: 'a parent permits another account, as a majority sees',
    check: caa(`a.b.${NAME}`),
    sight: SILENT,
    others: [[SOME.four, { zone: `${NAME} ${issue(WITH_LIMIT)}\na.b.${NAME} A 127.0.0.1` }]],
  },

  {
    cause: 'caa-critical-property',
    name: 'an unknown critical property',
    check: caa(),
    sight: { zone: `${NAME} CAA 128 quantum "required"` },
  },
  {
    cause: 'caa-critical-property',
    name: 'an unknown critical property beside a permission',
    check: caa(),
    sight: { zone: `${NAME} ${issue(CA)}\n${NAME} CAA 128 quantum "required"` },
  },
  {
    cause: 'caa-critical-property',
    name: 'at the parent, as a majority sees',
    check: caa(`www.${NAME}`),
    sight: SILENT,
    others: [[SOME.four, { zone: `${NAME} CAA 128 quantum "required"\nwww.${NAME} A 127.0.0.1` }]],
  },

  {
    cause: 'caa-lookup-failed',
    name: 'all get SERVFAIL',
    check: caa(),
    sight: { scripts: [{ name: NAME, rcode: 'servfail' }] },
  },
  {
    cause: 'caa-lookup-failed',
    name: 'all get no response for the type',
    check: caa(),
    sight: { zone: OWN, scripts: [{ name: NAME, type: 'CAA', silent: true }], budgetMs: SHORT_BUDGET_MS },
  },
  {
    cause: 'caa-lookup-failed',
    name: 'all get NOTIMP for the type',
    check: caa(),
    sight: { zone: OWN, scripts: [{ name: NAME, type: 'CAA', rcode: 4 }] },
  },
  {
    cause: 'caa-lookup-failed',
    name: 'a minority gets SERVFAIL',
    check: caa(),
    sight: { zone: `${NAME} ${issue(CA)}` },
    others: [[SOME.two, { scripts: [{ name: NAME, rcode: 'servfail' }] }]],
  },
];
