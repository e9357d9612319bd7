import type { ValidationMethod } from '../../../shared/domain/check/check.ts';
import { ask } from './ask.ts';
import { pc } from './colours.ts';
import type { DemoService } from './demo-service.ts';
import { heading, mark, paragraph, row } from './render.ts';
import { dcvScenario } from './scenario.ts';
import {
  ACCOUNT_URI,
  ATTACKER_HASH,
  ATTACKER_HEX,
  CA_DOMAIN,
  HOST_ADDRESS,
  OTHER_ACCOUNT_URI,
  OWNER_HASH,
  RANDOM_VALUE,
  TOKEN,
  WEB_NAME,
} from './world.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** For one method: a value that is not there, and a request that nobody is asked for. */
interface Row {
  readonly method: ValidationMethod;
  readonly target: string;
  /** Null for a method that has ended: it can only be refused. */
  readonly wrong: Parameters | null;
  readonly refused: { readonly target?: string; readonly parameters: Parameters };
}

const OTHER_VALUE = 'rv-0000000000000000000000';
const OTHER_THUMBPRINT = 'A'.repeat(43);

const ROWS: readonly Row[] = [
  {
    method: 'website-change',
    target: WEB_NAME,
    wrong: { http_token_path: 'proof.txt', challenge_value: OTHER_VALUE },
    refused: { parameters: { http_token_path: '../../secret', challenge_value: RANDOM_VALUE } },
  },
  {
    method: 'acme-http-01',
    target: WEB_NAME,
    wrong: { token: TOKEN, key_authorization: `${TOKEN}.${OTHER_THUMBPRINT}` },
    refused: {
      parameters: {
        token: TOKEN,
        key_authorization: `${TOKEN}.${OTHER_THUMBPRINT}`,
        http_headers: { Host: 'other.test' },
      },
    },
  },
  {
    method: 'acme-tls-alpn-01',
    target: WEB_NAME,
    wrong: { key_authorization_hash: ATTACKER_HEX },
    refused: { target: `*.${WEB_NAME}`, parameters: { key_authorization_hash: ATTACKER_HEX } },
  },
  {
    method: 'acme-dns-01',
    target: 'shop.test',
    wrong: { key_authorization_hash: ATTACKER_HASH },
    refused: { target: HOST_ADDRESS, parameters: { key_authorization_hash: OWNER_HASH } },
  },
  {
    method: 'dns-account-01',
    target: 'shop.test',
    wrong: { key_authorization_hash: ATTACKER_HASH, account_uri: ACCOUNT_URI },
    refused: { parameters: { key_authorization_hash: OWNER_HASH, account_uri: 'seven' } },
  },
  {
    method: 'dns-change',
    target: 'shop.test',
    wrong: { dns_record_type: 'TXT', dns_name_prefix: '_dcv-txt', challenge_value: OTHER_VALUE },
    refused: {
      parameters: { dns_record_type: 'TXT', dns_name_prefix: 'www', challenge_value: RANDOM_VALUE },
    },
  },
  {
    method: 'dns-persistent',
    target: 'shop.test',
    wrong: { issuer_domain_names: [CA_DOMAIN], expected_account_uri: OTHER_ACCOUNT_URI },
    refused: { parameters: { issuer_domain_names: [], expected_account_uri: ACCOUNT_URI } },
  },
  contact('contact-email-txt', 'attacker@shop.test'),
  contact('contact-email-caa', 'attacker@shop.test'),
  contact('contact-phone-txt', '+1-555-0199'),
  contact('contact-phone-caa', '+1-555-0199'),
  {
    method: 'ip-address',
    target: 'shop.test',
    wrong: null,
    refused: { parameters: { challenge_value: HOST_ADDRESS, dns_record_type: 'A' } },
  },
  {
    method: 'reverse-address-lookup',
    target: HOST_ADDRESS,
    wrong: { challenge_value: 'other.test' },
    refused: { target: 'shop.test', parameters: { challenge_value: 'other.test' } },
  },
];

function contact(method: ValidationMethod, other: string): Row {
  return {
    method,
    target: 'shop.test',
    wrong: { challenge_value: other },
    refused: { parameters: { challenge_value: '' } },
  };
}

const WIDTHS = [5, 33, 18, 42];
const NOTE_INDENT = ' '.repeat(5);
const FAILS = 'not valid 0/6';

/** Every method with a value that is not there, and with a request that is refused. @returns whether all did as they should. */
export async function showFailuresAndRefusals(
  { url }: DemoService,
  write: (text: string) => void,
): Promise<boolean> {
  write(heading('Every method failing, and refusing'));
  write(
    paragraph(
      'Another value than the one that is there fails at all six. What no perspective should be asked to do ends with ' +
        'a 400 before anybody is asked, and says why.',
    ),
  );
  write(
    row(
      ['', 'check', 'another value', 'a request nobody is asked for'].map((head) => pc.dim(head)),
      WIDTHS,
    ),
  );
  let asExpected = true;
  for (const { method, target, wrong, refused } of ROWS) {
    const story = { expected: '', lesson: '' };
    const failure = wrong === null ? null : await ask(url, dcvScenario(method, target, wrong, story));
    const refusal = await ask(url, dcvScenario(method, refused.target ?? target, refused.parameters, story));
    const right = (failure === null || failure.verdict === FAILS) && refusal.verdict === '400';
    asExpected &&= right;
    write(row([`  ${mark(right)}`, method, failure?.verdict ?? 'ended', refusal.verdict], WIDTHS));
    if (refusal.refusal !== null) write(paragraph(`Answer: ${refusal.refusal}`, NOTE_INDENT));
  }
  return asExpected;
}
