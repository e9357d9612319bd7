import { setTimeout as pause } from 'node:timers/promises';
import { type Asked, ask, type Deadline, type Reply } from './client.ts';
import { resolveLocation } from './location.ts';
import { fail } from './outcome.ts';
import { type Reading, readReply } from './read-reply.ts';
import {
  acceptedSchema,
  type JobAnswer,
  jobViewSchema,
  type MpicAnswer,
  mpicResponseSchema,
} from './wire.ts';

export type Mode = 'sync' | 'async';

/** Whom to ask, and as whom. */
export interface Service {
  readonly url: string;
  readonly key: string | null;
}

/** Longest wait of one request, seconds: a REST API of API Gateway ends each after 29. */
const MAX_WAIT_S = 20;
/** Time for an answer on its way when the deadline is near. */
const TRAVEL_MS = 500;
/** Pause before asking again, so that a server that ignores `wait` is not flooded. */
const PAUSE_MS = 250;

export function get(service: Service, path: string, deadline: Deadline): Promise<Reply> {
  return send(service, { method: 'GET', url: `${service.url}${path}` }, deadline);
}

export function post(
  service: Service,
  body: unknown,
  deadline: Deadline,
  { mode = 'sync', headers = {} }: { mode?: Mode; headers?: Readonly<Record<string, string>> } = {},
): Promise<Reply> {
  return send(
    service,
    {
      method: 'POST',
      url: submitUrl(service, mode),
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    },
    deadline,
  );
}

/** The verdict on `body`: from the answer itself, or collected where a 202 says that it will be. */
export async function obtain(
  service: Service,
  mode: Mode,
  body: unknown,
  deadline: Deadline,
): Promise<Reading<MpicAnswer>> {
  const reply = await post(service, body, deadline, { mode });
  if (mode === 'async') return collect(service, reply, deadline);
  if (reply.kind === 'answer' && reply.status === 202)
    return {
      ok: false,
      failure: fail(
        'a 202: the request was not decided within MPIC_REQUEST_TIMEOUT_MS',
        'cold starts, and perspectives without results',
      ),
    };
  return readReply(reply, [200], mpicResponseSchema);
}

function submitUrl({ url }: Service, mode: Mode): string {
  return `${url}/mpic${mode === 'async' ? '?async=true' : ''}`;
}

function send({ key }: Service, asked: Asked, deadline: Deadline): Promise<Reply> {
  const headers = { ...(key === null ? {} : { 'x-api-key': key }), ...asked.headers };
  return ask({ ...asked, headers }, key, deadline);
}

/** Follow the `Location` of a 202 until the request is completed or the time is over. */
async function collect(service: Service, reply: Reply, deadline: Deadline): Promise<Reading<MpicAnswer>> {
  const accepted = readReply(reply, [202], acceptedSchema);
  if (!accepted.ok) return accepted;
  const location = reply.kind === 'answer' ? reply.location : null;
  const place = resolveLocation(service.url, submitUrl(service, 'async'), location);
  if (!place.ok) return place;

  let last: JobAnswer | null = null;
  while (deadline.remainingMs() > TRAVEL_MS) {
    place.value.searchParams.set('wait', String(waitSeconds(deadline)));
    const answer = await send(service, { method: 'GET', url: place.value.href }, deadline);
    const job = readReply(answer, [200], jobViewSchema);
    if (!job.ok) return job;
    last = job.value;
    const read = readJob(last, accepted.value.mpic_id);
    if (read !== null) return read;
    await pause(PAUSE_MS);
  }
  return { ok: false, failure: neverCompleted(last, deadline) };
}

function waitSeconds(deadline: Deadline): number {
  return Math.max(0, Math.min(MAX_WAIT_S, Math.floor((deadline.remainingMs() - TRAVEL_MS) / 1000)));
}

/** The answer of a job, or why there will be none; null while it runs. */
function readJob({ mpic_id: id, status, response }: JobAnswer, wanted: string): Reading<MpicAnswer> | null {
  if (id !== wanted || (response !== null && response.mpic_id !== wanted))
    return {
      ok: false,
      failure: fail(
        'the job of another request',
        'what stands between: a cache must not answer GET /mpic/<id>',
      ),
    };
  if (status === 'running') return null;
  if (response !== null) return { ok: true, value: response };
  return {
    ok: false,
    failure: fail('status completed without a response', 'which version of the service is deployed there'),
  };
}

function neverCompleted(last: JobAnswer | null, { timeoutMs }: Deadline) {
  const progress = last === null ? '' : `, ${last.progress.received} of ${last.progress.expected} results in`;
  return fail(
    `a 202, and no verdict within ${timeoutMs} ms${progress}`,
    'the queues of deadlines and wake-ups, their dead-letter queues and the log of the decision function',
  );
}
