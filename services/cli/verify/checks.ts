import { randomBytes, randomUUID } from 'node:crypto';
import type { Deadline, Reply } from './client.ts';
import { get, type Mode, obtain, post, type Service } from './conversation.ts';
import { judgeCaaForbidden, judgeDcvBad, judgeGood, type Question } from './judge-answer.ts';
import {
  judgeHealth,
  judgeKeyReused,
  judgeMalformed,
  judgeNotFound,
  judgePerspectives,
  judgeRefused,
  judgeSameJob,
} from './judge-service.ts';
import { DCV_PREFIX, type VerifyOptions } from './options.ts';
import { skip, type Verdict } from './outcome.ts';
import { readReply } from './read-reply.ts';
import { caaBody, dcvBody, type RequestBody } from './requests.ts';
import { acceptedSchema, type MpicAnswer, mpicResponseSchema } from './wire.ts';

export interface Check {
  /** For machines; stays the same when the sentence is improved. */
  readonly name: string;
  /** What is true when it passes. */
  readonly sentence: string;
  run(deadline: Deadline): Promise<Verdict>;
}

const MODES: readonly Mode[] = ['sync', 'async'];
const MODE_WORDS: Readonly<Record<Mode, string>> = { sync: 'synchronously', async: 'asynchronously' };

/** TLS BR 1.6.1 [definitions]: a Random Value has at least 112 bits. */
const CHALLENGE_BYTES = 24;

/** What is checked, in the order in which a fault is found soonest. */
export function listChecks(options: VerifyOptions): readonly Check[] {
  const service: Service = options;
  return [
    doorCheck('healthy', 'the service says that it is healthy', (deadline) =>
      get({ ...service, key: null }, '/healthz', deadline).then(judgeHealth),
    ),
    doorCheck('perspectives', 'the perspectives are listed', (deadline) =>
      get(service, '/perspectives', deadline).then(judgePerspectives),
    ),
    ...keyChecks(service, options),
    doorCheck('malformed', 'a body that is no JSON is refused', (deadline) =>
      post(service, '{"check_type":', deadline).then(judgeMalformed),
    ),
    ...caaChecks(service, options),
    ...dcvChecks(service, options),
    ...idempotencyChecks(service, options),
    doorCheck('unknown-id', 'an id that nobody has is not found', (deadline) =>
      get(service, `/mpic/${randomUUID()}`, deadline).then(judgeNotFound),
    ),
  ];
}

function doorCheck(name: string, sentence: string, run: Check['run']): Check {
  return { name, sentence, run };
}

function keyChecks(service: Service, options: VerifyOptions): readonly Check[] {
  const ask = (key: string | null, deadline: Deadline): Promise<Reply> =>
    post({ ...service, key }, caaBody(options.permitted, options.caaDomains), deadline);
  const ifKeyed = async (judge: () => Promise<Verdict>): Promise<Verdict> =>
    service.key === null ? skip('no key was given, so the service is taken to need none') : judge();
  return [
    doorCheck('without-key', 'a request without a key is refused', (deadline) =>
      ifKeyed(async () => judgeRefused(await ask(null, deadline))),
    ),
    doorCheck('wrong-key', 'a request with a key that nobody has is refused', (deadline) =>
      ifKeyed(async () => judgeRefused(await ask(randomUUID(), deadline))),
    ),
  ];
}

function caaChecks(service: Service, { permitted, forbidden, caaDomains }: VerifyOptions): readonly Check[] {
  return [
    ...verdictChecks(service, {
      name: 'caa-permitted',
      sentence: `CAA of ${permitted} lets the CA issue`,
      question: { checkType: 'caa', target: permitted },
      body: () => caaBody(permitted, caaDomains),
      judge: judgeGood,
    }),
    ...verdictChecks(service, {
      name: 'caa-forbidden',
      sentence: `CAA of ${forbidden} forbids the CA to issue`,
      question: { checkType: 'caa', target: forbidden },
      body: () => caaBody(forbidden, caaDomains),
      judge: judgeCaaForbidden,
    }),
  ];
}

function dcvChecks(service: Service, { permitted, dns }: VerifyOptions): readonly Check[] {
  const bad = verdictChecks(service, {
    name: 'dcv-unpublished',
    sentence: `a random value is not found at ${DCV_PREFIX}.${permitted}`,
    question: { checkType: 'dcv', target: permitted },
    body: () => dcvBody(permitted, randomBytes(CHALLENGE_BYTES).toString('base64url')),
    judge: judgeDcvBad,
  });
  if (dns === null)
    return [
      ...bad,
      doorCheck('dcv-published', 'a published value is found', async () =>
        skip('neither --dns-name nor --dns-value was given'),
      ),
    ];
  const good = verdictChecks(service, {
    name: 'dcv-published',
    sentence: `the given value is found at ${DCV_PREFIX}.${dns.name}`,
    question: { checkType: 'dcv', target: dns.name },
    body: () => dcvBody(dns.name, dns.value),
    judge: judgeGood,
  });
  return [...bad, ...good];
}

interface VerdictCheck {
  readonly name: string;
  readonly sentence: string;
  readonly question: Question;
  body(): RequestBody;
  judge(question: Question, answer: MpicAnswer): Verdict;
}

/** The same request in both modes: they end in different functions of a deployment. */
function verdictChecks(service: Service, check: VerdictCheck): readonly Check[] {
  return MODES.map((mode) => ({
    name: `${check.name}-${mode}`,
    sentence: `${check.sentence}, ${MODE_WORDS[mode]}`,
    async run(deadline) {
      const answer = await obtain(service, mode, check.body(), deadline);
      return answer.ok ? check.judge(check.question, answer.value) : answer.failure;
    },
  }));
}

/** One key for all of these checks: the second one needs what the first has left. */
function idempotencyChecks(service: Service, options: VerifyOptions): readonly Check[] {
  const headers = { 'idempotency-key': `mpic-verify-${randomUUID()}` };
  const body = caaBody(options.permitted, options.caaDomains);
  return [
    doorCheck(
      'idempotent',
      'the same Idempotency-Key and body are one job, in both modes',
      async (deadline) => {
        const first = await post(service, body, deadline, { mode: 'async', headers });
        const accepted = readReply(first, [202], acceptedSchema);
        if (!accepted.ok) return accepted.failure;
        const second = await post(service, body, deadline, { headers });
        const repeated = readReply(second, [200], mpicResponseSchema);
        return repeated.ok ? judgeSameJob(accepted.value.mpic_id, repeated.value.mpic_id) : repeated.failure;
      },
    ),
    doorCheck('key-reused', 'the same Idempotency-Key with another body is refused', async (deadline) => {
      const first = await post(service, body, deadline, { mode: 'async', headers });
      const accepted = readReply(first, [202], acceptedSchema);
      if (!accepted.ok) return accepted.failure;
      const other = caaBody(options.forbidden, options.caaDomains);
      return judgeKeyReused(await post(service, other, deadline, { mode: 'async', headers }));
    }),
  ];
}
