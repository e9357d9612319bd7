import type { ValidationMethod } from '../../../shared/domain/check/check.ts';
import { isMethodEnded, METHOD_RULES } from '../../../shared/domain/dcv/methods.ts';
import { dcvScenario, type Scenario } from './scenario.ts';
import {
  ACCOUNT_URI,
  ATTACKER_HASH,
  CA_DOMAIN,
  CONTACT_EMAIL,
  CONTACT_PHONE,
  DCV_HOST,
  HOST_ADDRESS,
  HOST_NAME,
  OWNER_HASH,
  OWNER_HEX,
  OWNER_KEY_AUTHORIZATION,
  RANDOM_VALUE,
  TOKEN,
  WEB_NAME,
} from './world.ts';

/** The service judges by the day on which a request could end at the latest; so does the demo. */
const LONGEST_REQUEST_MS = 60_000;

const PERSISTENT = { issuer_domain_names: [CA_DOMAIN], expected_account_uri: ACCOUNT_URI };

interface Row {
  readonly method: ValidationMethod;
  readonly target: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly lesson: string;
  readonly title?: string;
  readonly expected?: string;
}

const PROOF = { http_token_path: 'proof.txt', challenge_value: RANDOM_VALUE };

const ROWS: readonly Row[] = [
  {
    method: 'website-change',
    target: WEB_NAME,
    parameters: PROOF,
    lesson: 'A page below /.well-known/pki-validation/ holds a random value of the CA.',
  },
  {
    method: 'website-change',
    title: 'website-change, redirected',
    target: 'moved.test',
    parameters: PROOF,
    lesson: 'A 301 leads to https://www.shop.test/proof. Each hop is judged and resolved anew.',
  },
  {
    method: 'website-change',
    title: 'website-change, led inside',
    target: 'inside.test',
    parameters: PROOF,
    expected: 'not valid 0/6',
    lesson: 'A redirect to 10.0.0.1: no perspective connects to an address of the inside.',
  },
  {
    method: 'acme-http-01',
    target: WEB_NAME,
    parameters: { token: TOKEN, key_authorization: OWNER_KEY_AUTHORIZATION },
    lesson: 'A page below /.well-known/acme-challenge/ is the key authorization.',
  },
  {
    method: 'acme-tls-alpn-01',
    target: WEB_NAME,
    parameters: { key_authorization_hash: OWNER_HEX },
    lesson: 'A TLS handshake for acme-tls/1 brings a self-signed certificate with the digest.',
  },
  {
    method: 'acme-dns-01',
    target: 'shop.test',
    parameters: { key_authorization_hash: OWNER_HASH },
    lesson: 'TXT at _acme-challenge.shop.test holds the digest of the key authorization.',
  },
  {
    method: 'acme-dns-01',
    title: 'acme-dns-01, wrong key',
    target: 'shop.test',
    parameters: { key_authorization_hash: ATTACKER_HASH },
    expected: 'not valid 0/6',
    lesson: 'There is a record, but it proves the key of somebody else.',
  },
  {
    method: 'acme-dns-01',
    title: 'acme-dns-01, wildcard',
    target: '*.shop.test',
    parameters: { key_authorization_hash: OWNER_HASH },
    lesson: 'Methods that use the DNS may validate a wildcard; the record is that of the base name.',
  },
  {
    method: 'dns-account-01',
    target: 'shop.test',
    parameters: { key_authorization_hash: OWNER_HASH, account_uri: ACCOUNT_URI },
    lesson: 'The label before _acme-challenge is made from the account URL: one record per account.',
  },
  {
    method: 'dns-persistent',
    target: 'shop.test',
    parameters: PERSISTENT,
    lesson: 'TXT at _validation-persist.shop.test names the CA, the account and how long it stands.',
  },
  {
    method: 'dns-persistent',
    title: 'dns-persistent, address',
    target: HOST_ADDRESS,
    parameters: PERSISTENT,
    lesson: 'For an IP address the record stands in the reverse zone, under _ip-validation-persist.',
  },
  {
    method: 'dns-change',
    title: 'dns-change, TXT',
    target: 'shop.test',
    parameters: { dns_record_type: 'TXT', dns_name_prefix: '_dcv-txt', challenge_value: RANDOM_VALUE },
    lesson: 'A random value of the CA in a TXT record.',
  },
  {
    method: 'dns-change',
    title: 'dns-change, CNAME',
    target: 'shop.test',
    parameters: { dns_record_type: 'CNAME', dns_name_prefix: '_dcv-cname', challenge_value: DCV_HOST },
    lesson: 'The value is the target of an alias; the record itself is looked at, not where it leads.',
  },
  {
    method: 'dns-change',
    title: 'dns-change, CAA',
    target: 'shop.test',
    parameters: { dns_record_type: 'CAA', dns_name_prefix: '_dcv-caa', challenge_value: RANDOM_VALUE },
    lesson: 'The value is in a CAA record.',
  },
  {
    method: 'contact-email-txt',
    target: 'shop.test',
    parameters: { challenge_value: CONTACT_EMAIL },
    lesson: 'The address the CA will write to is published in the DNS.',
  },
  {
    method: 'contact-email-caa',
    target: 'www.shop.test',
    parameters: { challenge_value: CONTACT_EMAIL },
    lesson: 'The same in the CAA property contactemail of shop.test, found by climbing.',
  },
  {
    method: 'contact-phone-txt',
    target: 'shop.test',
    parameters: { challenge_value: CONTACT_PHONE },
    lesson: 'The number the CA will call.',
  },
  {
    method: 'contact-phone-caa',
    target: 'shop.test',
    parameters: { challenge_value: CONTACT_PHONE },
    lesson: 'The same in the CAA property contactphone.',
  },
  {
    method: 'reverse-address-lookup',
    target: HOST_ADDRESS,
    parameters: { challenge_value: HOST_NAME },
    lesson: 'PTR leads to a name; control of that name is validated next.',
  },
  {
    method: 'ip-address',
    target: 'shop.test',
    parameters: { challenge_value: HOST_ADDRESS, dns_record_type: 'A' },
    lesson: 'The name resolves to an address under control of the applicant.',
  },
];

/**
 * One scenario or more per validation method. A method whose last day is over can only show that the
 * service refuses it.
 */
export function dcvScenarios(now: Date): {
  readonly usable: readonly Scenario[];
  readonly ended: readonly Scenario[];
} {
  const latestEnd = new Date(now.getTime() + LONGEST_REQUEST_MS);
  const isEnded = ({ method }: Row) => isMethodEnded(method, latestEnd);
  return {
    usable: ROWS.filter((row) => !isEnded(row)).map((row) =>
      dcvScenario(row.method, row.target, row.parameters, {
        title: row.title ?? row.method,
        expected: row.expected ?? 'valid 6/6',
        lesson: `${row.lesson}${describeEnd(row.method)}`,
      }),
    ),
    ended: ROWS.filter(isEnded).map((row) =>
      dcvScenario(row.method, row.target, row.parameters, {
        title: `${row.method}, ended`,
        expected: '400',
        lesson: 'Validation methods have last days, and those are data as well.',
      }),
    ),
  };
}

function describeEnd(method: ValidationMethod): string {
  const { endsOn } = METHOD_RULES[method];
  return endsOn === null ? '' : ` Ends ${endsOn}.`;
}
