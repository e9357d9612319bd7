import { describe, expect, it } from 'vitest';
import { allWereAsked, readDelegation } from '../../../../../shared/adapters/dns/unbound/delegation.ts';

const FOUND = 'rto 12 msec, ttl 59, ping 0 var 3 rtt 50, tA 0, tAAAA 0, tother 0, EDNS 0 probed.';
const UNKNOWN = 'not in infra cache.';

/** The reply for `a.gone.test`, whose zone has `servers` with their address lines. */
function replyOf(
  servers: Readonly<Record<string, readonly (readonly [address: string, state: string])[]>>,
): string {
  const rows = Object.entries(servers);
  return [
    'The following name servers are used for lookup of a.gone.test.',
    ';rrset 60 2 0 2 0',
    ...rows.map(([name]) => `Gone.test.\t60\tIN\tNS\t${name}`),
    ...rows.flatMap(([name, addresses]) =>
      addresses.map(([address]) => `${name}\t60\tIN\t${address.includes(':') ? 'AAAA' : 'A'}\t${address}`),
    ),
    'Delegation with 1 names, of which 1 can be examined to query further addresses.',
    'It provides 1 IP addresses.',
    ...rows.flatMap(([, addresses]) => addresses.map(([address, state]) => `${address}      \t${state}`)),
    '',
  ].join('\n');
}

const ABOVE = [
  'cache delegation was useless (no IP addresses)',
  'going up, lookup test.',
  'test.\t57\tIN\tNS\tns2.test.',
  'ns2.test.\t57\tIN\tA\t192.0.2.2',
  `192.0.2.2      \t${FOUND}`,
  '',
].join('\n');

const isShown = (reply: string, name = 'a.gone.test') => {
  const delegation = readDelegation(reply);
  return delegation !== null && allWereAsked(delegation, name);
};

describe('whether all servers of a zone were queried', () => {
  it.each([
    { what: 'for the only server', servers: { 'ns1.gone.test.': [['192.0.2.1', FOUND]] } },
    {
      what: 'for each server, at one of its addresses',
      servers: {
        'ns1.gone.test.': [
          ['192.0.2.1', UNKNOWN],
          ['192.0.2.3', FOUND],
        ],
        'NS2.gone.test.': [
          ['2001:db8::2', UNKNOWN],
          ['192.0.2.4', 'expired, rto 376 msec, tA 1 tAAAA 0 tother 0.'],
        ],
      },
    },
  ] as const)('is shown for $what', ({ servers }) => {
    expect(isShown(replyOf(servers))).toBe(true);
  });

  it.each([
    { what: 'a server without an address', reply: replyOf({ 'ns1.gone.test.': [] }) },
    { what: 'a server that was not queried', reply: replyOf({ 'ns1.gone.test.': [['192.0.2.1', UNKNOWN]] }) },
    {
      what: 'a server queried only by IPv6',
      reply: replyOf({ 'ns1.gone.test.': [['2001:db8::1', FOUND]] }),
    },
    {
      what: 'one of two servers that was not queried',
      reply: replyOf({
        'ns1.gone.test.': [['192.0.2.1', FOUND]],
        'ns2.gone.test.': [['192.0.2.2', UNKNOWN]],
      }),
    },
    { what: 'the servers of the parent zone', reply: replyOf({ 'ns1.gone.test.': [] }) + ABOVE },
    { what: 'the servers of the top-level domain', reply: ABOVE.split('\n').slice(2).join('\n') },
    { what: 'no servers', reply: 'no delegation from cache; goes to configured roots\n' },
    { what: 'an error', reply: 'error syntax error\n' },
  ])('is not shown by $what', ({ reply }) => {
    expect(isShown(reply)).toBe(false);
  });

  it('is shown by the servers of a top-level domain for that domain itself', () => {
    expect(isShown(ABOVE.split('\n').slice(2).join('\n'), 'test')).toBe(true);
  });
});
