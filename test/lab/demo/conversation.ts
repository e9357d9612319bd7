import type { AcceptedBody, JobView, MpicResponse } from '../../../shared/contract/api/response-schema.ts';
import { describeVerdict, exchange, post } from './ask.ts';
import { pc } from './colours.ts';
import type { DemoService } from './demo-service.ts';
import { heading, mark, paragraph } from './render.ts';
import { CA_DOMAIN, LATE_MS } from './world.ts';

type Write = (text: string) => void;

/** How long to look for something that is known to come soon. */
const PATIENCE_MS = 3000;
const PAUSE_MS = 50;
/** When to look at a running request: the quick perspectives have answered, the verdict is not out yet. */
const GLANCE_MS = 100;

const LATE_REQUEST = { check_type: 'caa', domain_or_ip_target: 'late.test' };
const KEY = 'order-4711/shop.test';

/** A line of a dialogue: what was sent, what came back, and whether that is right. */
function line(write: Write, right: boolean, sent: string, answer: string): boolean {
  write(`  ${mark(right)}  ${sent.padEnd(34)} ${pc.dim('→')} ${answer}\n`);
  return right;
}

/** The same service for a client that would rather not wait. @returns whether all went as it should. */
export async function showAsync({ url }: DemoService, write: Write): Promise<boolean> {
  write(heading('Asking without waiting'));
  write(
    paragraph(
      'POST answers 202 as soon as the request is stored; the verdict is collected, or comes as an event. ' +
        `Asked about late.test, where one perspective takes ${LATE_MS / 1000} s:`,
    ),
  );
  const accepted = await post<AcceptedBody>(`${url}/mpic?async=true`, LATE_REQUEST);
  const location = accepted.headers.get('location') ?? '';
  const job = `GET /mpic/${shorten(accepted.body.mpic_id)}`;
  const results = [
    line(
      write,
      accepted.status === 202 && location.length > 0,
      'POST /mpic?async=true',
      `${accepted.status}, location: /mpic/${shorten(accepted.body.mpic_id)}, after ${accepted.milliseconds.toFixed(1)} ms`,
    ),
  ];
  await pause(GLANCE_MS);
  const early = await exchange<JobView>(url + location);
  results.push(line(write, early.status === 200, job, describeJob(early.body)));

  const ended = await exchange<JobView>(`${url}${location}?wait=10`);
  const { response } = ended.body;
  results.push(line(write, response?.is_valid === true, `${job}?wait=10`, describeJob(ended.body)));

  const late = await pollUntil(url + location, ({ late_results }) => late_results.length > 0);
  const from = late?.late_results.map(({ perspective_code }) => perspective_code).join(', ');
  results.push(
    line(
      write,
      late !== null,
      `${job} later`,
      `the same, and late_results: ${from ?? 'none'}; kept, not counted`,
    ),
  );
  return results.every(Boolean);
}

function describeJob({ status, progress, response }: JobView): string {
  const heard = `${progress.received} of ${progress.expected} heard`;
  if (response === null) return `${status}, ${heard}`;
  return `${status}, ${describeVerdict(response.is_valid, response.baseline_requirements.quorum)}, ${heard}`;
}

async function pollUntil(url: string, found: (job: JobView) => boolean): Promise<JobView | null> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpAt) {
    const { body } = await exchange<JobView>(url);
    if (found(body)) return body;
    await pause(PAUSE_MS);
  }
  return null;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A client that lost the answer asks again. @returns whether all went as it should. */
export async function showIdempotency(service: DemoService, write: Write): Promise<boolean> {
  const { url } = service;
  write(heading('Asking twice'));
  write(
    paragraph(
      'With an Idempotency-Key a repeated request is the same job: same id, same verdict, and nobody looks again.',
    ),
  );
  const body = {
    check_type: 'caa',
    domain_or_ip_target: 'shop.test',
    caa_check_parameters: { caa_domains: [CA_DOMAIN] },
  };
  const send = async (sent: typeof body) => {
    const target = sent.domain_or_ip_target;
    const before = service.countQueries(target);
    const answer = await post<MpicResponse>(`${url}/mpic`, sent, { 'idempotency-key': KEY });
    return { ...answer, queries: service.countQueries(target) - before };
  };
  const first = await send(body);
  const second = await send(body);
  const other = await send({ ...body, domain_or_ip_target: 'locked.test' });
  const describe = ({ status, body: { mpic_id }, queries }: typeof first) =>
    `${status}, mpic_id ${shorten(mpic_id)}, ${queries} DNS queries`;
  const same = second.body.mpic_id === first.body.mpic_id && second.queries === 0;
  return [
    line(write, first.status === 200 && first.queries > 0, 'POST /mpic, a key', describe(first)),
    line(write, second.status === 200 && same, 'POST /mpic, same key, same body', describe(second)),
    line(write, other.status === 422, 'POST /mpic, same key, other body', `${other.status}, refused`),
  ].every(Boolean);
}

/** Ids of version 7 begin with the time, so it is their end that tells them apart. */
function shorten(id: string): string {
  return `…${id.slice(-12)}`;
}
