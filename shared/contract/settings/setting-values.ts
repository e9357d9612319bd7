import * as z from 'zod';
import { formatIpNetwork, type IpNetwork, parseIpNetwork } from '../../domain/net/ip-network.ts';
import { findLdhProblem, normaliseLdhName } from '../../domain/net/ldh-name.ts';
import { parseKeyList } from './api-keys.ts';

/**
 * The kinds of values that settings have. Each is text in an environment; where a file of ours holds the same value as
 * JSON, the file takes the `out` of the codec, so that bounds are the same. `description` is what a reader of the
 * documentation sees.
 */

/** A whole number from `least` to `most`. */
export function count(least: number, most: number, unit = '') {
  const message = `must be a whole number${unit && ` of ${unit}`} from ${least} to ${most}`;
  const number = z.int(message).min(least, message).max(most, message);
  const digits = z.string().regex(/^\d{1,9}$/, message);
  return z
    .codec(digits, number, { decode: Number, encode: String })
    .describe(`${least} to ${most}${unit && ` ${unit}`}`);
}

export const milliseconds = (least: number, most: number) => count(least, most, 'milliseconds');

export const text = z.string().min(1, 'must not be empty');

export function choice<const T extends readonly string[]>(...values: T) {
  return z.enum(values).describe(`\`${values.slice(0, -1).join('`, `')}\` or \`${values.at(-1)}\``);
}

const trueOrFalseText = z.enum(['true', 'false'], 'must be true or false');
export const trueOrFalse = z
  .codec(trueOrFalseText, z.boolean(), {
    decode: (value) => value === 'true',
    encode: (value) => (value ? 'true' : 'false'),
  })
  .describe('`true` or `false`');

/** The code of an AWS region. */
export const awsRegion = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be the code of an AWS region, such as eu-west-1');

export const queueUrl = z.url('must be the URL of an SQS queue').describe('URL');

/** A name of at least two LDH labels, in the one form that the service uses. */
export const domainName = z
  .string()
  .refine((name) => findLdhProblem(name) === null, 'must be a domain name in lower case');

/** The same as people write it in a setting: in any letter case, with or without a final dot. */
export const hostName = z
  .codec(
    z
      .string()
      .refine(
        (name) => normaliseLdhName(name).ok,
        'must be a domain name of at least two labels, such as iana.org',
      ),
    domainName,
    { decode: normalise, encode: (name) => name },
  )
  .describe('domain name');

function normalise(text: string): string {
  const result = normaliseLdhName(text);
  return result.ok ? result.name : text;
}

/** A block of addresses in prefix notation. */
export const network = z.codec(z.string(), z.custom<IpNetwork>(), {
  decode: (value, context) => {
    const parsed = parseIpNetwork(value);
    if (parsed !== null) return parsed;
    return refuse(context, value, 'must be a network such as 203.0.113.0/24');
  },
  encode: formatIpNetwork,
});

/** A comma list; `what` completes "a comma list of". */
function commaList<T>(item: z.ZodType<T, string>, what: string) {
  return z
    .codec(z.string(), z.custom<readonly T[]>(), {
      decode: (value, context) => {
        const items: T[] = [];
        for (const part of value.split(',').map((one) => one.trim())) {
          const parsed = item.safeParse(part);
          if (!parsed.success)
            return refuse(
              context,
              value,
              `must be a comma list of ${what}; ${JSON.stringify(part)} is not one of them`,
            );
          items.push(parsed.data);
        }
        return items;
      },
      encode: (list) => list.map((one) => z.encode(item, one)).join(','),
    })
    .describe(`comma list of ${what}`);
}

export const issuerNames = commaList(hostName, 'issuer domain names such as ca.example');
export const networks = commaList(network, 'networks such as 203.0.113.0/24 or ::1/128');

/** What one process of the service can be asked to run; `perspective:<code>` hosts that perspective. */
export const roles = commaList(
  z.string().regex(/^(api|decision|perspective:[a-z0-9._-]+)$/),
  'api, decision and perspective:<code>',
).describe('comma list of `api`, `decision` and `perspective:<code>`');

/** The callers of `name:key,name:key`. */
export const apiKeys = z.string().transform((value, context) => {
  const parsed = parseKeyList(value);
  if (parsed.ok) return parsed.keys;
  context.addIssue(parsed.problem);
  return z.NEVER;
});

/** Where a lab's web servers listen: `80:8080,443:8443`, or one of the two. */
export const labPorts = z
  .string()
  .transform((value, context) => {
    const ports: { 80?: number; 443?: number } = {};
    for (const part of value.split(',')) {
      const [, from, to] = /^(80|443):(\d{1,5})$/.exec(part.trim()) ?? [];
      const port = Number(to);
      if ((from === '80' || from === '443') && port >= 1 && port <= 65_535) ports[from] = port;
      else context.addIssue(`must be 80:<port>, 443:<port> or both; ${JSON.stringify(part)} is neither`);
    }
    return ports;
  })
  .describe('`80:<port>`, `443:<port>` or both');

/** Names of callers by the id of their API key, as a JSON object. */
export const callerNames = z
  .string()
  .transform((value, context): ReadonlyMap<string, string> => {
    try {
      return new Map(Object.entries(z.record(z.string(), text).parse(JSON.parse(value))));
    } catch {
      context.addIssue('must be a JSON object of names by API key id');
      return z.NEVER;
    }
  })
  .describe('JSON object');

export function refuse(context: z.core.ParsePayload, input: string, message: string): never {
  context.issues.push({ code: 'custom', input, message });
  return z.NEVER;
}
