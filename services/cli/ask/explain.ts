import type { Command } from 'commander';
import * as z from 'zod';
import type { MpicClient } from '../../../shared/client/index.ts';
import { toPrintableJson } from '../../../shared/contract/api/printable-json.ts';
import { CommandError, define, EXIT, type Io, option, UsageError } from '../shell/command.ts';
import { numberFrom, toggle } from '../shell/values.ts';
import { buildRequest, REQUEST_OPTIONS } from './build-request.ts';
import { pickParameters } from './check.ts';
import { CONNECTION_OPTIONS, MAX_WAIT_S, MS_PER_SECOND, withService } from './connection.ts';
import { renderExplanation } from './explanation.ts';
import { PARAMETER_OPTIONS } from './parameters.ts';
import { createProgress } from './progress.ts';
import { exitStatusOf } from './verdict.ts';

const OPTIONS = {
  ...REQUEST_OPTIONS,
  json: option('', 'print the explanation as the service gave it', toggle),
  ...CONNECTION_OPTIONS,
  wait: option('<s>', 'longest time until the verdict, seconds', numberFrom(1, MAX_WAIT_S).default(60)),
};

const EXAMPLES = [
  'mpic explain 01a2011c-dc3e-7eb8-ad0e-53a1df69d0da --url http://127.0.0.1:3000',
  'mpic explain example.com --method dns-change --dns-record-type TXT --challenge-value rv-7f3c90e1b2d4a6f8091b',
];

/** `mpic explain <id or target>`: why a check did not corroborate, and what to do. */
export function defineCommand(command: Command, io: Io): void {
  command
    .description(
      'Explain why a check is not valid: what most likely went wrong, what the applicant and the CA can do, and the evidence. ' +
        'Takes the mpic_id of a request, with --url, or a name or address, which is then checked as by mpic check. Exit status as ' +
        'of check; 2 while the request runs.',
    )
    .argument('<id-or-target>', 'mpic_id of a request, or domain name, *.name or IP address');
  define(command, { ...OPTIONS, ...PARAMETER_OPTIONS }, EXAMPLES, (values, [subject = '']) => {
    const isId = z.uuid().safeParse(subject).success;
    const parameters = pickParameters(values);
    if (!isId) {
      const request = buildRequest(subject, values, parameters);
      return withService(values, io, async (client, signal) => {
        const progress = createProgress(io);
        const call = { signal, timeoutMs: values.wait * MS_PER_SECOND };
        const onProgress = values.json ? () => {} : progress.update;
        const checked = client.check(request, { ...call, async: true, onProgress });
        const { mpic_id: id } = await checked.finally(progress.end);
        return showExplanation(client, id, { ...values, signal }, io);
      });
    }
    if (values.url === undefined)
      throw new UsageError('an id needs --url: the service that accepted the request');
    if (values.method !== undefined || Object.values(parameters).some((value) => value !== undefined))
      throw new UsageError('an id takes no parameters of a check: the request has them');
    return withService(values, io, (client, signal) =>
      showExplanation(client, subject, { ...values, signal }, io),
    );
  });
}

interface Call {
  readonly json: boolean;
  readonly signal: AbortSignal;
}

async function showExplanation(client: MpicClient, id: string, call: Call, io: Io): Promise<number> {
  const { explanation, response } = await client.get(id, { explain: true, signal: call.signal });
  if (explanation === undefined)
    throw new CommandError('the service gave no explanation: its version is older than this command');
  io.out(call.json ? `${toPrintableJson(explanation)}\n` : renderExplanation(explanation));
  return response === null ? EXIT.failed : exitStatusOf(response);
}
