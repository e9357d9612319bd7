import { createHash } from 'node:crypto';
import { accountLabel } from '../../../shared/domain/dcv/account-label.ts';
import type { LabView } from '../dns/dns-server.ts';
import { parseZoneText } from '../dns/zone.ts';

/** The CA that asks, in CAA records and in account URLs. */
export const CA_DOMAIN = 'ca.test';
export const ACCOUNT_URI = 'https://ca.test/acct/7';
export const OTHER_ACCOUNT_URI = 'https://ca.test/acct/666';

/** RFC 8555 section 8.4: what goes into the TXT record is the SHA-256 of the key authorization as base64url. */
const digest = (keyAuthorization: string) => createHash('sha256').update(keyAuthorization).digest();

/** RFC 8555 section 8.1: the token and the thumbprint of the account key. */
export const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
export const OWNER_KEY_AUTHORIZATION = `${TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
export const ATTACKER_KEY_AUTHORIZATION = `${TOKEN}.WZ3hbNTQkhbTgGZjHVcwMRWQTDYMIZSfpp3GyEKOUiQ`;

export const OWNER_DIGEST = digest(OWNER_KEY_AUTHORIZATION);
export const OWNER_HASH = OWNER_DIGEST.toString('base64url');
export const ATTACKER_DIGEST = digest(ATTACKER_KEY_AUTHORIZATION);
export const ATTACKER_HASH = ATTACKER_DIGEST.toString('base64url');
/** RFC 8737 puts the same digest into a certificate; the API wants it as hexadecimal digits there. */
export const OWNER_HEX = OWNER_DIGEST.toString('hex');
export const ATTACKER_HEX = ATTACKER_DIGEST.toString('hex');

/** How the digests are called when somebody sees them. */
export const RECORD_NAMES: ReadonlyMap<string, string> = new Map([
  [OWNER_HASH, "the owner's proof"],
  [ATTACKER_HASH, 'the forged proof'],
]);

export const RANDOM_VALUE = 'rv-7f3c90e1b2d4a6f8091b';
/** What the attacker got from a CA of the same name. */
export const ATTACKER_VALUE = 'rv-1b9080f6a4d2b1e09c3f';
/** How pages are called when somebody sees them. */
export const PAGE_NAMES: ReadonlyMap<string, string> = new Map([
  [RANDOM_VALUE, "the owner's page"],
  [ATTACKER_VALUE, "the attacker's page"],
]);
export const DCV_HOST = 'rv-5xqnwz7gk2mtha4p6d.dcv.ca.test';
export const CONTACT_EMAIL = 'hostmaster@shop.test';
export const CONTACT_PHONE = '+1-555-0100';
/** An address that no reserved block holds, so that the service takes it; it is only looked up, in the DNS of the demo. */
export const HOST_ADDRESS = '11.0.0.1';
export const HOST_NAME = 'web.shop.test';
/** A name whose web and TLS servers are there; they listen on loopback, which only a lab may connect to. */
export const WEB_NAME = 'www.shop.test';
const WEB_ADDRESS = '127.0.0.1';

export const LATE_MS = 1000;

const PERSISTENT = `"${CA_DOMAIN}; accounturi=${ACCOUNT_URI}; persistUntil=4102444800"`;

/** What everybody sees who is not being lied to. */
const TRUTH = `
shop.test                   CAA   0 issue "${CA_DOMAIN}"
shop.test                   CAA   0 contactemail "${CONTACT_EMAIL}"
shop.test                   CAA   0 contactphone "${CONTACT_PHONE}"
shop.test                   A     ${HOST_ADDRESS}
plain.test                  A     ${HOST_ADDRESS}
${WEB_NAME}                A     ${WEB_ADDRESS}
moved.test                  A     ${WEB_ADDRESS}
inside.test                 A     ${WEB_ADDRESS}
private.test                A     10.0.0.1
route.test                  A     ${WEB_ADDRESS}
alias.test                  CNAME shop.test
locked.test                 CAA   0 issue "other-ca.test"
wild.test                   CAA   0 issue "${CA_DOMAIN}"
wild.test                   CAA   0 issuewild ";"
limited.test                CAA   0 issue "${CA_DOMAIN}; accounturi=${ACCOUNT_URI}; validationmethods=dns-01"
future.test                 CAA   128 quantum "required"
late.test                   CAA   0 issue "${CA_DOMAIN}"
silent.test                 CAA   0 issue "${CA_DOMAIN}"
broken.test                 CAA   0 issue "${CA_DOMAIN}"
vault.test                  CAA   0 issue "other-ca.test"

_acme-challenge.shop.test   TXT   "${OWNER_HASH}"
_${accountLabel(ACCOUNT_URI)}._acme-challenge.shop.test TXT "${OWNER_HASH}"
_dcv-txt.shop.test          TXT   "${RANDOM_VALUE}"
_dcv-cname.shop.test        CNAME ${DCV_HOST}
_dcv-caa.shop.test          CAA   0 dcv "${RANDOM_VALUE}"
_validation-persist.shop.test       TXT ${PERSISTENT}
_validation-contactemail.shop.test  TXT "${CONTACT_EMAIL}"
_validation-contactphone.shop.test  TXT "${CONTACT_PHONE}"
_ip-validation-persist.1.0.0.11.in-addr.arpa TXT ${PERSISTENT}
1.0.0.11.in-addr.arpa       PTR   ${HOST_NAME}

_acme-challenge.bank.test   TXT   "${OWNER_HASH}"
_acme-challenge.mint.test   TXT   "${OWNER_HASH}"
_acme-challenge.half.test   TXT   "${OWNER_HASH}"
`;

/** What a perspective sees whose way to the name servers the attacker holds. */
const forgedProof = (name: string) => `_acme-challenge.${name} TXT "${ATTACKER_HASH}"`;
const FORGED_PERMISSION = `vault.test CAA 0 issue "${CA_DOMAIN}"`;

/** Who is lied to about which name; half is three of the six, a majority four. */
const FORGERIES: Readonly<Record<string, readonly string[]>> = {
  'us-east-1': [forgedProof('mint.test')],
  'us-west-2': [forgedProof('mint.test'), forgedProof('half.test')],
  'eu-west-1': [forgedProof('mint.test'), FORGED_PERMISSION],
  'eu-central-1': [forgedProof('half.test')],
  'ap-northeast-1': [forgedProof('bank.test'), forgedProof('mint.test')],
  'sa-east-1': [forgedProof('half.test')],
};

const SERVFAIL = { name: 'broken.test', rcode: 'servfail' } as const;

/** Whose resolver has trouble with which name. */
const TROUBLE: Readonly<Record<string, LabView['scripts']>> = {
  'us-east-1': [SERVFAIL],
  'eu-west-1': [{ name: 'silent.test', silent: true }],
  'ap-northeast-1': [SERVFAIL],
  'sa-east-1': [SERVFAIL, { name: 'late.test', delayMs: LATE_MS }],
};

export const COMMON_VIEW: LabView = { records: parseZoneText(TRUTH) };

/** What is different in the view of one perspective. */
export function specialView(code: string): Partial<LabView> {
  return {
    records: parseZoneText((FORGERIES[code] ?? []).join('\n')),
    scripts: TROUBLE[code] ?? [],
  };
}
