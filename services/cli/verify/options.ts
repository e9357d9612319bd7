import { parseArgs } from 'node:util';

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

export const USAGE = `Usage: npm run verify -- --url <base> [options]
  --url <base>           base URL of the service with its stage, for instance https://….amazonaws.com/v1
  --permitted <name>     a name whose CAA lets the CA issue, default iana.org
  --forbidden <name>     a name whose CAA forbids it, default deny.basic.caatestsuite.com
  --caa-domains <list>   comma list of issuer domain names to send; without it the service uses its own
  --dns-name <name>      a name of your own with a TXT record at ${DCV_PREFIX}.<name>
  --dns-value <value>    the value of that record; both or neither
  --timeout-ms <n>       longest time of one check, default 60000
  --json                 one line of JSON per check
The API key is read from MPIC_VERIFY_KEY in the environment: command lines can be read by every user of the machine.
Exit status: 0 when no check failed, 1 when one did, 2 when the options are wrong.
`;

const MIN_TIMEOUT_MS = 100;
const MAX_TIMEOUT_MS = 600_000;

/** RFC 9110 section 5.5, without spaces: anything else cannot be sent in a header. */
const SENDABLE_KEY = /^[\x21-\x7e]+$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that says which option is wrong, and never holds the key. */
export function parseOptions(argv: readonly string[], env: Environment): VerifyOptions {
  const values = readArguments(argv);
  if (values.url === undefined) throw new Error('--url is missing');
  return {
    url: parseBase(values.url),
    key: parseKey(env.MPIC_VERIFY_KEY),
    permitted: values.permitted,
    forbidden: values.forbidden,
    dns: parseDns(values['dns-name'], values['dns-value']),
    caaDomains: parseList(values['caa-domains']),
    json: values.json,
    timeoutMs: parseTimeout(values['timeout-ms']),
  };
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        url: { type: 'string' },
        permitted: { type: 'string', default: 'iana.org' },
        forbidden: { type: 'string', default: 'deny.basic.caatestsuite.com' },
        'caa-domains': { type: 'string' },
        'dns-name': { type: 'string' },
        'dns-value': { type: 'string' },
        'timeout-ms': { type: 'string', default: '60000' },
        json: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    // The message quotes the argument, which may be a key that slipped from its option.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL')
      throw new Error('there is an argument that belongs to no option');
    throw error;
  }
}

function parseBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (url === null || !isPlain || !/^https?:$/.test(url.protocol))
    throw new Error('--url: not an http or https URL without user, query and fragment');
  return url.href.replace(/\/+$/, '');
}

function parseKey(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (!SENDABLE_KEY.test(text))
    throw new Error('MPIC_VERIFY_KEY: holds something else than visible ASCII characters');
  return text;
}

function parseDns(name: string | undefined, value: string | undefined): VerifyOptions['dns'] {
  if (name === undefined && value === undefined) return null;
  if (!name || !value) throw new Error('--dns-name and --dns-value: both or neither');
  return { name, value };
}

function parseList(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new Error('--caa-domains: names nothing');
  return items;
}

function parseTimeout(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= MIN_TIMEOUT_MS && number <= MAX_TIMEOUT_MS) return number;
  throw new Error(`--timeout-ms: not a whole number from ${MIN_TIMEOUT_MS} to ${MAX_TIMEOUT_MS}`);
}
