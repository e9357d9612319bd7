import { createHash } from 'node:crypto';
// Loaded by the checks that need it, which takes no virtual time and so might come too late.
import '../../../shared/domain/dcv/tls-alpn/judge.ts';
import { openEmbeddedBench } from '../../support/bench.ts';
import { type Harness, startHarness } from '../../support/harness.ts';
import { AN_ORDINARY_NOON } from '../../support/use-harness.ts';
import { createSeededIds, type SeededIds } from './seeded-ids.ts';
import { createView } from './sight.ts';
import { type Ask, CODES, type WireCase } from './wire-case.ts';

/** What callers can rely on; dates and lengths come from servers that are not ours. */
const HEADERS = [
  'allow',
  'cache-control',
  'content-type',
  'idempotency-replayed',
  'location',
  'mpic-id',
  'preference-applied',
  'retry-after',
  'vary',
  'www-authenticate',
];

/** Longer bodies of requests are recorded as their SHA-256. */
const MAX_RECORDED_CHARACTERS = 4096;

export interface Exchange {
  readonly request: { readonly line: string; readonly headers: Ask['headers']; readonly body: string | null };
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The octets, as text. */
  readonly body: string;
}

export interface Played {
  readonly exchanges: readonly Exchange[];
  /** Audit records by their ids, those of start and stop only where the case wants them. */
  readonly audit: readonly unknown[];
  /** Completion events by their ids. */
  readonly events: readonly unknown[];
}

/** Run a case on a service of its own, in virtual time. */
export async function play(wireCase: WireCase): Promise<Played> {
  const bench = await openEmbeddedBench(wireCase.startsAt ?? AN_ORDINARY_NOON);
  const clock = bench.time.createClock();
  const ids = createSeededIds(clock.now);
  const networkViews = viewsOf(wireCase);
  const harness = await startHarness(bench, {
    ...wireCase.service?.(),
    ...(networkViews === null ? {} : { networkViews }),
    clock,
    ids,
    instance: 'wire-recording',
  });
  const exchanges = await askAll(harness, ids, wireCase);
  const settled = wireCase.quotesEngine ? exchanges.map(withoutEngineWords) : exchanges;
  // Whatever is late has its time.
  await harness.advance(3 * harness.attemptMs);
  await harness.stop();
  await bench.close();
  return {
    exchanges: settled,
    audit: bench.audit.records
      .filter((record) => 'mpic_id' in record || wireCase.withProcess)
      .sort(by(({ record_id: recordId }) => recordId)),
    events: [...bench.events].sort(by(({ event_id: eventId }) => eventId)),
  };
}

function viewsOf({ sees, butSees = {} }: WireCase) {
  if (sees === undefined) return null;
  return new Map(CODES.map((code) => [code, createView(butSees[code] ?? sees)]));
}

async function askAll(harness: Harness, ids: SeededIds, { steps }: WireCase): Promise<readonly Exchange[]> {
  const exchanges: Promise<Exchange>[] = [];
  for (const step of steps) {
    if (step.do === 'pass') {
      await harness.advance(step.ms);
      continue;
    }
    const known = await Promise.all(exchanges.map((exchange) => Promise.race([exchange, null])));
    ids.begin(exchanges.length);
    const exchange = send(harness, withIds(step.ask, known));
    exchanges.push(exchange);
    if (step.do === 'ask') await harness.until(exchange);
  }
  return harness.until(Promise.all(exchanges));
}

/** `{n}` in a path is the id of the n-th answer. */
function withIds(ask: Ask, known: readonly (Exchange | null)[]): Ask {
  const path = ask.path.replace(/\{(\d+)\}/g, (_, index) => {
    const body: unknown = JSON.parse(known[Number(index)]?.body ?? '{}');
    return String((body as { mpic_id?: string }).mpic_id);
  });
  return { ...ask, path };
}

async function send({ service }: Harness, { method, path, headers, body }: Ask): Promise<Exchange> {
  const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body: asBody(body) }) };
  const response = await service.api.request(`http://127.0.0.1${path}`, init);
  const octets = new Uint8Array(await response.arrayBuffer());
  return {
    request: { line: `${method} ${path}`, headers, body: body === undefined ? null : describeBody(body) },
    status: response.status,
    headers: Object.fromEntries(
      HEADERS.flatMap((name): [string, string][] => {
        const value = response.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    ),
    body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets),
  };
}

/** Node 20 says "at position 1", later ones add the line and the column: the engine's words are not ours to keep. */
function withoutEngineWords(exchange: Exchange): Exchange {
  return { ...exchange, body: exchange.body.replaceAll(/ \(line \d+ column \d+\)/g, '') };
}

function asBody(body: string | Uint8Array): NonNullable<RequestInit['body']> {
  return typeof body === 'string' ? body : Buffer.from(body);
}

function describeBody(body: string | Uint8Array): string {
  if (body.length > MAX_RECORDED_CHARACTERS)
    return `sha256 ${createHash('sha256').update(body).digest('hex')} of ${body.length}`;
  return typeof body === 'string' ? body : `base64 ${Buffer.from(body).toString('base64')}`;
}

function by<Item>(key: (item: Item) => string) {
  return (one: Item, other: Item): number => (key(one) < key(other) ? -1 : 1);
}
