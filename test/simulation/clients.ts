import { sleep } from '../../shared/ports/clock.ts';
import type { ClientPlan } from './plan.ts';
import type { AskApi, HttpAnswer, World } from './world/world.ts';

const ORIGIN = 'http://127.0.0.1';

/** Everything that one client does. */
export async function runClient(world: World, ask: AskApi, plan: ClientPlan): Promise<void> {
  const index = plan.id;
  const { clock } = world.outside;
  const random = world.network.stream(`client ${index}`);
  await sleep(clock, plan.at);
  let requestId: string | null = null;
  for (let tries = 0; tries < plan.tries && requestId === null; tries += 1) {
    const answer = await post(world, ask, index, plan);
    requestId = idIn(answer);
    if (requestId !== null || (answer !== null && answer.status >= 400 && answer.status < 500)) break;
    // As Retry-After says, plus a random time, so that clients do not retry at the same moment.
    await sleep(clock, 1000 + random.between(0, 1500));
  }
  if (requestId === null) return;
  const id = requestId;
  const reading = async () => {
    for (const { afterMs, waitSeconds, caller } of plan.reads) {
      await sleep(clock, afterMs);
      await get(world, ask, index, plan, { id, waitSeconds, caller });
    }
  };
  const repeating = async () => {
    for (const afterMs of plan.repeats) {
      await sleep(clock, afterMs);
      await post(world, ask, index, plan);
    }
  };
  await Promise.all([reading(), repeating()]);
}

function idIn(answer: HttpAnswer | null): string | null {
  if (answer?.status !== 200 && answer?.status !== 202) return null;
  return (answer.content as { readonly mpic_id: string }).mpic_id;
}

async function post(
  world: World,
  ask: AskApi,
  client: number,
  { caller, key, body, isAsync, patienceMs }: ClientPlan,
): Promise<HttpAnswer | null> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...(key === null ? {} : { 'idempotency-key': key }),
  };
  const request = new Request(`${ORIGIN}/mpic${isAsync ? '?async=true' : ''}`, {
    method: 'POST',
    headers,
    body,
  });
  const sentAt = world.time.elapsed;
  const answer = await hear(world, ask, request, caller, patienceMs);
  note(world, answer, { client, sentAt, caller, method: 'POST', key, body, requestId: null, isAsync });
  return answer;
}

async function get(
  world: World,
  ask: AskApi,
  client: number,
  { key, patienceMs }: ClientPlan,
  { id, waitSeconds, caller }: { readonly id: string; readonly waitSeconds: number; readonly caller: string },
): Promise<void> {
  const request = new Request(`${ORIGIN}/mpic/${id}${waitSeconds > 0 ? `?wait=${waitSeconds}` : ''}`);
  const sentAt = world.time.elapsed;
  const answer = await hear(world, ask, request, caller, patienceMs);
  note(world, answer, { client, sentAt, caller, method: 'GET', key, body: '', requestId: id, isAsync: true });
}

function hear(
  world: World,
  ask: AskApi,
  request: Request,
  caller: string,
  patienceMs: number,
): Promise<HttpAnswer | null> {
  return new Promise((resolve) => {
    let isOver = false;
    const end = (answer: HttpAnswer | null) => {
      if (isOver) return;
      isOver = true;
      cancel();
      resolve(answer);
    };
    const cancel = world.time.schedule(patienceMs, () => end(null));
    ask(request, caller, end);
  });
}

function note(
  { ledger, time, trace }: World,
  answer: HttpAnswer | null,
  asked: Omit<(typeof ledger.answers)[number], 'at' | 'status' | 'content' | 'isReplayed'>,
): void {
  const at = time.elapsed;
  const status = answer?.status ?? null;
  const isReplayed = answer?.headers.get('idempotency-replayed') === 'true';
  const content = answer?.content ?? null;
  trace.note(`${at.toFixed(2)} client ${asked.client} ${asked.method} ${status} ${summaryOf(content)}`);
  ledger.answers.push({ ...asked, at, status, content, isReplayed });
}

function summaryOf(content: unknown): string {
  const { mpic_id, is_valid, status, error } = (content ?? {}) as Record<string, unknown>;
  return `${mpic_id} ${is_valid} ${status} ${error}`;
}
