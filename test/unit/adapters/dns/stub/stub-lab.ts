import type { ServerAddress } from '../../../../../shared/adapters/dns/stub/server-address.ts';
import {
  createStubResolver,
  type StubResolverOptions,
} from '../../../../../shared/adapters/dns/stub/stub-resolver.ts';
import type { Lookup, RecordType } from '../../../../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../../../../shared/ports/resolver.ts';
import { type LabServer, type LabView, startDnsServer } from '../../../../lab/dns/dns-server.ts';
import type { LabScript } from '../../../../lab/dns/lab-script.ts';
import { parseZoneText } from '../../../../lab/dns/zone.ts';

const records = parseZoneText(`
  ok.test 120 CAA 0 issue "ca.example"
  ok.test 120 TXT "one " "two"
  ok.test 120 TXT "three"
  ok.test 120 A 192.0.2.1
  ok.test 120 AAAA 2001:db8::1
  1.2.0.192.in-addr.arpa 120 PTR Host.Example.test
  www.test 60 CNAME OK.test
  d.test 50 DNAME ok.test
  x.ok.test 40 TXT "below"
  gone.test CNAME nowhere.example
  nodata.test CNAME a.deep.example
  b.a.deep.example TXT "in between"
  loop.test CNAME pool.test
  pool.test CNAME loop.test

`);
const chain = Array.from({ length: 12 }, (_, index) => {
  return { name: `c${index}.test`, type: 'CNAME', values: [`c${index + 1}.test`], ttl: 100 + index };
});
const bigSet = {
  name: 'big.test',
  type: 'CAA',
  values: Array.from({ length: 1000 }, (_, index) => `0 issue "ca${index}.example"`),
};
const raw = (name: string, type: string, hex: string) => ({
  name,
  type,
  values: [`\\# ${hex.length / 2} ${hex}`],
});
/** The DNS data for the tests of the stub resolver. */
export const view: LabView = {
  records: [
    ...records,
    ...chain,
    { name: 'c12.test', type: 'CAA', values: ['0 issue "end.example"'] },
    bigSet,
    raw('three-octets.test', 'A', '010203'),
    raw('caa-past.test', 'CAA', `0009${Buffer.from('issue').toString('hex')}`),
  ],
};

type Options = Omit<StubResolverOptions, 'mode' | 'servers'>;

export function resolverAt(servers: readonly ServerAddress[], options: Options = {}): Resolver {
  return createStubResolver({ mode: 'lab', servers, ...options });
}

/** A deadline `ms` from now. */
export function soon(ms = 4000): number {
  return performance.now() + ms;
}

/** Run `use` with a server that has {@link view} and `scripts`. */
export async function withServer<T>(
  scripts: readonly LabScript[],
  use: (server: LabServer) => Promise<T>,
): Promise<T> {
  const server = await startDnsServer({ ...view, scripts });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

/** One lookup at a server with `scripts`, and the queries that it sent. */
export function ask(
  name: string,
  {
    type = 'CAA',
    scripts = [],
    timeoutMs = 4000,
    ...options
  }: Options & { type?: RecordType; scripts?: readonly LabScript[]; timeoutMs?: number } = {},
): Promise<{ lookup: Lookup; sent: readonly string[] }> {
  return withServer(scripts, async (server) => {
    const lookup = await resolverAt([server], options).lookup(name, type, soon(timeoutMs));
    return { lookup, sent: server.queries().map((query) => `${query.transport} ${query.name}`) };
  });
}
