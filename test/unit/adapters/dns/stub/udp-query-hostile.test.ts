import { afterEach, describe, expect, it } from 'vitest';
import {
  createStubResolver,
  type StubResolver,
} from '../../../../../shared/adapters/dns/stub/stub-resolver.ts';
import { type LabServer, startDnsServer } from '../../../../lab/dns/dns-server.ts';
import type { LabScript } from '../../../../lab/dns/lab-script.ts';
import { parseZoneText } from '../../../../lab/dns/zone.ts';

const records = parseZoneText(`
  fast.test A 192.0.2.1
  slow.evil.test A 192.0.2.2
  silent.evil.test A 192.0.2.3
`);
const SLOW: LabScript = { name: 'slow.evil.test', delayMs: 600 };
const SILENT: LabScript = { name: 'silent.evil.test', silent: true };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openLab(
  scripts: readonly LabScript[],
): Promise<{ server: LabServer; resolver: StubResolver }> {
  const server = await startDnsServer({ records, scripts, path: { delayMs: 5 } });
  closers.push(() => server.close());
  return { server, resolver: createStubResolver({ mode: 'lab', servers: [server] }) };
}

const inMs = (ms: number) => performance.now() + ms;
const sentFor = (server: LabServer, name: string) =>
  server.queries().filter((one) => one.name === name).length;

/** `count` parallel lookups of a name, each in its own check. */
function flood(resolver: StubResolver, name: string, count: number, ms: number) {
  const controller = new AbortController();
  const all = Array.from({ length: count }, async () => {
    const check = resolver.forCheck();
    const looked = await check.lookup(name, 'A', inMs(ms), controller.signal);
    check.end();
    return looked;
  });
  return { all: Promise.all(all), stop: () => controller.abort() };
}

/** Durations of `count` successive lookups of the fast name. */
async function timeFast(resolver: StubResolver, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    expect(await resolver.lookup('fast.test', 'A', inMs(9000))).toMatchObject({ status: 'answered' });
    times.push(performance.now() - start);
  }
  return times.toSorted((one, other) => one - other);
}

describe('a hostile name server behind the resolver', () => {
  it('that is slow causes at most 1.5 datagrams per query, however many queries there are', async () => {
    const { server, resolver } = await openLab([SLOW]);
    await timeFast(resolver, 16);
    for (let round = 0; round < 3; round++) await flood(resolver, 'slow.evil.test', 100, 9000).all;
    // The budget saved before is added.
    expect(sentFor(server, 'slow.evil.test')).toBeLessThanOrEqual(300 * 1.5 + 16);
  });

  it('that never answers causes at most six datagrams for one query of 2.5 s', async () => {
    const { server, resolver } = await openLab([SILENT]);
    await timeFast(resolver, 16);
    const { all } = flood(resolver, 'silent.evil.test', 20, 2600);
    for (const looked of await all) expect(looked).toMatchObject({ status: 'failed', reason: 'timeout' });
    // Each lookup has two queries of half its time.
    expect(sentFor(server, 'silent.evil.test')).toBeLessThanOrEqual(20 * 2 * 5);
  });

  it('does not delay other names by names that are slow or never answered', async () => {
    const { resolver } = await openLab([SLOW, SILENT]);
    const floods = ['slow.evil.test', 'silent.evil.test'].map((name) => flood(resolver, name, 300, 9000));
    const times = await timeFast(resolver, 20);
    for (const { stop } of floods) stop();
    await Promise.all(floods.map(({ all }) => all));
    // Far below the seconds for which the flood stays open.
    expect(times[10]).toBeLessThan(500);
  });

  it('makes no name fail, because estimates control only repeats', async () => {
    const { resolver } = await openLab([SLOW]);
    // After many immediate answers the estimate is at its minimum, far below the time of this name.
    await timeFast(resolver, 80);
    const { all } = flood(resolver, 'slow.evil.test', 40, 9000);
    for (const looked of await all) expect(looked).toMatchObject({ status: 'answered' });
  });

  it('does not prevent the repeat of a lost datagram of another name', async () => {
    const { server, resolver } = await openLab([SLOW, { name: 'fast.test', silent: true, times: 1 }]);
    for (let round = 0; round < 2; round++) await flood(resolver, 'slow.evil.test', 100, 9000).all;
    const other = flood(resolver, 'slow.evil.test', 100, 9000);
    const start = performance.now();
    const looked = await resolver.lookup('fast.test', 'A', inMs(9000));
    const took = performance.now() - start;
    other.stop();
    await other.all;
    expect(looked).toMatchObject({ status: 'answered' });
    expect(sentFor(server, 'fast.test')).toBeGreaterThanOrEqual(2);
    expect(took).toBeLessThan(2400);
  });
});
