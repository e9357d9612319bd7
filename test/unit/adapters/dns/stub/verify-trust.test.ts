import { describe, expect, it } from 'vitest';
import type { DnsMessage } from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { CheckScope } from '../../../../../shared/adapters/dns/stub/check-scope.ts';
import { Upstream } from '../../../../../shared/adapters/dns/stub/upstream.ts';
import { type TrustSettings, verifyTrust } from '../../../../../shared/adapters/dns/stub/verify-trust.ts';
import { TrustWalk } from '../../../../../shared/adapters/dns/trust/trust-walk.ts';
import { KNOWN } from '../../../../../shared/adapters/dns/trust/verifiable.ts';
import { ds, dsMessage, labels, nsec, nsec3Gap, nsec3Match } from '../trust/signed-records.ts';

/** Never asked: the walk of the check has its answers from {@link WORLD}. */
const SERVER = { address: '127.0.0.1', port: 9 };

/** What the resolver answers to DS questions, by name. */
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
  /** The name asked for and the targets of its aliases. */
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
      name: 'a resolver that is not run here vouches for nothing, whatever it marks',
      adFlag: true,
      validates: null,
      expected: { status: 'trusted', dnssec: 'not validated' },
    },
    {
      name: 'an authenticated answer is secure',
      adFlag: true,
      expected: { status: 'trusted', dnssec: 'secure' },
    },
    {
      name: 'an authenticated answer with a denial that takes too many iterations is refused (RFC 9276 section 3.2)',
      adFlag: true,
      overIterated: ['signed'],
      expected: BOGUS,
    },
    {
      name: 'an answer without AD is insecure where the chain of trust ends by proof',
      visited: ['shop.insecure'],
      expected: INSECURE,
    },
    { name: 'an answer without AD of a signed name is refused', expected: UNPROVEN },
    {
      name: 'an answer without AD is refused where nothing is proven',
      visited: ['shop.nowhere'],
      expected: UNPROVEN,
    },
    {
      name: 'an answer without AD is refused where the proof takes too many iterations',
      visited: ['busy'],
      expected: BOGUS,
    },
    {
      name: 'an answer without AD is refused where the resolver cannot verify the zone',
      visited: ['strange'],
      expected: {
        status: 'refused',
        reason: 'indeterminate',
        detail: expect.stringMatching(/signed by an algorithm that this resolver cannot verify/),
        extendedErrors: [],
      },
    },
    {
      name: 'too many iterations change nothing in a zone that is insecure',
      visited: ['shop.insecure'],
      overIterated: ['insecure'],
      expected: INSECURE,
    },
    {
      name: 'too many iterations are refused in a signed zone, though the name asked for is insecure',
      visited: ['shop.insecure'],
      overIterated: ['insecure', 'signed'],
      expected: BOGUS,
    },
    {
      name: 'too many iterations are refused in a zone about which nothing is proven',
      visited: ['shop.insecure'],
      overIterated: ['nowhere'],
      expected: BOGUS,
    },
    {
      name: 'eight denials with too many iterations are looked into',
      visited: ['shop.insecure'],
      overIterated: Array.from({ length: 8 }, () => 'insecure'),
      expected: INSECURE,
    },
    {
      name: 'nine denials with too many iterations are not',
      visited: ['shop.insecure'],
      overIterated: Array.from({ length: 9 }, () => 'insecure'),
      expected: BOGUS,
    },
  ])('$name', async (row) => {
    expect(await judge(row)).toMatchObject(row.expected);
  });

  it('names the error of RFC 9276 for a denial that takes too many iterations', async () => {
    const refused = await judge({ name: '', adFlag: true, overIterated: ['signed'], expected: {} });
    expect(refused).toMatchObject({ extendedErrors: [{ code: 27, text: 'more than 50' }] });
  });
});
