import type { ContactsRequest, MpicRequest } from './request-body.ts';

interface RequestExample {
  readonly summary: string;
  readonly value: MpicRequest;
}

const TARGET = 'shop.example.com';
const THUMBPRINT = 'nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerQ';
const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
const DIGEST = 'LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564';
const ACCOUNT = 'https://ca.example/acct/9';
const VALUE = 'rv-7f3c90e1b2d4a6f8091b';

/** Requests that the service takes, one for each validation method that may still be used at least. */
export const REQUEST_EXAMPLES = {
  caa: {
    summary: 'CAA lets this CA issue',
    value: { check_type: 'caa', domain_or_ip_target: TARGET },
  },
  'caa-with-limits': {
    summary: 'CAA of a wildcard name, with the account and the method of the order (RFC 8657)',
    value: {
      check_type: 'caa',
      domain_or_ip_target: `*.${TARGET}`,
      trace_identifier: 'order 4711',
      orchestration_parameters: { perspective_count: 6, quorum_count: 5, max_attempts: 2 },
      caa_check_parameters: {
        certificate_type: 'tls-server',
        caa_domains: ['ca.example'],
        accounturi_values: [ACCOUNT],
        validation_method: 'acme-dns-01',
      },
    },
  },
  'acme-dns-01': {
    summary: 'The TXT record of an ACME challenge',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: { validation_method: 'acme-dns-01', key_authorization_hash: DIGEST },
    },
  },
  'dns-account-01': {
    summary: 'The TXT record of an ACME challenge, below a label of the account',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: {
        validation_method: 'dns-account-01',
        key_authorization_hash: DIGEST,
        acme_account_url: ACCOUNT,
      },
    },
  },
  'dns-persistent': {
    summary: 'A TXT record that stays',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: {
        validation_method: 'dns-persistent',
        issuer_domain_names: ['ca.example'],
        expected_account_uri: ACCOUNT,
      },
    },
  },
  'dns-change': {
    summary: 'A Random Value in a TXT record at the target of a CNAME, of a name that was applied for',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: 'example.net',
      applied_for: 'w.example.com',
      order_reference: '4711',
      adn_steps: [
        { step: 'cname', to: 't.d.example.net' },
        { step: 'prune', to: 'example.net' },
      ],
      dcv_check_parameters: {
        validation_method: 'dns-change',
        dns_record_type: 'TXT',
        dns_name_prefix: '_dcv',
        challenge_value: VALUE,
      },
    },
  },
  'contact-email-txt': {
    summary: 'The e-mail contact in a TXT record',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: { validation_method: 'contact-email-txt', challenge_value: 'sec@example.com' },
    },
  },
  'contact-phone-txt': {
    summary: 'The phone contact in a TXT record',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: { validation_method: 'contact-phone-txt', challenge_value: '+1 555 0100' },
    },
  },
  'contact-email-caa': {
    summary: 'The e-mail contact in a CAA property',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: { validation_method: 'contact-email-caa', challenge_value: 'sec@example.com' },
    },
  },
  'contact-phone-caa': {
    summary: 'The phone contact in a CAA property',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: { validation_method: 'contact-phone-caa', challenge_value: '+1 555 0100' },
    },
  },
  'reverse-address-lookup': {
    summary: 'The name that an address leads to (until this method ends)',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: '11.0.0.1',
      dcv_check_parameters: {
        validation_method: 'reverse-address-lookup',
        challenge_value: TARGET,
      },
    },
  },
  'website-change': {
    summary: 'A Random Value in a file of the web server',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: {
        validation_method: 'website-change',
        http_token_path: 'fileauth.txt',
        url_scheme: 'https',
        challenge_value: VALUE,
      },
    },
  },
  'acme-http-01': {
    summary: 'The file of an ACME challenge',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: TARGET,
      dcv_check_parameters: {
        validation_method: 'acme-http-01',
        token: TOKEN,
        key_authorization: `${TOKEN}.${THUMBPRINT}`,
      },
    },
  },
  'acme-tls-alpn-01': {
    summary: 'The certificate of an ACME challenge, of an IP address',
    value: {
      check_type: 'dcv',
      domain_or_ip_target: '11.0.0.1',
      dcv_check_parameters: { validation_method: 'acme-tls-alpn-01', key_authorization_hash: DIGEST },
    },
  },
} as const satisfies Record<string, RequestExample>;

/** Requests for contacts that the service takes. */
export const CONTACTS_EXAMPLES = {
  'email-contacts': {
    summary: 'The email contacts in TXT records',
    value: {
      check_type: 'contacts',
      domain_or_ip_target: TARGET,
      contacts_check_parameters: { validation_method: 'contact-email-txt' },
    },
  },
  'phone-contacts': {
    summary: 'The telephone contacts in CAA records',
    value: {
      domain_or_ip_target: TARGET,
      orchestration_parameters: { perspective_count: 6, quorum_count: 5 },
      contacts_check_parameters: { validation_method: 'contact-phone-caa' },
    },
  },
} as const satisfies Readonly<Record<string, { summary: string; value: ContactsRequest }>>;
