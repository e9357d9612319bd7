import { afterEach } from 'vitest';
import type { JobView } from '../../../shared/contract/api/response-schema.ts';
import { hashKey } from '../../../shared/contract/settings/api-keys.ts';
import { openRealTimeBench } from '../../support/bench.ts';
import { dnsOnly } from '../../support/network-view.ts';
import { SIX } from '../../support/perspectives.ts';
import { useHarness } from '../../support/use-harness.ts';
import { createZoneResolver, fails, issue, type Zone } from '../../support/zone-resolver.ts';
import { type Answering, type Gateway, startGateway } from './verify-gateway.ts';

export const KEY = 'k-5f0c2b7d9e81a3c4';
export const VALUE = 'rv-7f3c90e1b2d4a6f8091b';
const ZONE: Zone = {
  'permitted.test': [issue('ca.example')],
  'forbidden.test': [issue('other.example')],
  'broken.test': [fails('servfail')],
  '_dcv.permitted.test': [{ type: 'TXT', value: VALUE }],
  '_validation-contactemail.permitted.test': [
    { type: 'TXT', value: 'Hostmaster@permitted.test' },
    { type: 'TXT', value: 'mail me' },
  ],
  '_validation-contactemail.broken.test': [fails('servfail')],
};

/** Everything that could command a terminal: an escape sequence, a C1 control and a change of direction. */
export const HOSTILE = '\u001b]0;owned\u0007\u009b2J\u202egnp\r\n';
export const COMMANDS_A_TERMINAL = /(?![\n])[\p{Cc}\p{Cf}]/u;

export const ID = '4301fdfb-48b2-5dd8-8eab-c062feb7b587';

/** A request that runs, with one answer of a perspective that has a hostile name. */
export const RUNNING: JobView = {
  mpic_id: ID,
  checked_identifier: 'permitted.test',
  status: 'running',
  created_at: '2026-11-22T02:32:41.767Z',
  completed_at: null,
  usable_until: null,
  deadline: '2026-11-22T02:32:53.767Z',
  attempt: 1,
  progress: { expected: 6, received: 1 },
  perspectives: [
    {
      perspective_code: `us-east-1${HOSTILE}`,
      check_response: {
        check_completed: true,
        check_passed: true,
        errors: null,
        timestamp_ns: 1,
        check_type: 'caa',
        details: { caa_record_present: false, found_at: null, records_seen: null },
      },
    },
  ],
  response: null,
  late_results: [],
};

/** A service that accepts everything and decides nothing. */
export const neverDecides: Answering = (request) =>
  request.method === 'POST'
    ? Response.json(RUNNING, { status: 202, headers: { location: `/mpic/${ID}` } })
    : Response.json(RUNNING);

/** A service on loopback for every test of the suite; what was opened is closed after it. */
export function useAskedService() {
  const bed = useHarness(openRealTimeBench);
  const gateways: Gateway[] = [];
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
  });

  /** The service in this process, with `ZONE` as the DNS of every perspective. */
  async function startService(): Promise<Answering> {
    const { service } = await bed.start({
      config: { apiKeys: [{ name: 'ca', sha256: hashKey(KEY) }], caaDomains: ['ca.example'] },
      networkViews: new Map(SIX.map((code) => [code, dnsOnly(createZoneResolver(ZONE))])),
    });
    return (request) => service.api.request(request);
  }

  async function open(answering: Answering): Promise<Gateway> {
    const gateway = await startGateway(answering);
    gateways.push(gateway);
    return gateway;
  }

  /** A service whose bodies are kept, and come back changed. */
  async function openChanged(change: (body: string) => string = (body) => body) {
    const api = await startService();
    const bodies: string[] = [];
    const gateway = await open(async (request) => {
      const answer = await api(request);
      const body = change(await answer.text());
      bodies.push(body);
      return new Response(body, { status: answer.status, headers: answer.headers });
    });
    return { url: gateway.url, bodies };
  }

  return { startService, open, openChanged };
}
