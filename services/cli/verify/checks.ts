import { randomBytes, randomUUID } from 'node:crypto';
import {
  type Accepted,
  createMpicClient,
  type Decided,
  type MpicClient,
  type RawRequest,
} from '../../../shared/client/index.ts';
import type { MpicRequest } from '../../../shared/contract/api/request-body.ts';
import type { MpicResponse } from '../../../shared/contract/api/response-schema.ts';
import { judgeCaaForbidden, judgeDcvBad, judgeGood } from './judge-answer.ts';
import {
  demandLocation,
  judgePerspectives,
  judgeProblem,
  judgeRefused,
  judgeSameJob,
} from './judge-service.ts';
import { DCV_PREFIX, type VerifyOptions } from './options.ts';
import { fail, pass, skip, type Verdict } from './outcome.ts';
import { caaBody, dcvBody } from './requests.ts';

export interface Check {
  /** For machines; stays the same when the sentence is improved. */
  readonly name: string;
  /** What is true when it passes. */
  readonly sentence: string;
  /** May throw an MpicClientError or an Unexpected: then it has failed. */
  run(): Promise<Verdict>;
}

type Mode = 'sync' | 'async';

const MODES: readonly Mode[] = ['sync', 'async'];
const MODE_WORDS: Readonly<Record<Mode, string>> = { sync: 'synchronously', async: 'asynchronously' };

/** TLS BR 1.6.1 [definitions]: a Random Value has at least 112 bits. */
const CHALLENGE_BYTES = 24;

/** The longest answer that is read. One over 64 perspectives with all their evidence has its place in it. */
const MAX_ANSWER_BYTES = 4 * 64 * 1024;

/** What is checked, in the order in which a fault is found soonest. */
export function listChecks(options: VerifyOptions): readonly Check[] {
  const client = clientOf(options, options.key);
  return [
    check('healthy', 'the service says that it is healthy', () =>
      clientOf(options, null)
        .health()
        .then(() => pass()),
    ),
    check('perspectives', 'the perspectives are listed', async () =>
      judgePerspectives(await client.perspectives()),
    ),
    ...keyChecks(options),
    check('malformed', 'a body that is no JSON is refused', async () =>
      judgeProblem(await client.send(postOf('{"check_type":')), 400, 'request-validation-failed'),
    ),
    ...caaChecks(client, options),
    ...dcvChecks(client, options),
    ...idempotencyChecks(client, options),
    check('unknown-id', 'an id that nobody has is not found', async () =>
      judgeProblem(await client.send({ method: 'GET', path: `/mpic/${randomUUID()}` }), 404, 'not-found'),
    ),
  ];
}

function check(name: string, sentence: string, run: Check['run']): Check {
  return { name, sentence, run };
}

/** One try for each request: a service that works at the second one is not in order. */
function clientOf({ url, timeoutMs }: VerifyOptions, key: string | null): MpicClient {
  return createMpicClient({
    url,
    key,
    timeoutMs,
    tryTimeoutMs: timeoutMs,
    maxTries: 1,
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
}

function postOf(body: string, headers: Readonly<Record<string, string>> = {}, query = ''): RawRequest {
  return {
    method: 'POST',
    path: `/mpic${query}`,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  };
}

function keyChecks(options: VerifyOptions): readonly Check[] {
  const { key, permitted, caaDomains } = options;
  const ifKeyed = (other: string | null) => async (): Promise<Verdict> => {
    if (key === null) return skip('no key was given, so the service is taken to need none');
    const body = JSON.stringify(caaBody(permitted, caaDomains));
    return judgeRefused(await clientOf(options, other).send(postOf(body)));
  };
  return [
    check('without-key', 'a request without a key is refused', ifKeyed(null)),
    check('wrong-key', 'a request with a key that nobody has is refused', ifKeyed(randomUUID())),
  ];
}

function caaChecks(client: MpicClient, { url, permitted, forbidden, caaDomains }: VerifyOptions) {
  return [
    ...verdictChecks(client, url, {
      name: 'caa-permitted',
      sentence: `CAA of ${permitted} lets the CA issue`,
      body: () => caaBody(permitted, caaDomains),
      judge: judgeGood,
    }),
    ...verdictChecks(client, url, {
      name: 'caa-forbidden',
      sentence: `CAA of ${forbidden} forbids the CA to issue`,
      body: () => caaBody(forbidden, caaDomains),
      judge: judgeCaaForbidden,
    }),
  ];
}

function dcvChecks(client: MpicClient, { url, permitted, dns }: VerifyOptions): readonly Check[] {
  const bad = verdictChecks(client, url, {
    name: 'dcv-unpublished',
    sentence: `a random value is not found at ${DCV_PREFIX}.${permitted}`,
    body: () => dcvBody(permitted, randomBytes(CHALLENGE_BYTES).toString('base64url')),
    judge: judgeDcvBad,
  });
  if (dns === null)
    return [
      ...bad,
      check('dcv-published', 'a published value is found', async () =>
        skip('neither --dns-name nor --dns-value was given'),
      ),
    ];
  const good = verdictChecks(client, url, {
    name: 'dcv-published',
    sentence: `the given value is found at ${DCV_PREFIX}.${dns.name}`,
    body: () => dcvBody(dns.name, dns.value),
    judge: judgeGood,
  });
  return [...bad, ...good];
}

interface VerdictCheck {
  readonly name: string;
  readonly sentence: string;
  body(): MpicRequest;
  judge(answer: MpicResponse): Verdict;
}

/** The same request in both modes: they end in different functions of a deployment. */
function verdictChecks(client: MpicClient, url: string, of: VerdictCheck): readonly Check[] {
  return MODES.map((mode) =>
    check(`${of.name}-${mode}`, `${of.sentence}, ${MODE_WORDS[mode]}`, async () => {
      if (mode === 'async') {
        const onAccepted = (accepted: Accepted) => demandLocation(url, accepted);
        return of.judge(await client.check(of.body(), { async: true, onAccepted }));
      }
      const submitted = await client.submit(of.body());
      return submitted.status === 'decided' ? of.judge(submitted.response) : TOO_LATE;
    }),
  );
}

const TOO_LATE = fail(
  'a 202: the request was not decided within MPIC_REQUEST_TIMEOUT_MS',
  'cold starts, and perspectives without results',
);

/** One key for all of these checks: the second one needs what the first has left. */
function idempotencyChecks(client: MpicClient, options: VerifyOptions): readonly Check[] {
  const idempotencyKey = `mpic-verify-${randomUUID()}`;
  const body = caaBody(options.permitted, options.caaDomains);
  return [
    check('idempotent', 'the same Idempotency-Key and body are one job, in both modes', async () => {
      const first = await client.submit(body, { async: true, idempotencyKey });
      const second = await client.submit(body, { idempotencyKey });
      return second.status === 'decided' ? judgeSameJob(idOf(first), second.response.mpic_id) : TOO_LATE;
    }),
    check('key-reused', 'the same Idempotency-Key with another body is refused', async () => {
      await client.submit(body, { async: true, idempotencyKey });
      const other = JSON.stringify(caaBody(options.forbidden, options.caaDomains));
      const asked = postOf(other, { 'idempotency-key': idempotencyKey }, '?async=true');
      return judgeProblem(await client.send(asked), 422, 'idempotency-key-reused');
    }),
  ];
}

function idOf(submitted: Decided | Accepted): string {
  return submitted.status === 'decided' ? submitted.response.mpic_id : submitted.job.mpic_id;
}
