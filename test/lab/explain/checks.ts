import { createHash } from 'node:crypto';
import type { CaaParameters, Check, Target } from '../../../shared/domain/check/check.ts';
import { makeLabCertificate } from '../web/lab-certificate.ts';
import type { WebAnswer, WebSite } from '../web/web-script.ts';
import type { WebServerOptions } from '../web/web-server.ts';

export const NAME = 'shop.test';
export const CA = 'ca.test';
export const ACCOUNT = 'https://ca.test/acct/7';

const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
export const PROOF = `${TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
export const FORGED_PROOF = `${TOKEN}.WZ3hbNTQkhbTgGZjHVcwMRWQTDYMIZSfpp3GyEKOUiQ`;
export const RANDOM = 'rv-7f3c90e1b2d4a6f8091b';
export const DCV_HOST = 'rv-5xqnwz7gk2mtha4p6d.dcv.ca.test';

const digest = (text: string) => createHash('sha256').update(text).digest();
export const HASH = digest(PROOF).toString('base64url');
export const FORGED_HASH = digest(FORGED_PROOF).toString('base64url');
export const OLD_HASH = digest('an earlier order').toString('base64url');

const target = (name: string): Target => {
  const wildcard = name.startsWith('*.');
  return { kind: 'domain', name: wildcard ? name.slice(2) : name, wildcard };
};

export const dns01 = (name = NAME): Check => ({
  checkType: 'dcv',
  target: target(name),
  dcv: { method: 'acme-dns-01', keyAuthorizationHash: HASH },
});

export const change = (recordType: 'TXT' | 'CNAME' | 'CAA', namePrefix = '_dcv', name = NAME): Check => ({
  checkType: 'dcv',
  target: target(name),
  dcv: {
    method: 'dns-change',
    challengeValue: recordType === 'CNAME' ? DCV_HOST : RANDOM,
    recordType,
    namePrefix,
    requireExactMatch: false,
    requireExactCase: false,
  },
});

export const contact = (address: string): Check => ({
  checkType: 'dcv',
  target: target(NAME),
  dcv: { method: 'contact-email-txt', challengeValue: address },
});

/** An order for `www.shop.test` that reached the target by CNAME. */
export const delegated = (expected: string): Check => ({
  checkType: 'dcv',
  target: target(expected),
  dcv: { method: 'acme-dns-01', keyAuthorizationHash: HASH },
  adn: { wildcard: false, lookups: [{ type: 'CNAME', name: 'www.shop.test', expected }] },
});

export const http01 = (name = NAME): Check => ({
  checkType: 'dcv',
  target: target(name),
  dcv: { method: 'acme-http-01', token: TOKEN, keyAuthorization: PROOF, httpHeaders: null },
});

export const website = (urlScheme: 'http' | 'https' = 'http', challengeValue = RANDOM): Check => ({
  checkType: 'dcv',
  target: target(NAME),
  dcv: {
    method: 'website-change',
    challengeValue,
    httpTokenPath: 'proof.txt',
    urlScheme,
    httpHeaders: null,
    matchRegex: null,
    requireExactCase: true,
  },
});

export const alpn: Check = {
  checkType: 'dcv',
  target: target(NAME),
  dcv: { method: 'acme-tls-alpn-01', keyAuthorizationHash: digest(PROOF).toString('hex') },
};

export const caa = (name = NAME, parameters: Partial<CaaParameters> = {}): Check => ({
  checkType: 'caa',
  target: target(name),
  caa: {
    certificateType: 'tls-server',
    caaDomains: [CA],
    allowLookupFailure: false,
    accountUris: [ACCOUNT],
    validationMethods: ['http-01'],
    enforceRfc8657: true,
    ...parameters,
  },
});

/** A web server that answers every path of every host so. */
export const serves = (answer: WebAnswer, more: Partial<WebServerOptions> = {}): WebServerOptions => ({
  sites: [{ path: '*', answer }],
  ...more,
});
export const sites = (...all: readonly WebSite[]): WebServerOptions => ({ sites: all });
export const PAGE = serves({ body: PROOF });
export const VALUE_PAGE = serves({ body: `<p>${RANDOM}</p>` });
export const NOT_FOUND = serves({ status: 404, body: 'no such page' });

const NAMES = [{ type: 'dns', value: NAME }] as const;
const acme = (keyAuthorization: string) =>
  makeLabCertificate({ names: NAMES, acmeIdentifier: { digest: digest(keyAuthorization) } });

/** A server for acme-tls-alpn-01, and what it can get wrong. */
const answering = (certificate: ReturnType<typeof acme>, alpnProtocols = ['acme-tls/1', 'http/1.1']) => ({
  tls: { default: certificate, alpn: alpnProtocols },
});
export const ACME = answering(acme(PROOF));
export const FORGED_ACME = answering(acme(FORGED_PROOF));
export const OTHER_NAME_ACME = answering(
  makeLabCertificate({
    names: [{ type: 'dns', value: 'other.test' }],
    acmeIdentifier: { digest: digest(PROOF) },
  }),
);
export const NONCRITICAL_ACME = answering(
  makeLabCertificate({ names: NAMES, acmeIdentifier: { digest: digest(PROOF), critical: false } }),
);
export const ORDINARY_TLS = { tls: { default: makeLabCertificate({ names: NAMES }) } };
export const HTTP_TLS = answering(makeLabCertificate({ names: NAMES }), ['http/1.1']);
export const UNREADY_ACME = answering(makeLabCertificate({ names: NAMES }));
