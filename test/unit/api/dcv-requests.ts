import { parseMpicRequest } from '../../../shared/contract/api/request-schema.ts';
import type { DcvParameters } from '../../../shared/domain/check/check.ts';

export const HEX_DIGEST = '9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
export const BASE64URL_DIGEST = 'lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM';

/** Long enough for the 112 bits of a Random Value. */
export const RANDOM_VALUE = 'rv-7f3c90e1b2d4a6f8091b';
/** Long enough for the 128 bits of an ACME token. */
export const ACME_TOKEN = 'tok_A1-evaGxfADs6pSRb2LAv9I';

/** The smallest valid parameters of each method. */
export const SMALLEST: Readonly<Record<DcvParameters['method'], Record<string, unknown>>> = {
  'website-change': { challenge_value: RANDOM_VALUE, http_token_path: 'v.txt' },
  'acme-http-01': { token: ACME_TOKEN, key_authorization: `${ACME_TOKEN}.${BASE64URL_DIGEST}` },
  'acme-dns-01': { key_authorization_hash: BASE64URL_DIGEST },
  'acme-tls-alpn-01': { key_authorization_hash: HEX_DIGEST },
  'dns-change': { challenge_value: RANDOM_VALUE, dns_record_type: 'TXT' },
  'dns-account-01': {
    key_authorization_hash: BASE64URL_DIGEST,
    acme_account_url: 'https://ca.example/acct/9',
  },
  'dns-persistent': { issuer_domain_names: ['ca.example'], expected_account_uri: 'acct:9@ca.example' },
  'contact-email-txt': { challenge_value: 'dns@shop.example' },
  'contact-phone-txt': { challenge_value: '+49 30 1' },
  'contact-email-caa': { challenge_value: 'dns@shop.example' },
  'contact-phone-caa': { challenge_value: '+49 30 1' },
  'ip-address': { challenge_value: '192.0.2.5', dns_record_type: 'A' },
  'reverse-address-lookup': { challenge_value: 'shop.example.' },
};

export type Method = keyof typeof SMALLEST;

export function parse(parameters: unknown) {
  return parseMpicRequest(
    {
      check_type: 'dcv',
      domain_or_ip_target: 'shop.example',
      dcv_check_parameters: parameters,
    },
    'baseline-requirements',
  );
}

export function parseMethod(method: Method, changes: Record<string, unknown> = {}) {
  return parse({ validation_method: method, ...SMALLEST[method], ...changes });
}

export function accept(method: Method, changes: Record<string, unknown> = {}) {
  const parsed = parseMethod(method, changes);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.request;
}

export const loc = (...path: (string | number)[]) => ['MpicDcvRequest', 'dcv_check_parameters', ...path];
