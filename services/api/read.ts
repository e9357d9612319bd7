import { explanationCodec } from '../../shared/contract/api/explanation.ts';
import { toJobView } from '../../shared/contract/api/response.ts';
import type { JobView } from '../../shared/contract/api/response-schema.ts';
import { jsonResponse } from './json-response.ts';
import { problemResponse } from './problems.ts';
import { YES } from './read-async.ts';
import type { RequestLife, RequestView } from './request-life.ts';

/** Longest wait of `GET /mpic/<id>?wait=`, seconds. */
export const MAX_WAIT_S = 25;

/** After how many seconds a client should ask again about a running request. */
const RETRY_AFTER_S = 1;

const NO_SUCH_REQUEST =
  "No request of yours has this id: it is unknown, no longer kept, or another caller's; take the mpic_id of an answer.";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * `GET /mpic/<id>`: how far the request is, and its answer once there is one. With `?wait=<seconds>` it answers when the
 * request ends or the time is over; with `?explain=true` it says why the check did not corroborate. A request of another
 * caller does not exist.
 *
 * @param newId an id for the answer that there is none: it is found in the log, and is not the id that was asked for
 */
export async function read(
  life: Pick<RequestLife, 'find' | 'view'>,
  request: Request,
  requestId: string,
  caller: string,
  newId: () => string,
): Promise<Response> {
  const first = UUID.test(requestId) ? await life.find(requestId) : null;
  if (first === null || first.caller !== caller)
    return problemResponse('not-found', newId(), NO_SUCH_REQUEST);
  const view = await life.view(first, readWait(request) * 1000, request.signal);
  const { record, results } = view;
  const headers = record.status === 'running' ? { 'retry-after': String(RETRY_AFTER_S) } : {};
  const body: JobView = {
    ...toJobView(record, results),
    ...(readExplain(request) ? await explained(view) : {}),
  };
  return jsonResponse(200, body, headers);
}

/** The rules are loaded only for a caller who asks: loading them would slow every cold start. */
async function explained({ record, results }: RequestView): Promise<Pick<JobView, 'explanation'>> {
  const { explainRequest } = await import('../../shared/domain/explain/explain-request.ts');
  return { explanation: explanationCodec.encode(explainRequest(record, results)) };
}

/** Whether an explanation is wanted; anything unreadable is no. */
function readExplain(request: Request): boolean {
  const given = new URL(request.url).searchParams.get('explain');
  return given !== null && YES.includes(given.toLowerCase());
}

/** Seconds asked for, between 0 and {@link MAX_WAIT_S}; anything unreadable is 0. */
function readWait(request: Request): number {
  const seconds = Number(new URL(request.url).searchParams.get('wait') ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_WAIT_S) : 0;
}
