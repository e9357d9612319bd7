import { describe, expect, it } from 'vitest';
import type { DnsMessage } from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { CheckScope } from '../../../../../shared/adapters/dns/stub/check-scope.ts';
import { Upstream } from '../../../../../shared/adapters/dns/stub/upstream.ts';
import { type TrustSettings, verifyTrust } from '../../../../../shared/adapters/dns/stub/verify-trust.ts';
import { TrustWalk } from '../../../../../shared/adapters/dns/trust/trust-walk.ts';
import { KNOWN } from '../../../../../shared/adapters/dns/trust/verifiable.ts';
import { ds, dsMessage, labels, nsec, nsec3Gap, nsec3Match } from '../trust/signed-records.ts';

/** Never queried: the walk of the check gets its answers from {@link WORLD}. */
const SERVER = { address: '127.0.0.1', port: 9 };

/** The resolver's answers to DS queries, by name. */
const WORLD: Readonly<Record<string, DnsMessage>> = {
  signed: dsMessage({ ad: true, answers: [ds('signed')] }),
  'shop.signed': dsMessage({ ad: true, authority: [nsec('shop.signed', 'A')] }),
  insecure: dsMessage({ ad: true, authority: [nsec('insecure', 'NS')] }),
  busy: dsMessage({
    authority: [nsec3Match('.', 'busy', { iterations: 51 }), nsec3Gap('.', 'busy', { iterations: 51 })],
  }),
  strange: dsMessage({ ad: true, answers: [ds('strange', 15)] }),
};

const BOGUS = {
  status: 'refused',
  reason: 'bogus',
  detail: expect.stringMatching(/more than 50 NSEC3 iterations/),
};
const UNPROVEN = {
  status: 'refused',
  reason: 'indeterminate',
  detail: expect.stringMatching(/nothing proves that the name is insecure/),
  extendedErrors: [],
};
const INSECURE = {
  status: 'trusted',
  dnssec: 'insecure',
  insecurity: { at: 'insecure.', by: 'no-ds' },
};

interface Row {
  readonly name: string;
  /** The query name and the targets of its aliases. */
  readonly visited?: readonly string[];
  readonly adFlag?: boolean;
  readonly overIterated?: readonly string[];
  readonly validates?: TrustSettings['validates'];
  readonly expected: object;
}

async function judge({
  visited = ['shop.signed'],
  adFlag = false,
  overIterated = [],
  validates = KNOWN,
}: Row) {
  const server = new Upstream(SERVER);
  const check = new CheckScope(server, null);
  check.trustWalk(
    () =>
      new TrustWalk(async (name) => WORLD[name.join('.')] ?? null, {
        ...KNOWN,
        algorithms: new Set([8, 10, 13]),
      }),
  );
  const names = visited.map(labels);
  const path = { at: names.at(-1) ?? [], visited: names, ttl: 60 };
  const settings: TrustSettings = {
    validates,
    servers: [server],
    queryTimeoutMs: 1,
    maxQueries: 1,
  };
  const answer = { path, adFlag, overIterated: overIterated.map(labels) };
  return verifyTrust(answer, settings, { deadline: 0, signal: undefined, check });
}

describe('verifyTrust (RFC 4035 section 4.3)', () => {
  it.each<Row>([
    {
      name: 'returns not validated for another resolver, whatever its AD bit',
      adFlag: true,
      validates: null,
      expected: { status: 'trusted', dnssec: 'not validated' },
    },
    {
      name: 'returns secure for an authenticated answer',
      adFlag: true,
      expected: { status: 'trusted', dnssec: 'secure' },
    },
    {
      name: 'refuses an authenticated answer whose denial has too many iterations (RFC 9276 section 3.2)',
      adFlag: true,
      overIterated: ['signed'],
      expected: BOGUS,
    },
    {
      name: 'returns insecure for an answer without AD if the chain of trust provably ends',
      visited: ['shop.insecure'],
      expected: INSECURE,
    },
    { name: 'refuses an answer without AD of a signed name', expected: UNPROVEN },
    {
      name: 'refuses an answer without AD if nothing is proven',
      visited: ['shop.nowhere'],
      expected: UNPROVEN,
    },
    {
      name: 'refuses an answer without AD if the proof has too many iterations',
      visited: ['busy'],
      expected: BOGUS,
    },
    {
      name: 'refuses an answer without AD if the resolver cannot verify the zone',
      visited: ['strange'],
      expected: {
        status: 'refused',
        reason: 'indeterminate',
        detail: expect.stringMatching(/signed by an algorithm that this resolver cannot verify/),
        extendedErrors: [],
      },
    },
    {
      name: 'ignores too many iterations in an insecure zone',
      visited: ['shop.insecure'],
      overIterated: ['insecure'],
      expected: INSECURE,
    },
    {
      name: 'refuses too many iterations in a signed zone, although the query name is insecure',
      visited: ['shop.insecure'],
      overIterated: ['insecure', 'signed'],
      expected: BOGUS,
    },
    {
      name: 'refuses too many iterations in a zone without a proof',
      visited: ['shop.insecure'],
      overIterated: ['nowhere'],
      expected: BOGUS,
    },
    {
      name: 'checks up to eight zones with too many iterations',
      visited: ['shop.insecure'],
      overIterated: Array.from({ length: 8 }, () => 'insecure'),
      expected: INSECURE,
    },
    {
      name: 'refuses nine zones with too many iterations',
      visited: ['shop.insecure'],
      overIterated: Array.from({ length: 9 }, () => 'insecure'),
      expected: BOGUS,
    },
  ])('$name', async (row) => {
    expect(await judge(row)).toMatchObject(row.expected);
  });

  it('adds the extended error of RFC 9276 for a denial with too many iterations', async () => {
    const refused = await judge({ name: '', adFlag: true, overIterated: ['signed'], expected: {} });
    expect(refused).toMatchObject({ extendedErrors: [{ code: 27, text: 'more than 50' }] });
  });
});
