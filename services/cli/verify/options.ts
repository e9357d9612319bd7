import * as z from 'zod';
import { type Environment, type OptionValues, option, UsageError } from '../shell/command.ts';
import { baseUrl, listOf, parseKey, toggle } from '../shell/values.ts';

export interface VerifyOptions {
  /** Base URL without a final slash; its path, such as the stage of an API Gateway, is kept. */
  readonly url: string;
  readonly key: string | null;
  readonly permitted: string;
  readonly forbidden: string;
  /** A name of the operator's own with a TXT record below {@link DCV_PREFIX}, and the value of that record. */
  readonly dns: { readonly name: string; readonly value: string } | null;
  /** Sent with every CAA check; null: the service uses its own. */
  readonly caaDomains: readonly string[] | null;
  readonly json: boolean;
  readonly timeoutMs: number;
}

/** Where the TXT record of `--dns-name` stands. */
export const DCV_PREFIX = '_mpic-verify';

const MIN_TIMEOUT_MS = 100;
const MAX_TIMEOUT_MS = 600_000;

/** No message holds a value: it may be a key that slipped from its place. */
export const OPTIONS = {
  url: option(
    '<base>',
    'base URL of the service with its stage, for instance https://….amazonaws.com/v1',
    baseUrl,
  ),
  permitted: option('<name>', 'a name whose CAA lets the CA issue', z.string().default('iana.org')),
  forbidden: option(
    '<name>',
    'a name whose CAA forbids it',
    z.string().default('deny.basic.caatestsuite.com'),
  ),
  caaDomains: option(
    '<list>',
    'issuer domain names to send, with commas between them; without it the service uses its own',
    listOf(z.string())
      .transform((items) => items.filter((item) => item !== ''))
      .refine((items) => items.length > 0, 'names nothing')
      .optional(),
  ),
  dnsName: option(
    '<name>',
    `a name of your own with a TXT record at ${DCV_PREFIX}.<name>`,
    z.string().optional(),
  ),
  dnsValue: option('<value>', 'the value of that record; both or neither', z.string().optional()),
  timeoutMs: option(
    '<n>',
    'longest time of one check, in milliseconds',
    z
      .string()
      .refine(isTimeout, `is not a whole number from ${MIN_TIMEOUT_MS} to ${MAX_TIMEOUT_MS}`)
      .transform(Number)
      .default(60_000),
  ),
  json: option('', 'one line of JSON per check', toggle),
};

/** What was read from the command line and the environment, together. @throws UsageError */
export function toOptions(values: OptionValues<typeof OPTIONS>, env: Environment): VerifyOptions {
  const { dnsName: name, dnsValue: value, caaDomains = null, ...others } = values;
  if ((name === undefined) !== (value === undefined) || name === '' || value === '')
    throw new UsageError('--dns-name and --dns-value: both or neither');
  const dns = name === undefined || value === undefined ? null : { name, value };
  return { ...others, caaDomains, dns, key: parseKey('MPIC_VERIFY_KEY', env.MPIC_VERIFY_KEY) };
}

function isTimeout(text: string): boolean {
  const number = Number(text);
  return Number.isInteger(number) && number >= MIN_TIMEOUT_MS && number <= MAX_TIMEOUT_MS;
}
