import {
  ACME,
  alpn,
  FORGED_ACME,
  HTTP_TLS,
  http01,
  NAME,
  NONCRITICAL_ACME,
  NOT_FOUND,
  ORDINARY_TLS,
  OTHER_NAME_ACME,
  PAGE,
  PROOF,
  RANDOM,
  serves,
  sites,
  UNREADY_ACME,
  VALUE_PAGE,
  website,
} from './checks.ts';
import { type ExplainWorld, SHORT_BUDGET_MS, SILENT, type Sight, SOME } from './world.ts';

const ZONE = `${NAME} A 127.0.0.1`;
const web = (http: Sight['http'], more: Sight = {}): Sight => ({
  zone: ZONE,
  ...(http === undefined ? {} : { http }),
  ...more,
});
const tls = (https: Sight['https'], more: Sight = {}): Sight => ({
  zone: ZONE,
  ...(https === undefined ? {} : { https }),
  ...more,
});
const SHORT = { budgetMs: SHORT_BUDGET_MS };
const BLOCKED: Sight = { zone: ZONE, dropsConnections: true };
const majority = (sight: Sight) => ({ sight: SILENT, others: [[SOME.four, sight]] as const });
const redirect = (redirectTo: string, status = 302) => serves({ redirectTo, status });

export const WEB_WORLDS: readonly ExplainWorld[] = [
  {
    cause: 'address-not-public',
    name: 'all see a private address',
    check: http01(),
    sight: { zone: `${NAME} A 10.0.0.1` },
  },
  {
    cause: 'address-not-public',
    name: 'a minority sees the internal view',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.two, { zone: `${NAME} A 192.168.1.9` }]],
  },
  {
    cause: 'address-not-public',
    name: 'a majority sees a unique local address',
    check: alpn,
    ...majority({ zone: `${NAME} AAAA fd00::1` }),
  },

  {
    cause: 'redirect-refused',
    name: 'to another port',
    check: http01(),
    sight: web(redirect(`http://${NAME}:8080/x`)),
  },
  {
    cause: 'redirect-refused',
    name: 'with a status that must not be followed',
    check: http01(),
    sight: web(redirect(`http://${NAME}/x`, 303)),
  },
  {
    cause: 'redirect-refused',
    name: 'in a circle',
    check: website(),
    sight: web(redirect('/.well-known/pki-validation/proof.txt')),
  },
  {
    cause: 'redirect-refused',
    name: 'a majority is sent to another scheme',
    check: http01(),
    ...majority(web(redirect('ftp://shop.test/x'))),
  },
  {
    cause: 'redirect-refused',
    name: 'a minority is sent to another port',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.two, web(redirect(`http://${NAME}:8080/x`))]],
  },

  { cause: 'port-closed', name: 'nothing listens at port 80', check: http01(), sight: web('closed') },
  { cause: 'port-closed', name: 'nothing listens at port 443', check: alpn, sight: tls('closed') },
  {
    cause: 'port-closed',
    name: 'nothing listens behind a redirect to https',
    check: website(),
    sight: web(redirect(`https://${NAME}/x`), { https: 'closed' }),
  },
  { cause: 'port-closed', name: 'a majority is refused', check: http01(), ...majority(web('closed')) },

  { cause: 'connection-blocked', name: 'packets to port 80 are dropped', check: http01(), sight: BLOCKED },
  { cause: 'connection-blocked', name: 'packets to port 443 are dropped', check: alpn, sight: BLOCKED },
  {
    cause: 'connection-blocked',
    name: 'packets of a majority are dropped',
    check: website(),
    ...majority(BLOCKED),
  },

  {
    cause: 'client-turned-away',
    name: 'a bot rule answers 403',
    check: http01(),
    sight: web(serves({ status: 403, body: 'Just a moment...' })),
  },
  {
    cause: 'client-turned-away',
    name: 'a password is asked for',
    check: website(),
    sight: web(serves({ status: 401 })),
  },
  {
    cause: 'client-turned-away',
    name: 'a rate limit turns a majority away',
    check: http01(),
    ...majority(web(serves({ status: 429 }))),
  },

  { cause: 'http-status', name: 'no such file', check: http01(), sight: web(NOT_FOUND) },
  {
    cause: 'http-status',
    name: 'an error of the server',
    check: website(),
    sight: web(serves({ status: 500, body: 'oops' })),
  },
  {
    cause: 'http-status',
    name: 'no such file on one of the machines at the address',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.two, web(NOT_FOUND)]],
  },
  {
    cause: 'http-status',
    name: 'a majority finds no such file',
    check: http01(),
    ...majority(web(NOT_FOUND)),
  },

  {
    cause: 'wrong-content',
    name: 'a start page with status 200',
    check: http01(),
    sight: web(serves({ body: '<!doctype html><title>Shop</title>' })),
  },
  {
    cause: 'wrong-content',
    name: 'the file of an earlier order',
    check: website(),
    sight: web(serves({ body: 'rv-of-an-earlier-order-0001' })),
  },
  { cause: 'wrong-content', name: 'an empty file', check: http01(), sight: web(serves({ body: '' })) },
  {
    cause: 'wrong-content',
    name: 'a majority sees a start page',
    check: website(),
    ...majority(web(serves({ body: '<html>' }))),
  },

  {
    cause: 'server-broken',
    name: 'garbage in place of HTTP',
    check: http01(),
    sight: web(serves({ garbageOctets: 200 })),
  },
  {
    cause: 'server-broken',
    name: 'a reset in the middle of the body',
    check: http01(),
    sight: web(serves({ body: PROOF, stop: { at: 'body', how: 'reset' } })),
  },
  {
    cause: 'server-broken',
    name: 'an end before the header',
    check: website(),
    sight: web(serves({ stop: { at: 'headers', how: 'close' } })),
  },
  {
    cause: 'server-broken',
    name: 'a minority gets garbage',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.two, web(serves({ garbageOctets: 200 }))]],
  },

  {
    cause: 'server-slow',
    name: 'the server accepts and says nothing',
    check: http01(),
    sight: web(serves({ stop: { at: 'request', how: 'silence' } }), SHORT),
  },
  {
    cause: 'server-slow',
    name: 'the body comes drop by drop',
    check: website(),
    sight: web(serves({ body: RANDOM, dripMs: 200 }), SHORT),
  },
  {
    cause: 'server-slow',
    name: 'the TLS handshake does not end',
    check: alpn,
    sight: tls({ insteadOfTls: 'silence' }, SHORT),
  },
  {
    cause: 'server-slow',
    name: 'a minority waits in vain',
    check: http01(),
    sight: web(PAGE),
    others: [[SOME.two, web(serves({ stop: { at: 'request', how: 'silence' } }), SHORT)]],
  },
];

export const TLS_WORLDS: readonly ExplainWorld[] = [
  {
    cause: 'tls-alpn-not-offered',
    name: 'an ordinary web server answers',
    check: alpn,
    sight: tls(ORDINARY_TLS),
  },
  {
    cause: 'tls-alpn-not-offered',
    name: 'the server knows HTTP only and sends an alert',
    check: alpn,
    sight: tls(HTTP_TLS),
  },
  {
    cause: 'tls-alpn-not-offered',
    name: 'a minority reaches an ordinary web server',
    check: alpn,
    sight: tls(ACME),
    others: [[SOME.two, tls(ORDINARY_TLS)]],
  },
  {
    cause: 'tls-alpn-not-offered',
    name: 'a majority gets an alert',
    check: alpn,
    ...majority(tls(HTTP_TLS)),
  },

  {
    cause: 'tls-alpn-wrong-certificate',
    name: 'the certificate of another challenge',
    check: alpn,
    sight: tls(FORGED_ACME),
  },
  {
    cause: 'tls-alpn-wrong-certificate',
    name: 'the certificate of another name',
    check: alpn,
    sight: tls(OTHER_NAME_ACME),
  },
  {
    cause: 'tls-alpn-wrong-certificate',
    name: 'an extension that is not critical',
    check: alpn,
    ...majority(tls(NONCRITICAL_ACME)),
  },
  {
    cause: 'tls-alpn-wrong-certificate',
    name: 'a minority gets a certificate without the extension',
    check: alpn,
    sight: tls(ACME),
    others: [[SOME.two, tls(UNREADY_ACME)]],
  },

  {
    cause: 'tls-handshake-failed',
    name: 'garbage in place of a handshake',
    check: alpn,
    sight: tls({ insteadOfTls: 'garbage' }),
  },
  {
    cause: 'tls-handshake-failed',
    name: 'garbage behind a redirect to https',
    check: http01(),
    sight: web(redirect(`https://${NAME}/x`), { https: { insteadOfTls: 'garbage' } }),
  },
  {
    cause: 'tls-handshake-failed',
    name: 'a majority gets garbage at https',
    check: website('https'),
    ...majority(tls({ insteadOfTls: 'garbage' })),
  },
];

const BOTH = `${ZONE}\n${NAME} AAAA ::1`;

/** Worlds that need IPv6 on loopback. */
export const IPV6_WORLDS: readonly ExplainWorld[] = [
  {
    cause: 'ipv6-broken',
    name: 'no such file over IPv6',
    check: http01(),
    sight: { zone: BOTH, http: PAGE, httpOverIpv6: NOT_FOUND },
  },
  {
    cause: 'ipv6-broken',
    name: 'another server over IPv6',
    check: website(),
    sight: { zone: BOTH, http: VALUE_PAGE, httpOverIpv6: serves({ body: 'a parked domain' }) },
  },
  {
    cause: 'ipv6-broken',
    name: 'an ordinary web server over IPv6',
    check: alpn,
    sight: { zone: BOTH, https: ACME, httpsOverIpv6: ORDINARY_TLS },
  },
  {
    cause: 'ipv6-broken',
    name: 'a minority has IPv6, where the server breaks off',
    check: http01(),
    sight: web(PAGE),
    others: [
      [
        SOME.two,
        { zone: BOTH, http: PAGE, httpOverIpv6: serves({ body: PROOF, stop: { at: 'body', how: 'reset' } }) },
      ],
    ],
  },
  {
    cause: 'ipv6-broken',
    name: 'a majority has IPv6, where the server asks for a password',
    check: http01(),
    sight: web(sites({ path: '*', answer: { body: PROOF } })),
    others: [[SOME.four, { zone: BOTH, http: PAGE, httpOverIpv6: serves({ status: 401 }) }]],
  },
];
