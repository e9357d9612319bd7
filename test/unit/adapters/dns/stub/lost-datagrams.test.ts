import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../../../../services/perspective/check-caa.ts';
import {
  createStubResolver,
  type StubResolver,
} from '../../../../../shared/adapters/dns/stub/stub-resolver.ts';
import type { CheckOutcome } from '../../../../../shared/domain/check/check-result.ts';
import { type LabServer, startDnsServer } from '../../../../lab/dns/dns-server.ts';
import { parseZoneText } from '../../../../lab/dns/zone.ts';
import { CAA_DEFAULTS } from '../../../../support/caa-cases.ts';

const ONE_WAY_MS = 20;
const ROUND_TRIP_MS = 2 * ONE_WAY_MS;
const CHECKS = 300;
const AT_ONCE = 12;
/** Number of answers after which the resolver has an estimate of the response time. */
const WARM_UP = 32;
const DEADLINE_MS = 10_000;

const records = parseZoneText(`
  allowed.test CAA 0 issue "ca.example"
  denied.test CAA 0 issue ";"
  critical.test CAA 128 unknown "x"
  empty.test A 192.0.2.1
  alias.test CNAME denied.test
`);
const DOMAINS = ['allowed', 'denied', 'critical', 'empty', 'alias', 'missing'] as const;

/** The result of a check, without its duration and number of tries. */
const verdictOf = ({ passed, completed, details }: CheckOutcome) => ({
  passed,
  completed,
  reason: 'reason' in details ? details.reason : null,
});

interface Run {
  readonly verdicts: readonly object[];
  readonly p50: number;
  readonly p99: number;
  /** Lookups, each with one question here, and the datagrams sent for them. */
  readonly lookups: number;
  readonly datagrams: number;
  /** Datagrams that the server received. */
  readonly arrived: number;
}

/** Counts the tries that lookups report. */
function counting(resolver: StubResolver) {
  const sum = { lookups: 0, datagrams: 0 };
  const forCheck = () => {
    const check = resolver.forCheck();
    const lookup: typeof check.lookup = async (...question) => {
      const looked = await check.lookup(...question);
      sum.lookups += 1;
      sum.datagrams += looked.tries;
      return looked;
    };
    return { ...check, lookup };
  };
  return { sum, resolver: { ...resolver, forCheck } };
}

async function run(server: LabServer): Promise<Run> {
  const stub = createStubResolver({ mode: 'lab', servers: [server] });
  await Promise.all(Array.from({ length: WARM_UP }, () => stub.lookup('ok.test', 'CAA', Number.MAX_VALUE)));
  const before = server.queries().length;
  const { sum, resolver } = counting(stub);
  const verdicts: object[] = [];
  const times: number[] = [];
  let next = 0;
  const work = async () => {
    for (let n = next++; n < CHECKS; n = next++) {
      const start = performance.now();
      const outcome = await checkCaa({
        target: { kind: 'domain', name: `n${n}.${DOMAINS[n % DOMAINS.length]}.test`, wildcard: false },
        parameters: CAA_DEFAULTS,
        policy: 'baseline-requirements',
        resolver,
        deadline: start + DEADLINE_MS,
      });
      times.push(performance.now() - start);
      verdicts[n] = verdictOf(outcome);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.ceil(share * CHECKS) - 1] ?? Number.NaN;
  const arrived = server.queries().length - before;
  return { verdicts, p50: at(0.5), p99: at(0.99), arrived, ...sum };
}

/**
 * Losses are drawn from a seed. The assertions have margins of orders of magnitude: at 1 % each way one query in 2,500
 * needs a second repeat, and 1 % of the checks may; at 5 % one in 1,100 needs a third.
 */
describe('checks with lost datagrams to and from the resolver', () => {
  let whole: LabServer;
  beforeAll(async () => {
    whole = await startDnsServer({ records, path: { delayMs: ONE_WAY_MS } });
  });
  afterAll(() => whole.close());

  it.each<{
    loss: number;
    /** Limit above the p99 without loss. */
    mostMs: (p99: number) => number;
    /** Datagrams per lookup; at 20 % each way, 1 / 0.8² = 1.56 are needed for one answer. */
    mostSent: number;
  }>([
    { loss: 0.01, mostMs: (p99) => 3 * p99 + ROUND_TRIP_MS, mostSent: 1.5 },
    { loss: 0.05, mostMs: (p99) => 3 * p99 + 700, mostSent: 1.5 },
    { loss: 0.2, mostMs: (p99) => 3 * p99 + 5000, mostSent: 1.8 },
  ])('give the same results in bounded time with $loss lost each way', async (row) => {
    const lossy = await startDnsServer({
      records,
      path: { delayMs: ONE_WAY_MS, loss: row.loss, seed: 20 },
    });
    try {
      // In parallel, so that a busy machine affects both equally.
      const [without, withLoss] = await Promise.all([run(whole), run(lossy)]);
      const sent = withLoss.datagrams / withLoss.lookups;
      expect(withLoss.verdicts).toEqual(without.verdicts);
      expect(new Set(without.verdicts.map((one) => JSON.stringify(one))).size).toBeGreaterThan(2);
      expect(withLoss.p99).toBeLessThanOrEqual(row.mostMs(without.p99));
      expect(sent).toBeLessThanOrEqual(row.mostSent);
      expect(withLoss.arrived / withLoss.lookups).toBeLessThanOrEqual(1.5);
      expect(without.datagrams / without.lookups).toBeLessThanOrEqual(1.5);
      // Verify that datagrams were lost at all.
      expect(sent).toBeGreaterThan(1 + row.loss);
    } finally {
      await lossy.close();
    }
  });
});

describe('a burst of queries', () => {
  /** Default limit of Linux for twenty years; it doubles the number, and a small datagram takes 768 octets. */
  const USUAL_BUFFER = 212_992;
  const ROOM = (2 * USUAL_BUFFER) / 768;
  const BURST = 1200;

  it('does not overflow the receive buffer of the server', async () => {
    const server = await startDnsServer({ records, receiveBufferBytes: USUAL_BUFFER });
    try {
      const resolver = createStubResolver({ mode: 'lab', servers: [server] });
      // The server is in this process, and reads nothing before all queries were started.
      const lookups = await Promise.all(
        Array.from({ length: BURST }, () => resolver.lookup('ok.test', 'CAA', performance.now() + 8000)),
      );
      expect(lookups.every(({ status }) => status === 'answered')).toBe(true);
      const sent = lookups.reduce((sum, { tries }) => sum + tries, 0);
      // Without the send window, datagrams beyond the buffer are lost.
      expect(sent - server.queries().length).toBeLessThan((BURST - ROOM) / 4);
    } finally {
      await server.close();
    }
  });
});
