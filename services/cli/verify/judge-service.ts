import * as z from 'zod';
import type { Reply } from './client.ts';
import { show } from './explain.ts';
import { fail, pass, type Verdict } from './outcome.ts';
import { readReply } from './read-reply.ts';
import {
  acceptedSchema,
  healthSchema,
  mpicResponseSchema,
  perspectivesSchema,
  problemSchema,
  refusalSchema,
} from './wire.ts';

/** `GET /healthz`, which needs no key. */
export function judgeHealth(reply: Reply): Verdict {
  const read = readReply(reply, [200], healthSchema);
  return read.ok ? pass() : read.failure;
}

/** TLS BR 3.2.2.9 [mpic] never took fewer than two remote perspectives, on whatever date. */
const MIN_PERSPECTIVES = 2;

/** `GET /perspectives`: how many, in how many RIR regions, and whether they are a lab on one machine. */
export function judgePerspectives(reply: Reply): Verdict {
  const read = readReply(reply, [200], perspectivesSchema);
  if (!read.ok) return read.failure;
  const { perspectives, shared_host: sharedHost } = read.value;
  const codes = new Set(perspectives.map(({ code }) => code));
  if (codes.size < MIN_PERSPECTIVES)
    return fail(
      `${codes.size} perspectives: ${[...codes].map(show).join(', ')}`,
      'the perspectives of the deployed configuration',
    );
  const rirs = new Set(perspectives.map(({ rir }) => rir));
  const where = sharedHost ? 'all on one host, which is a lab' : 'not on one host';
  return pass(`${codes.size} in ${rirs.size} RIR regions, ${where}`);
}

/** A request that is to be turned away at the door. The gateway has its own form for that. */
export function judgeRefused(reply: Reply): Verdict {
  const read = readReply(reply, [401, 403], refusalSchema);
  if (read.ok) return pass(reply.kind === 'answer' ? `status ${reply.status}` : null);
  const isOpen = readReply(reply, [200, 202], z.union([mpicResponseSchema, acceptedSchema])).ok;
  return isOpen ? fail(read.failure.came, 'the keys: anybody can use this service') : read.failure;
}

export function judgeMalformed(reply: Reply): Verdict {
  return judgeProblem(reply, 400, 'request-validation-failed');
}

export function judgeKeyReused(reply: Reply): Verdict {
  return judgeProblem(reply, 422, 'idempotency-key-reused');
}

export function judgeNotFound(reply: Reply): Verdict {
  return judgeProblem(reply, 404, 'not-found');
}

/** The ids under which the same request was taken twice. */
export function judgeSameJob(first: string, second: string): Verdict {
  if (first === second) return pass();
  return fail(
    `two jobs, ${show(first)} and ${show(second)}`,
    'whether the header Idempotency-Key reaches the API function',
  );
}

function judgeProblem(reply: Reply, status: number, code: string): Verdict {
  const read = readReply(reply, [status], problemSchema);
  if (!read.ok) return read.failure;
  if (read.value.error === code) return pass();
  return fail(
    `status ${status} with the error ${show(read.value.error)} instead of ${code}`,
    'which version of the service is deployed there',
  );
}
