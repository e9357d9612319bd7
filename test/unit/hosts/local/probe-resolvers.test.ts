import { afterEach, expect, it } from 'vitest';
import { probeResolvers } from '../../../../services/hosts/local/probe-resolvers.ts';
import { createStubResolver } from '../../../../shared/adapters/dns/stub/stub-resolver.ts';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import { type LabServer, type LabView, startDnsServer } from '../../../lab/dns/dns-server.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

const NAME = 'control.test';
const open: LabServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function probe(view: LabView, { times = 1, isClosed = false } = {}) {
  const server = await startDnsServer(view);
  if (isClosed) await server.close();
  else open.push(server);
  const mode = `${server.address}:${server.port}`;
  const views = Array.from({ length: times }, () => ({
    resolver: createStubResolver({ mode, servers: [server], queryTimeoutMs: 300 }),
  }));
  const log = createRecordingLog();
  await probeResolvers(views, { controlName: NAME, dnsTimeoutMs: 300 }, systemClock, log);
  return { mode, server, warnings: log.entries.filter(({ event }) => event === 'resolver_silent') };
}

it.each<{ name: string; view: LabView; isClosed?: boolean }>([
  { name: 'is not there', view: { records: [] }, isClosed: true },
  { name: 'never answers', view: { records: [], scripts: [{ name: '*', silent: true }] } },
])('warns once about a resolver that $name, and names it', async ({ view, isClosed = false }) => {
  const { mode, warnings } = await probe(view, { times: 6, isClosed });
  expect(warnings).toEqual([
    {
      level: 'warn',
      event: 'resolver_silent',
      fields: { resolver: mode, reason: expect.stringContaining(mode), meaning: expect.any(String) },
    },
  ]);
});

it.each<{ name: string; view: LabView }>([
  { name: 'an answer', view: { records: [{ name: NAME, type: 'CAA', values: ['0 issue ";"'] }] } },
  { name: 'a denial', view: { records: [{ name: 'other.test', type: 'A', values: ['192.0.2.1'] }] } },
  { name: 'SERVFAIL', view: { records: [], scripts: [{ name: '*', rcode: 'servfail' }] } },
  { name: 'REFUSED', view: { records: [], scripts: [{ name: '*', rcode: 'refused' }] } },
])('takes $name as a sign of life', async ({ view }) => {
  expect((await probe(view)).warnings).toEqual([]);
});

it('asks a resolver that several perspectives share only once', async () => {
  const { server } = await probe({ records: [] }, { times: 6 });
  expect(new Set(server.queries().map(({ name }) => name))).toEqual(new Set([NAME]));
  expect(server.queries().length).toBeLessThan(6);
});

it('does not ask an unbound of this service, which has answered already', async () => {
  const lookup = () => Promise.reject(new Error('asked'));
  const views = [{ resolver: { mode: 'unbound 1.22.0 127.0.0.1:5353', lookup } }];
  const log = createRecordingLog();
  await probeResolvers(views, { controlName: NAME, dnsTimeoutMs: 300 }, systemClock, log);
  expect(log.entries).toEqual([]);
});
