import type { Command } from 'commander';
import type {
  CheckOptions,
  MpicClient,
  MpicResponse,
  PerspectivesBody,
} from '../../../shared/client/index.ts';
import { MpicClientError } from '../../../shared/client/index.ts';
import { toPrintableJson } from '../../../shared/contract/api/printable-json.ts';
import type { MpicRequest } from '../../../shared/contract/api/request-body.ts';
import { define, EXIT, type Io, option, UsageError } from '../shell/command.ts';
import { numberFrom, toggle } from '../shell/values.ts';
import { buildRequest, REQUEST_OPTIONS } from './build-request.ts';
import {
  CONNECTION_OPTIONS,
  createAnswerKeeper,
  MAX_WAIT_S,
  MS_PER_SECOND,
  withService,
} from './connection.ts';
import { findExplanation, renderFirstCause } from './explanation.ts';
import { PARAMETER_OPTIONS } from './parameters.ts';
import { createProgress } from './progress.ts';
import { exitStatusOf, renderVerdict } from './verdict.ts';

const OPTIONS = {
  ...REQUEST_OPTIONS,
  ...CONNECTION_OPTIONS,
  json: option('', 'print the answer of the service as it is', toggle),
  async: option('', 'have the request accepted, and print its id', toggle),
  wait: option('<s>', 'longest time until the verdict, seconds', numberFrom(1, MAX_WAIT_S).default(60)),
};

const EXAMPLES = [
  'mpic check example.com --caa-domains ca.example',
  'mpic check example.com --method dns-change --dns-record-type TXT --challenge-value rv-7f3c90e1b2d4a6f8091b',
  'mpic check cdn.example --method acme-dns-01 --key-authorization-hash LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564 ' +
    '--applied-for www.shop.example --adn-steps cname:shop.cdn.example,prune:cdn.example --order-reference 4711',
  'mpic check example.com --url "$(npx mpic deployment url)" --key-file key.txt --json',
];

/** `mpic check <target>`: ask what a CA would ask, and show what each perspective said. */
export function defineCommand(command: Command, io: Io): void {
  command
    .description(
      'Check a name or an address: CAA, or with --method control over it. Exit status 0 when it is valid, 1 when it is not, 2 when ' +
        'that could not be told. Parameters are those of docs/methods.md; with --url the API key is read from --key-file or from ' +
        'MPIC_KEY in the environment: command lines can be read by every user of the machine.',
    )
    .argument('<target>', 'domain name, *.name or IP address');
  define(command, { ...OPTIONS, ...PARAMETER_OPTIONS }, EXAMPLES, (values, [target = '']) => {
    const request = buildRequest(target, values, pickParameters(values));
    if (values.async && values.url === undefined)
      throw new UsageError('--async needs --url: a service that runs for this command ends with it');
    return withService(values, io, (client, signal) => {
      const call = { signal, timeoutMs: values.wait * MS_PER_SECOND };
      if (values.async) return accept(client, request, { ...call, json: values.json }, io);
      const ask: AskOnce = (options) => client.check(request, options);
      return values.json ? checkAsJson(ask, call, io) : checkForPeople(client, ask, call, io);
    });
  });
}

/** Of the options of a command, those that are parameters of the check. */
export function pickParameters(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => Object.hasOwn(PARAMETER_OPTIONS, name)),
  );
}

/** Asks for one verdict. */
export type AskOnce = (options: CheckOptions) => Promise<MpicResponse>;

export interface Call {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

async function accept(
  client: MpicClient,
  request: MpicRequest,
  { json, ...call }: Call & { readonly json: boolean },
  io: Io,
): Promise<number> {
  const answer = createAnswerKeeper();
  const submitted = await client.submit(request, { ...call, async: true, onText: answer.onText });
  const id = submitted.status === 'accepted' ? submitted.job.mpic_id : submitted.response.mpic_id;
  io.out(json ? `${answer.printable()}\n` : `${id}\n`);
  return EXIT.ok;
}

/** The answer as it came; of one that had to be waited for, the same out of the view of the request. */
export async function checkAsJson(ask: AskOnce, call: Call, io: Io): Promise<number> {
  const answer = createAnswerKeeper();
  const response = await ask({ ...call, onText: answer.onText });
  const body = JSON.parse(answer.text) as { readonly response?: unknown };
  io.out(`${body.response === undefined ? answer.printable() : toPrintableJson(body.response)}\n`);
  return exitStatusOf(response);
}

/** The verdict with the progress towards it. */
export async function checkForPeople(client: MpicClient, ask: AskOnce, call: Call, io: Io): Promise<number> {
  const progress = createProgress(io);
  let id = '';
  try {
    const response = await ask({
      ...call,
      async: true,
      onAccepted: ({ job }) => {
        id = job.mpic_id;
      },
      onProgress: (view) => progress.update(view),
    });
    progress.end();
    return await showVerdict(client, response, call, io);
  } catch (error) {
    progress.end();
    if (error instanceof MpicClientError && error.kind === 'undecided') io.error(`its id is ${id}\n`);
    throw error;
  }
}

/**
 * Prints the verdict, with the places of its perspectives where the service tells them, and of one that is not valid the
 * most likely cause; gives the exit status.
 */
export async function showVerdict(
  client: MpicClient,
  response: MpicResponse,
  { signal }: Pick<Call, 'signal'>,
  io: Io,
): Promise<number> {
  io.out(renderVerdict(response, await findPlaces(client, signal)));
  const explanation = response.is_valid ? null : await findExplanation(client, response, signal);
  if (explanation !== null) io.out(renderFirstCause(explanation));
  return exitStatusOf(response);
}

/** Without the list of perspectives the verdict is shown all the same. */
async function findPlaces(client: MpicClient, signal: AbortSignal): Promise<PerspectivesBody | null> {
  try {
    return await client.perspectives({ signal, timeoutMs: 5 * MS_PER_SECOND });
  } catch (error) {
    if (error instanceof MpicClientError) return null;
    throw error;
  }
}
